"""A Pulumi program without ours: the resources of one environment, read from a file of literals.

Copied as __main__.py into a folder of its own; resources.json says whether each object gets a
component of its own, as in our program, or stands alone.
"""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
from pulumi_kubernetes.apiextensions import CustomResource

content: dict[str, Any] = json.loads(Path("resources.json").read_text(encoding="utf-8"))
provider = pulumi_kubernetes.Provider(
    "bare-manifests", render_yaml_to_directory=content["directory"], kubeconfig=""
)
made: dict[str, pulumi.Resource] = {}
for name, resource in content["resources"].items():
    parent = None
    if content["components"]:
        parent = pulumi.ComponentResource(
            "bare:index:Component", name, None, pulumi.ResourceOptions(provider=provider)
        )
    made[name] = CustomResource(
        f"{name}-object",
        api_version=resource["manifest"]["apiVersion"],
        kind=resource["manifest"]["kind"],
        metadata=resource["manifest"]["metadata"],
        spec=resource["manifest"]["spec"],
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=None if parent else provider,
            depends_on=[made[earlier] for earlier in resource["after"]],
        ),
    )
    if parent:
        parent.register_outputs({})
