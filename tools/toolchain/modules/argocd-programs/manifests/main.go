// Command argocd-manifests renders as Argo CD's repo server does: an Application and a checkout a
// line in, its manifests or what Argo CD says instead a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/app/path"
	"github.com/argoproj/argo-cd/v3/util/git"
	"github.com/argoproj/argo-cd/v3/util/io"
	"k8s.io/apimachinery/pkg/api/resource"
)

type request struct {
	Application v1alpha1.Application
	Checkout    string
	Revision    string
	KubeVersion string
	APIVersions []string
}

type answer struct {
	Manifests []string
	Error     string
}

func main() {
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		manifests, err := generate(asked)
		told := answer{Manifests: manifests}
		if err != nil {
			told.Error = err.Error()
		}
		if err := out.Encode(told); err != nil {
			log.Fatal(err)
		}
	}
}

func generate(asked request) ([]string, error) {
	source, destination := asked.Application.Spec.GetSource(), asked.Application.Spec.Destination
	folder, err := path.Path(asked.Checkout, source.Path)
	if err != nil {
		return nil, err
	}
	response, err := repository.GenerateManifests(context.Background(), folder, asked.Checkout, asked.Revision,
		&apiclient.ManifestRequest{
			Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
			AppName:           asked.Application.Name,
			Namespace:         destination.Namespace,
			ApplicationSource: &source,
			KubeVersion:       asked.KubeVersion,
			ApiVersions:       asked.APIVersions,
			ProjectName:       asked.Application.Spec.Project,
		}, false, &git.NoopCredsStore{}, resource.MustParse("0"), io.NewRandomizedTempPaths(asked.Checkout))
	if err != nil {
		return nil, err
	}
	return response.Manifests, nil
}
