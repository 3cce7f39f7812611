"""The one way into PyYAML's loaders: LibYAML recurses without bound, and YAML decides how deep."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml

_DEEPEST: Final = 1_000
_HARMLESS: Final = 10_000
"""LibYAML's loader overflows the stack at some 30,000 levels; brackets and `- - -` make them."""


def load(text: str | bytes, loader: type[yaml.CSafeLoader] = yaml.CSafeLoader) -> Any:  # noqa: ANN401 -- what it says
    """Return the text's value; YAMLError for any that has none, such as the date 2024-99-99."""
    with _guarded(text):
        return yaml.load(text, Loader=loader)  # noqa: S506 -- a safe loader, as its type says


def compose_all(
    text: str | bytes, loader: type[yaml.CSafeLoader] = yaml.CSafeLoader
) -> list[yaml.Node]:
    """Return the nodes of the documents that are not empty; YAMLError if it is not YAML."""
    with _guarded(text):
        return list(yaml.compose_all(text, Loader=loader))


def compose(text: str | bytes) -> yaml.Node | None:
    """Return the node of the text's only document; YAMLError as `compose_all`, or for several."""
    with _guarded(text):
        return yaml.compose(text, Loader=yaml.CSafeLoader)


@contextmanager
def _guarded(text: str | bytes) -> Iterator[None]:
    """Let nothing leave but YAMLError, whatever the loader stumbles over."""
    try:
        _refuse_deep(text)
        yield
    except UnicodeEncodeError as error:
        raise yaml.YAMLError("holds half a Unicode character") from error
    except RecursionError as error:
        raise yaml.YAMLError("nests too deeply") from error
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        raise yaml.YAMLError(f"a value is not of its type: {error}") from error


def _refuse_deep(text: str | bytes) -> None:
    """Raise YAMLError where the loader's recursion could run out of stack."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.count(b"[") + data.count(b"{") <= _HARMLESS and all(
        len(line) <= _HARMLESS for line in data.split(b"\n")
    ):
        return
    depth = 0
    # The parser's events cost no stack.
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            reason = f"nests deeper than {_DEEPEST:,} levels"
            raise yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)  # type: ignore[arg-type]  # LibYAML's marks are as good
