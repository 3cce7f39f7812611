// Command argocd-notifications is Argo CD's notifications controller; called as "tools" it is the
// same vendor's offline judge of triggers and templates (`argocd admin notifications`).
package main

import (
	"context"
	"log"
	"os"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-notification/commands"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	service "github.com/argoproj/argo-cd/v3/util/notification/argocd"
	"github.com/argoproj/argo-cd/v3/util/notification/settings"
	"github.com/argoproj/argo-cd/v3/util/tls"
	"github.com/argoproj/notifications-engine/pkg/cmd"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "tools" {
		if controller.NewCommand().Execute() != nil {
			os.Exit(1)
		}
		return
	}
	os.Args = append(os.Args[:1], os.Args[2:]...)
	var argocd service.Service
	current := func() service.Service { return argocd }
	applications := schema.GroupVersionResource{
		Group: application.Group, Version: "v1alpha1", Resource: application.ApplicationPlural,
	}
	tools := cmd.NewToolsCommand("notifications", "tools", applications,
		settings.GetFactorySettingsForCLI(current, "argocd-notifications-secret", "argocd-notifications-cm", false),
		func(_ context.Context, config clientcmd.ClientConfig) {
			rest, err := config.ClientConfig()
			if err != nil {
				log.Fatal(err)
			}
			namespace, _, err := config.Namespace()
			if err != nil {
				log.Fatal(err)
			}
			client, err := dynamic.NewForConfig(rest)
			if err != nil {
				log.Fatal(err)
			}
			// Our templates ask the repo server for nothing, so nobody needs to be there.
			nobody := apiclient.NewRepoServerClientset("127.0.0.1:1", 5, tls.Configuration{DisableTLS: true})
			argocd, err = service.NewArgoCDService(kubernetes.NewForConfigOrDie(rest), client, namespace, nobody)
			if err != nil {
				log.Fatal(err)
			}
		})
	if tools.Execute() != nil {
		os.Exit(1)
	}
}
