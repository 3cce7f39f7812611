"""Adding an item to a list of a YAML text, or emptying the list, without touching other bytes."""

import yaml

from release.text import yaml_loading
from release.text.errors import EditRefusedError


def add_item(text: str, path: tuple[str, ...], item: str) -> str:
    """Return the text in which the list has one more item, at its end, on a line of its own.

    EditRefusedError for a list in brackets that holds something already.
    """
    key, value = _pair(text, path)
    if not value.value:
        indent = " " * (key.start_mark.column + 2)
        head, tail = text[: key.end_mark.index], text[value.end_mark.index :]
        return f"{head}:\n{indent}- {item}{tail}"
    if value.flow_style:
        raise EditRefusedError(
            ".".join(path), "is a list in brackets", "write each item on a line of its own"
        )
    end = len(text[: value.value[-1].end_mark.index].rstrip())
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    indent = " " * value.start_mark.column
    return f"{text[:stop]}\n{indent}- {item}{text[stop:]}"


def empty_list(text: str, path: tuple[str, ...]) -> str:
    """Return the text in which the list has no item any more."""
    key, value = _pair(text, path)
    if not value.value:
        return text
    end = (
        value.end_mark.index
        if value.flow_style
        else len(text[: value.value[-1].end_mark.index].rstrip())
    )
    return f"{text[: key.end_mark.index]}: []{text[end:]}"


def _pair(text: str, path: tuple[str, ...]) -> tuple[yaml.Node, yaml.SequenceNode]:
    node: yaml.Node | None = yaml_loading.compose(text, yaml.SafeLoader)
    found: yaml.Node | None = None
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found, node = next(((k, v) for k, v in pairs if k.value == name), (None, None))
    if found is None or not isinstance(node, yaml.SequenceNode):
        raise EditRefusedError(".".join(path), "is not a list", "edit the file by hand")
    return found, node
