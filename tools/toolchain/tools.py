"""The tools, their versions, and where each can come from. Data only."""

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.toolchain.failure import ToolchainError

MODULES = Path(__file__).parent / "modules"

PULUMI = "3.259.0"
KUBERNETES = "4.25.0"
GITHUB = "6.15.0"
HELM = "4.2.4"
ETCD = "3.6.14"
APISERVER = "1.36.1"
ARGOCD = "3.5.1"
PROMETHEUS_OPERATOR = "0.85.0"
EXTERNAL_SECRETS = "0.16.2"
ACT = "0.2.89"
ACTIONLINT = "1.7.12"
# 3.16.0 wants Go 1.26.7; the package index has 1.26.6 and then 1.27, which not every module here
# has been built with.
PROMETHEUS = "3.15.1"

# Programs are compiled for a quick build: their own speed hardly matters beside the API calls they
# wait for. Without optimisation, inlining and debug information the compiler needs a third less.
BUILD_FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-N -l -dwarf=false",
)
LINK_FLAGS = "-s -w"


@dataclass(frozen=True, slots=True)
class Target:
    """An operating system and processor, in Go's words."""

    os: str
    arch: str


@dataclass(frozen=True, slots=True)
class Release:
    """One file a vendor publishes.

    `programs` are looked for by base name in a `.tar.gz`; any other file is itself the one program.
    `{os}`, `{arch}` and Pulumi's own `{cpu}` are filled in for the machine.
    """

    url: str
    checksums: str
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graft:
    """A dependency reduced to some folders, with one file replaced by ours.

    `file` is the path inside the dependency; ours is at the same path below the module's `graft`
    folder.
    """

    dependency: str
    folders: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A Go main package, built inside one of the module folders beside this file."""

    program: str
    module: str
    package: str
    ldflags: str = ""
    graft: Graft | None = None


@dataclass(frozen=True, slots=True)
class GoFile:
    """A program that is a plain file inside a Go module."""

    program: str
    module: str
    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A set of programs that are installed together or not at all.

    The engine finds a tool with a `plugin` name in its plugin cache, and never on PATH.
    `minutes` is what a build from nothing takes on two cores.
    """

    name: str
    version: str
    programs: tuple[str, ...]
    minutes: float
    releases: tuple[Release, ...] = ()
    builds: tuple[GoProgram, ...] = ()
    files: tuple[GoFile, ...] = ()
    plugin: str = ""


def _provider(name: str, version: str, minutes: float, graft: Graft | None = None) -> Tool:
    program = f"pulumi-resource-{name}"
    base = f"https://github.com/pulumi/pulumi-{name}/releases/download/v{version}"
    return Tool(
        name=name,
        version=version,
        programs=(program,),
        releases=(
            Release(
                url=f"{base}/{program}-v{version}-{{os}}-{{arch}}.tar.gz",
                checksums=f"{base}/pulumi-{name}_{version}_checksums.txt",
                programs=(program,),
            ),
        ),
        builds=(GoProgram(program, name, ".", graft=graft),),
        minutes=minutes,
        plugin=f"resource-{name}-v{version}",
    )


def _files(name: str, version: str, *files: GoFile) -> Tool:
    """Return a tool of plain files, which every module proxy has and nobody publishes."""
    programs = tuple(file.program for file in files)
    return Tool(name=name, version=version, programs=programs, files=files, minutes=1)


# A single generated file of this dependency makes the provider's build twice as long.
_KUBERNETES_GRAFT = Graft(
    dependency="github.com/pulumi/pulumi-kubernetes/sdk/v4",
    folders=(
        "go/kubernetes",
        "go/kubernetes/apiextensions",
        "go/kubernetes/helm/v4",
        "go/kubernetes/meta/v1",
        "go/kubernetes/utilities",
        "go/kubernetes/yaml/v2",
    ),
    file="go/kubernetes/yaml/v2/kinds.go",
)

