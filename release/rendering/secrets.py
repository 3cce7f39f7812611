"""Taking secrets out of rendered objects before anybody else, the cache included, sees them.

What is hidden becomes a mark that tells equal from changed by a hash under a key that never leaves
the machine. The data of a Secret goes whole, and so does every place of the release where such a
value appears again; beyond that names decide: what is called a password is taken for one.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from release.rendering.renderedobjects import VOLATILE, leaves

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_NAMES: Final = (
    r"(?:pass(?:word|wd|phrase)|api[-_]?key|private[-_]?key|access[-_]?key|secret[-_]?key|"
    r"account[-_]?key|signing[-_]?key|encryption[-_]?key|client[-_]?secret|credentials?|"
    r"connection[-_]?string|bearer|cookie[-_]?secret|token)"
)
_SECRET_NAME: Final = re.compile(rf"(?i).*(?:{_NAMES}|(?:^|[-_.]|[a-z](?=S))secret)(?:[-_]?\d+)?")
_ASSIGNED: Final = re.compile(
    rf"(?i)({_NAMES}[\"']?[ \t]{{0,9}}[:=][ \t]{{0,9}})(\"[^\"\n]*\"|'[^'\n]*'|[^\s\"',;&]+)"
)
_ADDRESS: Final = re.compile(r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^/\s:@]*:)([^/\s@]+)(@)")
_PRIVATE: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_OPEN_NAME: Final = re.compile(
    r"(?i).*(?:user(?:name)?|host(?:name)?|port|database|db|name|namespace|endpoint|region|type)"
)
_REFERENCE: Final = re.compile(r"(?i).*(?:name|ref|path|file|key_?id|mount|existing_?secret)")
_MARK: Final = re.compile(r"«hidden(?: [0-9a-f]{10}»)?")
"""The second half is missing where an assignment's value ends at the space."""
_SHORTEST: Final = 6
"""Below that a Secret's value such as `true` or `admin` would blacken half of the release."""


@dataclass
class Hider:
    """Hides secrets under one key; it learns the values of a release from its Secrets."""

    key: bytes
    known: Sequence[str] = ()

    def mark(self, value: str | bytes) -> str:
        """Return what stands for a secret: equal for equal values, telling nothing of them."""
        data = value if isinstance(value, bytes) else value.encode(errors="surrogatepass")
        return f"«hidden {hmac.new(self.key, data, hashlib.sha256).hexdigest()[:10]}»"

    def learn(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Remember the values of all Secrets, to find them in other objects."""
        self._remember(value for body in objects for value in _secret_values(body))

    def learn_values(self, values: object) -> None:
        """Remember what stands under secret names in values, for the words of Helm's errors."""
        self._remember(
            leaf.strip()
            for path, leaf in leaves(values)
            if path and _is_secret_name(path[-1]) and isinstance(leaf, str)
            if len(leaf.strip()) >= _SHORTEST
        )

    def _remember(self, values: Iterable[str]) -> None:
        # The longest first: a shorter one may be a part of it.
        self.known = sorted({*self.known, *values}, key=lambda value: (-len(value), value))

    def hidden(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the object without its secrets."""
        if _is_secret(body):
            body = {
                key: self._whole(value) if key in {"data", "stringData"} else value
                for key, value in body.items()
            }
        return {
            key: value if key in {"apiVersion", "kind"} else self._tree(value, key)
            for key, value in body.items()
        }

    def text(self, text: str) -> str:
        """Return running text without secrets: known values, assignments, addresses, keys."""
        if text == VOLATILE:
            return text
        for value in self.known:
            if value in text:
                text = text.replace(value, self.mark(value))
        text = _PRIVATE.sub(lambda match: self.mark(match[0]), text)
        text = _ADDRESS.sub(lambda match: match[1] + self._once(match[2]) + match[3], text)
        return _ASSIGNED.sub(lambda match: match[1] + self._once(match[2]), text)

    def _once(self, value: str) -> str:
        return value if _MARK.search(value) or value.startswith(("$", "{{")) else self.mark(value)

    def _whole(self, value: object) -> object:
        if isinstance(value, Mapping):
            return {key: self._whole(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._whole(item) for item in value]
        return value if value in (None, "", VOLATILE) else self.mark(str(value))

    def _tree(self, value: object, name: str) -> object:
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list):
            return [self._tree(item, name) for item in value]
        if not isinstance(value, str):
            return value
        if name == LAST_APPLIED or (_is_secret_name(name) and value not in ("", VOLATILE)):
            return value if _MARK.fullmatch(value) else self.mark(value)
        return self.text(value)

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        # An environment variable or a parameter carries its name beside its value.
        named = value.get("name")
        own = str(named).rpartition(".")[2] if isinstance(named, str) else ""
        return {
            key: self._tree(item, own if key == "value" and own else key)
            for key, item in value.items()
        }


def _is_secret(body: Mapping[str, Any]) -> bool:
    return body.get("kind") == "Secret" and body.get("apiVersion") == "v1"


def _is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAME.fullmatch(name)) and not _REFERENCE.fullmatch(name)


def _secret_values(body: Mapping[str, Any]) -> Iterator[str]:
    if not _is_secret(body):
        return
    for part in ("data", "stringData"):
        data = body.get(part)
        for key, value in data.items() if isinstance(data, Mapping) else ():
            if not isinstance(value, str) or _OPEN_NAME.fullmatch(str(key)):
                continue
            for form in (value, _decoded(value) if part == "data" else None):
                if form and form != VOLATILE and len(form.strip()) >= _SHORTEST:
                    yield form.strip()
                    if part == "stringData":
                        yield base64.b64encode(form.encode()).decode()


def _decoded(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
