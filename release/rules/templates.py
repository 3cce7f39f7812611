"""What a Helm template says of the objects it makes, read as text.

Go templates are not YAML, and rendering needs Helm and every value, so this reads only what stands
at the left margin of a document: `kind:`, `apiVersion:` and the fields right below `metadata:`, or
behind it in braces.
What a template computes is reported as such and never guessed.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from release.charts.helm.branches import Rendered, rendered_lines
from release.charts.record import ClusterKind

_COMMENT: Final = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_FIELD: Final = re.compile(r"(apiVersion|kind|metadata|spec):(?:[ \t]+(.*))?")
_METADATA_FIELD: Final = re.compile(r"[ \t]+(name|namespace):(?:[ \t]+(.*))?")
_FLOW_FIELD: Final = re.compile(
    r"[{,][ \t]*(name|namespace):[ \t]+(\{\{.*?\}\}|\"[^\"]*\"|'[^']*'|[^,{}]+)"
)
_INNER: Final = re.compile(r"(?<=.)(?<!\{)\{[^{}]*\}(?!\})")
"""A table inside one in braces, whose name is not the object's."""
_SCOPE: Final = re.compile(r"^  scope:[ \t]+[\"']?Cluster\b", re.MULTILINE)
_SEPARATOR: Final = "---"
_PROPERTIES: Final = re.compile(r"^(?:[&!]\S*[ \t]+)+")
_ACTION_LINE: Final = re.compile(r"[ \t]*\{\{.*\}\}[ \t]*")


class Text(NamedTuple):
    """A scalar of a template and its line; not `certain` where a condition decides on it."""

    value: str
    line: int
    certain: bool = True

    @property
    def computed(self) -> bool:
        """Tell whether only rendering shows the value."""
        return "{{" in self.value or self.value.startswith(("|", ">", "*", "&", "!"))


class TemplateObject(NamedTuple):
    """One object that a template makes; `line` is that of its kind.

    It has several namespaces where conditions choose between them, and none where none is stated.
    """

    file: str
    line: int
    api_version: str
    kind: str
    name: Text | None = None
    namespaces: tuple[Text, ...] = ()

    @property
    def rendered(self) -> bool:
        """Tell whether Helm made it, so that no line of a template can be named."""
        return self.line == 0

    @property
    def group_kind(self) -> ClusterKind:
        """The API group and kind; the core group is ""."""
        group, slash, _ = self.api_version.rpartition("/")
        return ClusterKind(group if slash else "", self.kind)


def template_objects(
    file: str, text: str, values: Mapping[str, object] | None = None
) -> tuple[TemplateObject, ...]:
    """Return every object whose kind stands as plain text at the margin of the template.

    Lines that Helm does not render with these values are passed over; without values none is.
    """
    if "kind:" not in text:
        return ()
    if "/*" in text:
        text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _objects(file, text, rendered_lines(text, values))


# Most value files decide on no line.
@lru_cache(maxsize=8192)
def _objects(file: str, text: str, states: tuple[Rendered, ...]) -> tuple[TemplateObject, ...]:
    found: list[TemplateObject] = []
    stated: dict[str, list[Text]] = {}
    for key, value in (*_fields(text, states), (_SEPARATOR, Text("", 0))):
        # One that is stated again is of another branch, or of a document without its separator.
        if key == _SEPARATOR or (key in {"apiVersion", "kind"} and key in stated):
            found += _object(file, stated)
            stated = {}
        stated.setdefault(key, []).append(value)
    return tuple(found)