_PROMETHEUS_RELEASES = f"https://github.com/prometheus/prometheus/releases/download/v{PROMETHEUS}"
_PULUMI_RELEASES = f"https://github.com/pulumi/pulumi/releases/download/v{PULUMI}"
_ETCD_RELEASES = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD}"
_K8S_RELEASES = f"https://dl.k8s.io/release/v{APISERVER}/bin/{{os}}/{{arch}}"
_K8S_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kubectl")
# The Kubernetes provider refuses an API server that does not say which version it is.
_K8S_STAMP = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in (
        ("gitVersion", f"v{APISERVER}"),
        ("gitMajor", APISERVER.split(".", maxsplit=1)[0]),
        ("gitMinor", APISERVER.split(".", maxsplit=2)[1]),
    )
)

_PULUMI_PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
# With its version, since the module's own requirements cannot be loaded whole.
_ARGOCD_SOURCE = f"github.com/argoproj/argo-cd/v3@v{ARGOCD}"
_ARGOCD_COMMANDS = (
    "argocd_version.md",
    *(
        f"argocd_app_{name}.md"
        for name in ("delete", "get", "history", "rollback", "set", "sync", "terminate-op", "wait")
    ),
)

_ALL = (
    Tool(
        name="pulumi",
        version=PULUMI,
        programs=_PULUMI_PROGRAMS,
        releases=(
            Release(
                url=f"{_PULUMI_RELEASES}/pulumi-v{PULUMI}-{{os}}-{{cpu}}.tar.gz",
                checksums=f"{_PULUMI_RELEASES}/pulumi-{PULUMI}-checksums.txt",
                programs=_PULUMI_PROGRAMS,
            ),
        ),
        builds=(
            # First, since it compiles while the engine's many modules are downloaded.
            GoProgram(
                "pulumi-language-python",
                "language-python",
                "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
            ),
            GoProgram(
                "pulumi",
                "pulumi",
                "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={PULUMI}",
            ),
        ),
        # The host starts this script from its own folder; the Python package does not hold it.
        files=(
            GoFile(
                "pulumi-language-python-exec",
                "pulumi",
                "github.com/pulumi/pulumi/sdk/v3",
                "python/cmd/pulumi-language-python-exec",
            ),
        ),
        minutes=5,
    ),
    _provider("kubernetes", KUBERNETES, minutes=4, graft=_KUBERNETES_GRAFT),
    _provider("github", GITHUB, minutes=2),
    Tool(
        name="helm",
        version=HELM,
        programs=("helm",),
        releases=(
            Release(
                url=f"https://get.helm.sh/helm-v{HELM}-{{os}}-{{arch}}.tar.gz",
                checksums=f"https://get.helm.sh/helm-v{HELM}-{{os}}-{{arch}}.tar.gz.sha256sum",
                programs=("helm",),
            ),
        ),
        builds=(
            GoProgram(
                "helm",
                "cluster",
                "helm.sh/helm/v4/cmd/helm",
                f"-X helm.sh/helm/v4/internal/version.version=v{HELM}",
            ),
        ),
        minutes=4,
    ),
    Tool(
        name="cluster",
        version=f"{APISERVER}-etcd-{ETCD}",
        programs=("etcd", *_K8S_PROGRAMS),
        releases=(
            Release(
                url=f"{_ETCD_RELEASES}/etcd-v{ETCD}-{{os}}-{{arch}}.tar.gz",
                checksums=f"{_ETCD_RELEASES}/SHA256SUMS",
                programs=("etcd",),
            ),
            *(
                Release(
                    url=f"{_K8S_RELEASES}/{program}",
                    checksums=f"{_K8S_RELEASES}/{program}.sha256",
                    programs=(program,),
                )
                for program in _K8S_PROGRAMS
            ),
        ),
        builds=(
            GoProgram("etcd", "cluster", "."),
            *(
                GoProgram(program, "cluster", f"k8s.io/kubernetes/cmd/{program}", _K8S_STAMP)
                for program in _K8S_PROGRAMS
            ),
        ),
        minutes=9,
    ),
    _files(
        "argocd-crds",
        ARGOCD,
        *(
            GoFile(name, "argocd", _ARGOCD_SOURCE, f"manifests/crds/{name}")
            for name in ("application-crd.yaml", "appproject-crd.yaml")
        ),
    ),
    # What its client takes, for tests of what is advised; the client itself is a build of minutes.
    _files(
        "argocd-commands",
        ARGOCD,
        *(
            GoFile(name, "argocd", _ARGOCD_SOURCE, f"docs/user-guide/commands/{name}")
            for name in _ARGOCD_COMMANDS
        ),
    ),
    _files(
        "operator-crds",
        f"{PROMETHEUS_OPERATOR}-secrets-{EXTERNAL_SECRETS}",
        GoFile(
            "prometheusrule-crd.yaml",
            "operators",
            f"github.com/prometheus-operator/prometheus-operator@v{PROMETHEUS_OPERATOR}",
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        ),
        GoFile(
            "externalsecret-crd.yaml",
            "operators",
            f"github.com/external-secrets/external-secrets@v{EXTERNAL_SECRETS}",
            "config/crds/bases/external-secrets.io_externalsecrets.yaml",
        ),
    ),
    # Only a build: the releases of neither name machines the way that the others do.
    Tool(
        name="workflows",
        version=f"act-{ACT}-actionlint-{ACTIONLINT}",
        programs=("act", "actionlint"),
        builds=(
            GoProgram("act", "workflows", "github.com/nektos/act", f"-X main.version={ACT}"),
            GoProgram(
                "actionlint",
                "workflows",
                "github.com/rhysd/actionlint/cmd/actionlint",
                f"-X main.version={ACTIONLINT}",
            ),
        ),
        minutes=2,
    ),
    Tool(
        name="prometheus",
        version=PROMETHEUS,
        programs=("promtool", "prometheus"),
        releases=(
            Release(
                url=f"{_PROMETHEUS_RELEASES}/prometheus-{PROMETHEUS}.{{os}}-{{arch}}.tar.gz",
                checksums=f"{_PROMETHEUS_RELEASES}/sha256sums.txt",
                programs=("promtool", "prometheus"),
            ),
        ),
        builds=tuple(
            GoProgram(
                program,
                "prometheus",
                f"github.com/prometheus/prometheus/cmd/{program}",
                f"-X github.com/prometheus/common/version.Version={PROMETHEUS}",
            )
            for program in ("promtool", "prometheus")
        ),
        minutes=5,
    ),
    Tool(
        name="argocd-programs",
        version=ARGOCD,
        # Notifications: controller and offline judge; the vendor publishes both in images alone.
        programs=("argocd-notifications", "argocd-manifests"),
        builds=tuple(
            GoProgram(f"argocd-{name}", "argocd-programs", f"./{name}")
            for name in ("notifications", "manifests")
        ),
        minutes=4,
    ),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}

