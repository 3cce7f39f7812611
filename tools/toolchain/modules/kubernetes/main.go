// Command pulumi-resource-kubernetes is the vendor's Kubernetes provider without its embedded
// documentation schema, which no operation of the engine reads.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// release is the tag whose commit go.mod names; the engine asks for exactly this version.
const release = "4.25.0"

func main() {
	version.Version = release
	// An empty schema must still be a JSON object: the provider parses it when it starts.
	provider.Serve("kubernetes", release, []byte("{}"), nil)
}
