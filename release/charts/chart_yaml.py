"""Chart.yaml: its version and its dependencies' versions, read with their lines and edited.

Only what a release depends on is read here. Whether a value is right, such as a version that is
none, is for the rules of `check` to say; a problem here is one of form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from release.text.errors import EditRefusedError, TextProblem
from release.text.yaml_spans import set_scalar
from release.text.yaml_tree import Kind, Node, parse_document

LOCAL_REPOSITORY: Final = "file://"
"""A dependency whose repository begins so is a sub-chart of this checkout."""

_REQUIRED: Final = ("apiVersion", "name", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One dependency as Chart.yaml or Chart.lock states it; `lines` has the line of each field."""

    name: str
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = False
    import_values: tuple[str | Mapping[str, str], ...] = ()
    alias: str = ""
    line: int = 0
    lines: Mapping[str, int]

    @property
    def is_local(self) -> bool:
        """Tell whether the dependency is a sub-chart of this checkout."""
        return self.repository.startswith(LOCAL_REPOSITORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartYaml:
    """What a Chart.yaml says; `lines` has the line of each field, `problems` what has no form.

    A field that is missing, empty or no text is None.
    """

    api_version: str | None
    name: str | None
    version: str | None
    app_version: str | None
    type: str | None
    dependencies: tuple[Dependency, ...]
    lines: Mapping[str, int]
    problems: tuple[TextProblem, ...]


def parse(text: str) -> ChartYaml:
    """Read a Chart.yaml; whatever is wrong with its form is listed in `problems`, never raised."""
    reader = DependencyReader()
    root = reader.mapping_of(text)
    fields, lines = reader.fields(root) if root is not None else ({}, {})
    if root is not None:
        for required in _REQUIRED:
            if required not in fields:
                reader.report(
                    1, "chart-field-missing", f"{required} is missing", f"add `{required}:`"
                )
    texts = {
        name: reader.text(fields[name], name)
        for name in (*_REQUIRED, "appVersion", "type")
        if name in fields
    }
    return ChartYaml(
        api_version=texts.get("apiVersion"),
        name=texts.get("name"),
        version=texts.get("version"),
        app_version=texts.get("appVersion"),
        type=texts.get("type"),
        dependencies=reader.dependencies(fields.get("dependencies")),
        lines=lines,
        problems=tuple(sorted(reader.problems)),
    )


def set_version(text: str, version: str) -> str:
    """Return the text with the chart's own version replaced, EditRefusedError as for set_scalar."""
    return set_scalar(text, ("version",), version)


def set_dependency_version(text: str, name: str, version: str) -> str:
    """Return the text with the version of every local dependency of this name replaced.

    Entries of the same name from other repositories stay. EditRefusedError if there is none, or as
    for set_scalar.
    """
    chart = parse(text)
    indexes = [
        index
        for index, dependency in enumerate(chart.dependencies)
        if dependency.name == name and dependency.is_local
    ]
    if not indexes:
        raise EditRefusedError(
            f"dependency {name}",
            f"is not in Chart.yaml with a {LOCAL_REPOSITORY} repository",
            "add it by hand or correct the name",
        )
    for index in indexes:
        text = set_scalar(text, ("dependencies", index, "version"), version)
    return text


class DependencyReader:
    """Reads what Chart.yaml and Chart.lock have in common, and collects problems of form."""

    def __init__(self) -> None:
        self.problems: list[TextProblem] = []

    def report(self, line: int, code: str, message: str, remedy: str) -> None:
        """Add one problem."""
        self.problems.append(TextProblem(line, code, message, remedy))

    def mapping_of(self, text: str) -> Node | None:
        """Return the text's mapping, or None if it has none."""
        try:
            root = parse_document(text).root
        except EditRefusedError as error:
            self.report(error.line, "chart-yaml-syntax", error.reason, error.remedy)
            return None
        if root.kind is not Kind.MAPPING:
            self.report(root.line, "chart-yaml-syntax", f"is a {root.kind}", "write `key: value`")
            return None
        return root

    def fields(self, mapping: Node) -> tuple[dict[str, Node], dict[str, int]]:
        """Return the values of a mapping that are not null, and the lines of all its keys."""
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in mapping.entries():
            name = key.followed().value
            if name in lines:
                message = f"{name} stands on line {lines[name]} already"
                self.report(key.line, "chart-key-twice", message, "keep one of them")
            if name == "<<":
                message = "a merge key hides values from review"
                self.report(key.line, "chart-merge-key", message, "write the values out")
            lines[name] = key.line
            if not value.followed().is_null:
                values[name] = value.followed()
        return values, lines

    def text(self, node: Node, name: str) -> str | None:
        """Return a scalar's text as it is written, reporting what YAML reads as something else."""
        if node.kind is not Kind.SCALAR:
            self.report(node.line, "chart-not-text", f"{name} is a {node.kind}", "write one value")
            return None
        if not node.is_string:
            kind = node.resolved.rpartition(":")[2]
            message = f"YAML reads {name} {node.value} as {kind}, not as text"
            self.report(node.line, "chart-not-text", message, f'write "{node.value}" in quotes')
        return node.value

    def dependencies(self, node: Node | None) -> tuple[Dependency, ...]:
        """Return the list of dependencies, every entry that is a mapping with a name."""
        if node is None:
            return ()
        if node.kind is not Kind.SEQUENCE:
            message = f"dependencies is a {node.kind}"
            self.report(node.line, "chart-dependency-form", message, "write a list")
            return ()
        read = [self._dependency(item.followed()) for item in node.children]
        return tuple(item for item in read if item is not None)

    def _dependency(self, node: Node) -> Dependency | None:
        if node.kind is not Kind.MAPPING:
            message = f"a dependency is a {node.kind}"
            self.report(node.line, "chart-dependency-form", message, "write name and version")
            return None
        fields, lines = self.fields(node)
        texts = {
            name: self.text(fields[name], name) or ""
            for name in ("name", "version", "repository", "condition", "alias")
            if name in fields
        }
        if not texts.get("name"):
            message = "a dependency has no name"
            self.report(node.line, "chart-dependency-form", message, "add `name:`")
        enabled = fields.get("enabled")
        return Dependency(
            name=texts.get("name", ""),
            version=texts.get("version", ""),
            repository=texts.get("repository", ""),
            condition=texts.get("condition", ""),
            tags=tuple(self.text(item, "a tag") or "" for item in self._items(fields, "tags")),
            enabled=enabled is not None and enabled.value.lower() == "true",
            import_values=tuple(
                self._import(item) for item in self._items(fields, "import-values")
            ),
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

    def _import(self, node: Node) -> str | Mapping[str, str]:
        if node.kind is not Kind.MAPPING:
            return self.text(node, "an import") or ""
        fields, _ = self.fields(node)
        return {name: self.text(value, name) or "" for name, value in fields.items()}
