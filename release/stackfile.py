"""Reading `Pulumi.<environment>.yaml` so that nothing YAML guesses gets through unseen."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from release.problems import Problem

PROJECT: Final = "hmco"
"""The Pulumi project's name, which is the namespace of our keys in a stack file."""

_FILE_NAME: Final = re.compile(r"Pulumi\.([^/]+)\.yaml")
_STACK_FILE_KEYS: Final = frozenset(
    {"config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment"}
)
_TAG: Final = "tag:yaml.org,2002:"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class StackFile:
    """One parsed stack file: our keys without their prefix, and the line of every value."""

    name: str
    environment: str
    text: str
    config: Mapping[str, object]
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...] = ()

    def line(self, *path: str | int) -> int:
        """Return the line of the value at `path`, or of its nearest parent that has one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0


def environment_of(name: str) -> str | None:
    """Return the environment a file name stands for, or None if it names no stack file."""
    match = _FILE_NAME.fullmatch(name)
    return match[1] if match else None


def parse_stack_file(name: str, text: str) -> StackFile:
    """Parse the text of the stack file called `name` (such as Pulumi.prod.yaml).

    Never raises for what the text says: `problems` lists every syntax error, repeated key and
    scalar that YAML 1.1 would turn into something else than what is written (a float, a date,
    `on`), with the quoting to use. load_settings refuses a file that has any.
    """
    reader = _Reader(name)
    config = reader.read(text)
    environment = environment_of(name) or name
    return StackFile(name, environment, text, config, reader.lines, tuple(reader.problems))


class _Reader:
    """Builds plain data from YAML nodes and keeps the problems and lines it meets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {}

    def read(self, text: str) -> dict[str, object]:
        try:
            root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            self._syntax(error)
            return {}
        if not isinstance(root, yaml.MappingNode):
            self._problem(0, (), "the file holds no mapping; it begins with `config:`")
            return {}
        config: dict[str, object] = {}
        for key, key_node, value_node in self._entries(root, ()):
            if key not in _STACK_FILE_KEYS:
                allowed = ", ".join(sorted(_STACK_FILE_KEYS))
                self._problem(_line(key_node), (key,), f"unknown key (allowed: {allowed})")
            elif key == "config" and isinstance(value_node, yaml.MappingNode):
                config = self._config(value_node)
            elif key == "config":
                self._problem(_line(value_node), (key,), "must be a mapping of settings")
        return config

    def _config(self, node: yaml.MappingNode) -> dict[str, object]:
        config: dict[str, object] = {}
        for key, key_node, value_node in self._entries(node, ()):
            namespace, _, short = key.rpartition(":")
            if namespace == PROJECT:
                self.lines[(short,)] = _line(key_node)
                config[short] = self._value(value_node, (short,))
            elif not namespace:
                self._problem(
                    _line(key_node), (key,), f"has no namespace; write {PROJECT}:{key} instead"
                )
        return config

    def _entries(
        self, node: yaml.MappingNode, path: Path
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                self._problem(
                    _line(key_node), path, "merge keys (<<) hide values from review; write them out"
                )
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(_line(key_node), path, "a key must be plain text")
                continue
            key = key_node.value
            if key_node.tag != f"{_TAG}str":
                self._problem(_line(key_node), (*path, key), f'quote the key: "{key}"')
            if key in seen:
                self._problem(_line(key_node), (*path, key), "stands twice; keep one of them")
            seen.add(key)
            yield key, key_node, value_node

    def _value(self, node: yaml.Node, path: Path) -> object:
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode):
            result: dict[str, object] = {}
            for key, key_node, value_node in self._entries(node, path):
                self.lines[(*path, key)] = _line(key_node)
                result[key] = self._value(value_node, (*path, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        text: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool" and text in {"true", "false"}:
            return text == "true"
        if kind == "int" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
            return int(text)
        read_as = _READ_AS.get(kind, kind)
        self._problem(
            _line(node), path, f'YAML reads {text} as {read_as}; write "{text}" in quotes'
        )
        return text

    def _syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        self._problem(mark.line + 1 if mark else 0, (), f"is no valid YAML: {what}")

    def _problem(self, line: int, path: Path, message: str) -> None:
        self.problems.append(Problem(self.name, line, ".".join(map(str, path)), message))


_READ_AS: Final = {
    "float": "a number and drops digits such as a final zero",
    "int": "a number in another base",
    "timestamp": "a date",
    "bool": "true or false",
}


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
