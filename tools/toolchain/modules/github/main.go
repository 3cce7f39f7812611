// Command pulumi-resource-github is Terraform's GitHub provider behind Pulumi's bridge, as the
// vendor's own is. Its mapping of names is made here by the bridge's rules, since the vendor's
// generated one is not in the module registry.
package main

import (
	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// version is what the engine asks for; go.mod holds the Terraform provider of that release.
const version = "6.15.0"

func main() {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(github.NewProvider(version, "")()),
		Name:         "github",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_BASE_URL"}}},
			"token":    {Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}}, Secret: tfbridge.True()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// Terraform allows one block, the bridge would make it an object; the SDK sends a list.
			"github_repository_environment": {Fields: map[string]*tfbridge.SchemaInfo{
				"reviewers": {MaxItemsOne: tfbridge.False()},
			}},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			// The one name that the rule below would make another of than the SDK knows.
			"github_app": {Tok: "github:index/getGithubApp:getGithubApp"},
		},
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	info.SetAutonaming(255, "-")
	tfbridge.Main("github", version, info, nil)
}
