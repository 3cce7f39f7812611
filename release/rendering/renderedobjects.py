"""Rendered objects as data: no secret is in them, and nothing that a rendering makes anew."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

HOOK: Final = ("helm.sh/hook", "argocd.argoproj.io/hook")
VOLATILE: Final = "«made anew by every rendering»"
"""Stands for what differs between two renderings of the same files."""


_DATA: Final = {"Secret": ("data", "stringData"), "ConfigMap": ("binaryData", "data")}
"""Where each holds its data: in base64, and as text, which wins."""
OVERSTEPPED: Final = "look for a template that loops or grows without end"
"""Ends the failure of a chart that took more than it may: another machine may tell otherwise."""


class Identity(NamedTuple):
    """What makes an object this one for the API server, apart from the version it is written in."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return it as people write it, the namespace only where the template names one."""
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"


@dataclass(frozen=True)
class RenderedObject:
    """One object of a rendering, and its bytes before anything was hidden.

    `size` is what it takes as JSON, `data` what a ConfigMap or Secret holds, decoded.
    """

    body: Mapping[str, Any]
    source: str
    size: int
    data: int = 0

    @cached_property
    def identity(self) -> Identity:
        """Group, kind, the namespace that the template names, and name."""
        metadata = self.metadata
        return Identity(
            self.api_version.rpartition("/")[0],
            str(self.body.get("kind", "")),
            str(metadata.get("namespace") or ""),
            str(metadata.get("name") or ""),
        )

    @property
    def api_version(self) -> str:
        """Group and version as written."""
        return str(self.body.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        """The kind alone."""
        return str(self.body.get("kind", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its metadata, empty where the template wrote something else there."""
        found = self.body.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Its annotations, empty where there are none."""
        found = self.metadata.get("annotations")
        return found if isinstance(found, Mapping) else {}

    @property
    def hook(self) -> str:
        """When it runs if it is a hook, which no sync applies with the rest; "" otherwise."""
        return next((str(self.annotations[key]) for key in HOOK if key in self.annotations), "")

    @cached_property
    def digest(self) -> str:
        """Equal for equal contents, whatever the order of keys."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()


class Flaw(NamedTuple):
    """A document that is not an object: Argo CD refuses the whole Application for one of them."""

    source: str
    what: str


class Rendering(NamedTuple):
    """What Helm made of a request: its objects in order, or why there are none.

    `failure` is Helm's own first words where the chart does not render. `volatile` names, object by
    object, what every rendering makes anew.
    """

    objects: tuple[RenderedObject, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    volatile: tuple[str, ...] = ()
    failure: str = ""

    @property
    def lasting(self) -> bool:
        """Tell whether the same files will always give this; only then it is worth keeping."""
        return not self.failure.endswith(OVERSTEPPED)

    def to_json(self) -> str:
        """Return it as one line for the cache and between processes."""
        return json.dumps(
            {
                "objects": [
                    [item.body, item.source, item.size, item.data] for item in self.objects
                ],
                "flaws": [[flaw.source, flaw.what] for flaw in self.flaws],
                "volatile": self.volatile,
                "failure": self.failure,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return what `to_json` wrote; ValueError, KeyError or TypeError for anything else."""
        data = json.loads(text)
        return cls(
            tuple(RenderedObject(*item) for item in data["objects"]),
            tuple(Flaw(source, what) for source, what in data["flaws"]),
            tuple(data["volatile"]),
            str(data["failure"]),
        )


class Unknown(NamedTuple):
    """A rendering that nobody could make; never to be taken for one without a change."""

    reason: str
    command: str


def data_size(body: Mapping[str, Any]) -> int:
    """Return the bytes of data that the API server counts in a ConfigMap or Secret, 0 in others."""
    if body.get("apiVersion") != "v1" or body.get("kind") not in _DATA:
        return 0
    found = (body.get(part) for part in _DATA[body["kind"]])
    coded, plain = (part if isinstance(part, Mapping) else {} for part in found)
    sizes = {key: _decoded_size(str(value)) for key, value in coded.items()}
    return sum((sizes | {key: len(str(value).encode()) for key, value in plain.items()}).values())


def _decoded_size(base64: str) -> int:
    return len("".join(base64.split()).rstrip("=")) * 3 // 4


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield every scalar and every empty container of a tree, with the way to it."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, str(index)))
    else:
        yield path, value