# Not among the tools: nobody asks for it, a build does where there is no other.
GO = Tool(name="go", version="1.26.6", programs=("go/bin/go",), minutes=1)


def target() -> Target:
    """Name the machine this runs on; refuses systems that none of the routes serves."""
    systems = {"linux": "linux", "darwin": "darwin"}
    machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    system, machine = sys.platform, platform.machine()
    try:
        return Target(os=systems[system], arch=machines[machine.lower()])
    except KeyError:
        raise ToolchainError(
            f"{system} on {machine} is not served: the tools run on Linux and macOS, "
            "on x86-64 and 64-bit ARM. Use a container or virtual machine of that kind."
        ) from None


def key(tool: Tool, machine: Target) -> str:
    """Name what `tool` is here and now: another version, recipe or module file is another key."""
    digest = hashlib.sha256()
    recipe = (asdict(tool) | {"minutes": None}, asdict(machine), BUILD_FLAGS, LINK_FLAGS)
    digest.update(json.dumps(recipe, sort_keys=True).encode())
    modules = {build.module for build in tool.builds} | {file.module for file in tool.files}
    for module in sorted(modules):
        for path in sorted(path for path in (MODULES / module).rglob("*") if path.is_file()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{tool.name}-{tool.version}-{digest.hexdigest()[:12]}"
