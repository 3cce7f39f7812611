// Package v2 registers the objects of a YAML file or chart as resources.
//
// This file stands in for one of the same name in Pulumi's Go SDK, which names a Go type for each
// of 157 kinds: sixty packages that take longer to compile than all else in the provider. Nothing
// looks at those types, they only decide where outputs are kept, and each kind's type token is
// "kubernetes:" with its apiVersion and kind, as the original writes out. So the type that the
// original keeps for unlisted kinds serves for all.
package v2

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var builtinGroups = map[string]bool{
	"v1": true, "apps": true, "autoscaling": true, "batch": true, "extensions": true, "policy": true,
	"admissionregistration.k8s.io": true, "apiextensions.k8s.io": true, "apiregistration.k8s.io": true,
	"auditregistration.k8s.io": true, "certificates.k8s.io": true, "coordination.k8s.io": true,
	"discovery.k8s.io": true, "events.k8s.io": true, "flowcontrol.apiserver.k8s.io": true,
	"internal.apiserver.k8s.io": true, "networking.k8s.io": true, "node.k8s.io": true,
	"rbac.authorization.k8s.io": true, "resource.k8s.io": true, "scheduling.k8s.io": true,
	"settings.k8s.io": true, "storage.k8s.io": true, "storagemigration.k8s.io": true,
}

// IsListKind says whether an object is a list of objects of one of Kubernetes' own kinds.
func IsListKind(apiVersion, kind string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return strings.HasSuffix(kind, "List") && builtinGroups[group]
}

// RegisterResource registers one object under the type token of its kind.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input,
	opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if apiVersion == "v1" {
		apiVersion = "core/v1"
	}
	var res apiextensions.CustomResource
	err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", apiVersion, kind), name, props, &res, opts...)
	if err != nil {
		return nil, err
	}
	return &res, nil
}
