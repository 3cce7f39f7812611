// Command argocd-notifications is Argo CD's notifications controller; called as "tools" it is the
// same vendor's offline judge of triggers and templates (`argocd admin notifications`).
package main

import (
	"context"
	"os"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-notification/commands"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application"
	service "github.com/argoproj/argo-cd/v3/util/notification/argocd"
	"github.com/argoproj/argo-cd/v3/util/notification/settings"
	"github.com/argoproj/notifications-engine/pkg/cmd"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	applications := schema.GroupVersionResource{
		Group: application.Group, Version: "v1alpha1", Resource: application.ApplicationPlural,
	}
	// No repo server: our templates ask it for nothing.
	none := func() service.Service { return nil }
	tools := cmd.NewToolsCommand("notifications", "tools", applications,
		settings.GetFactorySettingsForCLI(none, "argocd-notifications-secret", "argocd-notifications-cm", false),
		func(context.Context, clientcmd.ClientConfig) {})
	if tools.Execute() != nil {
		os.Exit(1)
	}
}
