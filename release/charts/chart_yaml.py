"""Chart.yaml: its version and its dependencies' versions, read with their lines and edited.

Only what a release depends on is read here. Whether a value is right, such as a version that is
none, is for the rules of `check` to say; a problem here is one of form.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from release.charts.ranges import RangeError, satisfies
from release.text.errors import EditRefusedError, TextProblem
from release.text.goscalars import Scalar, as_text, read_plain
from release.text.yaml_scalars import STRING_TAG
from release.text.yaml_spans import set_scalar
from release.text.yaml_tree import Kind, Node, parse_document
from release.versions import is_version

LOCAL_REPOSITORY: Final = "file://"
"""A dependency whose repository begins so is a sub-chart of this checkout."""

Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]
"""What a field may hold that Helm declares no type for."""

_REQUIRED: Final = ("apiVersion", "name", "version")


class Dependency(NamedTuple):
    """One dependency as Chart.yaml or Chart.lock states it; `lines` has the line of each field."""

    name: str
    lines: Mapping[str, int]
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = False
    import_values: tuple[Json, ...] = ()
    alias: str = ""
    line: int = 0

    @property
    def is_local(self) -> bool:
        """Tell whether the dependency is a sub-chart of this checkout."""
        return not self.repository or self.repository.startswith(LOCAL_REPOSITORY)

    @property
    def folder(self) -> str:
        """Where a local one lies, seen from its parent: without a repository, in `charts/`."""
        if not self.repository:
            return f"charts/{self.name}"
        return self.repository.removeprefix(LOCAL_REPOSITORY)

    def takes(self, version: str) -> bool:
        """Tell whether Helm takes a sub-chart of this version for the one that is asked for."""
        try:
            return satisfies(self.version, version)
        except RangeError:
            return False


class ChartYaml(NamedTuple):
    """What a Chart.yaml says; `lines` has the line of each field, `problems` what has no form.

    A field that is missing, empty or no text is None.
    """

    api_version: str | None = None
    name: str | None = None
    version: str | None = None
    app_version: str | None = None
    type: str | None = None
    description: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    lines: Mapping[str, int] = MappingProxyType({})
    problems: tuple[TextProblem, ...] = ()


@lru_cache(maxsize=4096)
def parse(text: str) -> ChartYaml:
    """Read a Chart.yaml; whatever is wrong with its form is listed in `problems`, never raised."""
    reader = DependencyReader(text)
    fields = reader.fields
    for required in _REQUIRED if reader.is_mapping else ():
        if required not in fields:
            reader.report(1, "chart-field-missing", f"{required} is missing", f"add `{required}:`")
    texts = {
        name: reader.text(fields[name], name)
        for name in (*_REQUIRED, "appVersion", "type", "description")
        if name in fields
    }
    return ChartYaml(
        api_version=texts.get("apiVersion"),
        name=texts.get("name"),
        version=texts.get("version"),
        app_version=texts.get("appVersion"),
        type=texts.get("type"),
        description=texts.get("description"),
        dependencies=reader.dependencies(),
        lines=reader.lines,
        problems=tuple(sorted(reader.problems)),
    )


def dependencies_of(chart_yaml: str, requirements: str | None) -> tuple[Dependency, ...]:
    """Return what Helm goes by: a requirements.yaml that lists any beats Chart.yaml."""
    reader = DependencyReader(requirements) if requirements else None
    if reader and "dependencies" in reader.fields:
        return reader.dependencies()
    return parse(chart_yaml).dependencies


def set_dependency_version(text: str, name: str, version: str) -> str:
    """Return the text in which every local dependency of this name takes the version.

    Entries of the same name from other repositories stay, and so does a range that holds the
    version. EditRefusedError if there is none, or as for set_scalar.
    """
    local = local_ones(parse(text).dependencies, name)
    if not local:
        raise EditRefusedError(
            f"dependency {name}",
            f"is not in Chart.yaml as a sub-chart (without repository, or {LOCAL_REPOSITORY}...)",
            "add it by hand or correct the name",
        )
    for index, dependency in local.items():
        if is_version(dependency.version) or not dependency.takes(version):
            text = set_scalar(text, ("dependencies", index, "version"), version)
    return text


def local_ones(dependencies: Sequence[Dependency], name: str) -> Mapping[int, Dependency]:
    """Return the sub-charts of this name by their places in the list."""
    return {
        index: dependency
        for index, dependency in enumerate(dependencies)
        if dependency.name == name and dependency.is_local
    }


class DependencyReader:
    """Reads what Chart.yaml and Chart.lock have in common, and collects problems of form.

    `fields` are the values of the text that are not null, `lines` those of all its keys.
    """

    def __init__(self, text: str) -> None:
        self.problems: list[TextProblem] = []
        root = self._mapping_of(text)
        self.is_mapping = root is not None
        self.fields, self.lines = self._fields(root) if root is not None else ({}, {})

    def report(self, line: int, code: str, message: str, remedy: str) -> None:
        """Add one problem."""
        self.problems.append(TextProblem(line, code, message, remedy))

    def _mapping_of(self, text: str) -> Node | None:
        try:
            root = parse_document(text)
        except EditRefusedError as error:
            self.report(error.line, "chart-yaml-syntax", error.reason, error.remedy)
            return None
        if root.kind is not Kind.MAPPING:
            self.report(root.line, "chart-yaml-syntax", f"is a {root.kind}", "write `key: value`")
            return None
        return root

    def _fields(self, mapping: Node) -> tuple[dict[str, Node], dict[str, int]]:
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in mapping.entries():
            name = key.followed().value
            if name in lines:
                message = f"{name} is already on line {lines[name]}"
                self.report(key.line, "chart-key-twice", message, "keep one of them")
            if name == "<<":
                message = "a merge key hides values from review"
                self.report(key.line, "chart-merge-key", message, "write the values out")
            lines[name] = key.line
            if not value.followed().is_null:
                values[name] = value.followed()
        return values, lines

    def text(self, node: Node, name: str) -> str | None:
        """Return a scalar's text as Helm reads it, reporting where that is not what is written."""
        if node.kind is not Kind.SCALAR:
            self.report(node.line, "chart-not-text", f"{name} is a {node.kind}", "write one value")
            return None
        read = as_text(_scalar(node))
        if read != node.value:
            message = f"Helm reads {name} {node.value} as {read or 'nothing'}"
            self.report(node.line, "chart-not-text", message, f'write "{node.value}" in quotes')
        return read

    def dependencies(self) -> tuple[Dependency, ...]:
        """Return the list of dependencies, every entry that is a mapping with a name."""
        read = [self._dependency(item) for item in self._items(self.fields, "dependencies")]
        return tuple(item for item in read if item is not None)

    def _dependency(self, node: Node) -> Dependency | None:
        if node.kind is not Kind.MAPPING:
            message = f"a dependency is a {node.kind}"
            self.report(node.line, "chart-dependency-form", message, "write name and version")
            return None
        fields, lines = self._fields(node)
        texts = {
            name: self.text(fields[name], name) or ""
            for name in ("name", "version", "repository", "condition", "alias")
            if name in fields
        }
        if not texts.get("name"):
            message = "a dependency has no name"
            self.report(node.line, "chart-dependency-form", message, "add `name:`")
        enabled = fields.get("enabled")
        holds = _scalar(enabled) if enabled is not None and enabled.kind is Kind.SCALAR else None
        if enabled is not None and not isinstance(holds, bool):
            message = f"enabled is {enabled.value or enabled.kind}, which Helm refuses"
            self.report(enabled.line, "chart-dependency-form", message, "write true or false")
        return Dependency(
            name=texts.get("name", ""),
            version=texts.get("version", ""),
            repository=texts.get("repository", ""),
            condition=texts.get("condition", ""),
            tags=tuple(self.text(item, "a tag") or "" for item in self._items(fields, "tags")),
            enabled=holds is True,
            import_values=tuple(_json(item) for item in self._items(fields, "import-values")),
            alias=texts.get("alias", ""),
            line=node.line,
            lines=lines,
        )

    def _items(self, fields: Mapping[str, Node], name: str) -> list[Node]:
        node = fields.get(name)
        if node is None:
            return []
        if node.kind is not Kind.SEQUENCE:
            message = f"{name} is a {node.kind}"
            self.report(node.line, "chart-dependency-form", message, "write a list")
            return []
        return [item.followed() for item in node.children]


def _scalar(node: Node) -> Scalar:
    if node.style or node.tag == STRING_TAG:
        return node.value
    return read_plain(node.value)


def _json(node: Node) -> Json:
    """Return what a node holds; the tree has no cycle and is not deep."""
    node = node.followed()
    if node.kind is Kind.SCALAR:
        return _scalar(node)
    if node.kind is Kind.SEQUENCE:
        return [_json(item) for item in node.children]
    return {as_text(_scalar(key.followed())): _json(value) for key, value in node.entries()}
