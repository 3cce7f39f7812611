"""Reading `Pulumi.<environment>.yaml` so that nothing YAML guesses gets through unseen."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import yaml
from yaml.reader import ReaderError

from release.settings.problems import Path, Problem
from release.text import yaml_loading
from release.text.goyaml import go_reads_as

PROJECT: Final = "hmco"
"""The Pulumi project's name, which is the namespace of our keys in a stack file."""

_FILE_NAME: Final = re.compile(r"Pulumi\.([^/]+)\.yaml")
STACK_FILE_KEYS: Final = frozenset(
    {"config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment"}
)
_TAG: Final = "tag:yaml.org,2002:"
_DEEPEST: Final = 32
"""Keys and places in lists on the way to a value; no setting nests so deep."""
_LARGEST: Final = 4_000_000
_LONGEST_NUMBER: Final = 18
# How GitHub ("About authentication to GitHub"), Slack and Pulumi begin a token, and PEM ends a key.
_SECRET: Final = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9]{20}|xox[a-z]-[A-Za-z0-9]|pul-[0-9a-f]{40}"
    r"|PRIVATE KEY-----"
)
_REVOKE: Final = "holds a token or a private key, which belongs in no file: revoke it now"


class StackFile(NamedTuple):
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

    def problem(self, path: Path, message: str) -> Problem:
        """Return what is wrong at `path`, () for the whole file, with its line and key."""
        return Problem(self.name, self.line(*path), ".".join(map(str, path)), message)


def environment_of(name: str) -> str | None:
    """Return the environment a file name stands for, or None if it names no stack file."""
    match = _FILE_NAME.fullmatch(name)
    return match[1] if match else None


@lru_cache(maxsize=64)
def parse_stack_file(name: str, text: str) -> StackFile:
    """Parse the text of the stack file called `name` (such as Pulumi.prod.yaml).

    Never raises for what the text says: `problems` lists every syntax error, repeated key, alias
    and scalar that PyYAML or the engine would turn into something else than what is written (a
    float, a date, `on`), with the quoting to use. read_settings refuses a file that has any.
    Two states of a repository share most of their stack files, and these are read once.
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
        self.seen: set[int] = set()

    def read(self, text: str) -> dict[str, object]:
        if text.startswith("\ufeff"):
            self._problem(1, (), "begins with a byte order mark; save it as UTF-8 without one")
        if len(text) > _LARGEST:
            self._problem(0, (), f"is longer than {_LARGEST:,} characters; no stack file is")
            return {}
        try:
            root = yaml_loading.compose(text)
        except yaml.YAMLError as error:
            self._syntax(error, text)
            return {}
        if not isinstance(root, yaml.MappingNode):
            self._problem(0, (), "the file is not a mapping; it must begin with `config:`")
            return {}
        config: dict[str, object] = {}
        for key, key_node, value_node in self._entries(root, ()):
            if key not in STACK_FILE_KEYS:
                allowed = ", ".join(sorted(STACK_FILE_KEYS))
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
            if namespace == f"{PROJECT}:config":
                # The engine's older spelling of the same key: it would win or lose unseen.
                self._problem(_line(key_node), (key,), f"write {PROJECT}:{short} instead")
            elif namespace == PROJECT:
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
        if node.tag != f"{_TAG}map":
            self._problem(_line(node), path, f"remove the tag {_shown(node.tag)}")
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
            if _SECRET.search(key):
                self._problem(_line(key_node), path, _REVOKE)
                continue
            if key_node.tag != f"{_TAG}str" or (not key_node.style and go_reads_as(key)):
                self._problem(_line(key_node), (*path, key), f'quote the key: "{key}"')
            if key in seen:
                self._problem(_line(key_node), (*path, key), "appears twice; keep one of them")
            seen.add(key)
            yield key, key_node, value_node

    def _value(self, node: yaml.Node, path: Path) -> object:
        if id(node) in self.seen:
            # The composer hands out the anchor's own node again; a loop would never end.
            line = self.lines.get(path) or self.lines.get(path[:-1], 0)
            self._problem(line, path, "an alias (*) hides the value from review; write it out")
            return None
        self.seen.add(id(node))
        if len(path) > _DEEPEST:
            message = f"nests deeper than {_DEEPEST} levels; no setting does"
            self._problem(_line(node), path[:1], message)
            return None
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode):
            result: dict[str, object] = {}
            for key, key_node, value_node in self._entries(node, path):
                self.lines[(*path, key)] = _line(key_node)
                result[key] = self._value(value_node, (*path, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            if node.tag != f"{_TAG}seq":
                self._problem(_line(node), path, f"remove the tag {_shown(node.tag)}")
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path) if isinstance(node, yaml.ScalarNode) else None

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        text: str = node.value
        if _SECRET.search(text):
            # It is not handed on, so that no other message can repeat it into a log.
            self._problem(_line(node), path, _REVOKE)
            return None
        kind = node.tag.removeprefix(_TAG)
        read_as = _READ_AS.get(kind)
        if kind == "str":
            # PyYAML marks a plain scalar by an empty style.
            read_as = None if node.style else go_reads_as(text)
            if read_as is None:
                return text
        elif kind == "null":
            return None
        elif kind == "bool" and text in {"true", "false"}:
            return text == "true"
        elif kind == "int" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
            if len(text) <= _LONGEST_NUMBER:
                return int(text)
            read_as = "a number and rounds it"
        if read_as:
            plain = "plain digits" if "number" in read_as else "true or false"
            choice = "" if "date" in read_as else f" (or {plain}, if that is meant)"
            message = f'YAML reads {_short(text)} as {read_as}; write "{_short(text)}" in quotes'
            message += choice
        else:
            message = f"remove the tag {_shown(node.tag)}"
        self._problem(_line(node), path, message)
        return text

    def _syntax(self, error: yaml.YAMLError, text: str) -> None:
        mark = getattr(error, "problem_mark", None)
        if isinstance(error, ReaderError):
            # libyaml counts bytes here, and everything before the offender may be non-ASCII.
            before = text.encode(errors="replace")[: error.position]
            line, what = before.count(b"\n") + 1, "it holds a control character; remove it"
        elif mark is None:
            line, what = 0, str(error)
        else:
            line = int(mark.line) + 1
            what = str(getattr(error, "problem", None) or error)
            lines = text.splitlines()
            if int(mark.line) < len(lines) and "\t" in lines[int(mark.line)]:
                what += "; indent with spaces, not with tabs"
            elif what == "but found another document":
                what = "a second document begins here; one file describes one environment"
        self._problem(line, (), f"is not valid YAML: {what}")

    def _problem(self, line: int, path: Path, message: str) -> None:
        key = ".".join(map(str, path)).removeprefix(f"{PROJECT}:")
        self.problems.append(Problem(self.name, line, key, message))


_READ_AS: Final = {
    "float": "a number and drops digits such as a final zero",
    "int": "a number in another base",
    "timestamp": "a date",
    "bool": "true or false",
    "value": "a default value",
}


def _shown(tag: str) -> str:
    return tag.replace(_TAG, "!!")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 -- what fits a message


def _line(node: yaml.Node | yaml.Event) -> int:
    return int(node.start_mark.line) + 1 if node.start_mark else 0