def _fields(text: str, states: tuple[Rendered, ...]) -> Iterator[tuple[str, Text]]:
    """Yield what stands at the margin of a template, and what its metadata holds, by key."""
    indent: str | None = None
    for number, (line, state) in enumerate(zip(text.split("\n"), states, strict=True), 1):
        certain = state is Rendered.YES
        if state is Rendered.NO or line[:1] in ("", "#", "{", "\t") or line.isspace():
            continue
        if line[:1] == " ":
            stripped = line.lstrip(" ")
            if indent is None or stripped[:1] in ("#", "{") or _ACTION_LINE.fullmatch(line):
                continue
            here = line[: len(line) - len(stripped)]
            indent = indent or here
            match = _METADATA_FIELD.fullmatch(line.rstrip())
            if match and here == indent:
                yield match[1], Text(scalar(match[2] or ""), number, certain)
            continue
        indent = None
        if line.startswith(_SEPARATOR):
            yield _SEPARATOR, Text("", number)
        elif field := _FIELD.fullmatch(line.rstrip()):
            value = scalar(field[2] or "")
            yield field[1], Text(value, number, certain)
            indent = "" if field[1] == "metadata" else None
            if indent is not None and value[:1] == "{":
                for key, stated in _FLOW_FIELD.findall(_INNER.sub("", value)):
                    yield key, Text(scalar(stated), number, certain)


def _object(file: str, stated: Mapping[str, list[Text]]) -> Iterator[TemplateObject]:
    """Yield the object that has these fields, if it says of which kind it is."""
    first = {key: values[0] for key, values in stated.items()}
    kind, version, name = map(first.get, ("kind", "apiVersion", "name"))
    if kind is None or not kind.value or kind.computed:
        return
    namespaces = stated.get("namespace", [])
    # One that comes and goes with its object is certain enough.
    with_object = len(namespaces) == 1 and not kind.certain
    yield TemplateObject(
        file,
        kind.line,
        version.value if version else "",
        kind.value,
        name._replace(certain=True) if name else None,
        tuple(each._replace(certain=each.certain or with_object) for each in namespaces),
    )


def declared_cluster_kinds(file: str, text: str) -> Iterator[ClusterKind]:
    """Yield the cluster-scoped kinds that the CRDs of a file declare."""
    if "CustomResourceDefinition" not in text:
        return
    for document in re.split(r"^---.*$", text, flags=re.MULTILINE):
        objects = template_objects(file, document)
        if not any(item.kind == "CustomResourceDefinition" for item in objects):
            continue
        group = re.search(r"^  group:[ \t]+(\S+)", document, re.MULTILINE)
        kind = re.search(r"^    kind:[ \t]+(\S+)", document, re.MULTILINE)
        if group and kind and _SCOPE.search(document):
            yield ClusterKind(scalar(group[1]), scalar(kind[1]))


def scalar(value: str) -> str:
    """Return what a scalar says, without its anchor, tag, comment and quotes."""
    value = _PROPERTIES.sub("", value.strip())
    if "{{" in value:
        end = value.rfind(value[0]) if value[0] in "'\"" else 0
        return value[1:end] if end > 0 else value
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value
    return re.split(r"[ \t]#", value, maxsplit=1)[0].strip()


CLUSTER_SCOPED: Final = frozenset(
    ClusterKind(group, kind)
    for group, kinds in {
        "": ("Namespace", "Node", "PersistentVolume"),
        "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
        "admissionregistration.k8s.io": (
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ),
        "storage.k8s.io": (
            "CSIDriver",
            "CSINode",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ),
        "kyverno.io": ("ClusterPolicy", "ClusterCleanupPolicy"),
        "external-secrets.io": ("ClusterSecretStore", "ClusterExternalSecret", "ClusterPushSecret"),
        "apiextensions.k8s.io": ("CustomResourceDefinition",),
        "apiregistration.k8s.io": ("APIService",),
        "cert-manager.io": ("ClusterIssuer",),
        "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
        "configuration.konghq.com": ("KongClusterPlugin", "KongLicense", "KongVault"),
        "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
        "gateway.networking.k8s.io": ("GatewayClass",),
        "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
        "node.k8s.io": ("RuntimeClass",),
        "policies.kyverno.io": ("ImageValidatingPolicy", "ValidatingPolicy"),
        "resource.k8s.io": ("DeviceClass", "ResourceSlice"),
        "scheduling.k8s.io": ("PriorityClass",),
        "snapshot.storage.k8s.io": ("VolumeSnapshotClass", "VolumeSnapshotContent"),
    }.items()
    for kind in kinds
)
"""Kubernetes 1.34's cluster-scoped kinds, and those of the operators that HMCo runs."""
