"""The scalar types of stack settings, each with the rule of the system that reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

DNS_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = r"([0-9]+(\.[0-9]+)?(ms|h|m|s))+"
_DURATION_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")
_LONGEST_DURATION: Final = 2**63 / 1e9
"""Go counts a duration in nanoseconds in 64 bits; Argo CD cannot read a longer one."""
# What Masterminds/semver, which Argo CD asks, takes for a version or a range of versions.
_RANGE: Final = re.compile(r"v?[0-9xX]+(\.[0-9xX]+){0,2}(-[0-9A-Za-z.-]+)?|v[0-9].*")
_CREDENTIALS: Final = re.compile(r"[a-z]+://[^/@]*:[^/@]*@.*")
_ADDRESS: Final = re.compile(
    r"(?:([a-z]+)://|[^@/]+@)(?:[^@/]+@)?([^@/:]+)(?(1)(:\d+)?)[:/](.+?)(?:\.git)?/?"
)
"""Only with a scheme a number behind the host is a port; else it is where the path begins."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Text of a form, refused in words that say which; editors see the form as a pattern."""

    form: str
    words: str

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 -- pydantic's protocol
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Check after the type has been."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the form for editors."""
        return {**handler(schema), "pattern": f"^({self.form})$"}

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.form, text):
            raise ValueError(f"{text!a} is not a valid {self.words}")
        return text


def seconds(duration: str) -> float:
    """Return a Go duration such as `1h30m` in seconds; ValueError if Go could not read it."""
    if not re.fullmatch(_DURATION, duration):
        raise ValueError(f"{duration!r} is not a duration; write it as 24h, 30m or 5s")
    parts = _DURATION_PART.findall(duration)
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if total >= _LONGEST_DURATION:
        raise ValueError(f"{duration!r} is longer than Go can count; write fewer hours")
    return total


def _duration(text: str) -> str:
    seconds(text)
    return text


def _positive_duration(text: str) -> str:
    if seconds(text) <= 0:
        raise ValueError(f"{text!r} must be longer than zero; write a duration such as 5s")
    return text


def _branch(text: str) -> str:
    # Argo CD takes hex of seven or more for a commit, x or 1.* for a range of tags, and HEAD for
    # whatever the repository calls its default branch.
    if re.fullmatch(r"[0-9a-fA-F]{7,}", text) or _RANGE.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot be followed: Argo CD takes it for a commit or a range of versions"
        )
    if text.upper() == "HEAD" or text == "latest" or ".." in text or text.endswith(".lock"):
        raise ValueError(
            f"{text!r} names no branch of its own; write the branch's name, such as main"
        )
    return text


class GitAddress(NamedTuple):
    """What a Git address says of the web: `site` is the host, with a port that is of https."""

    site: str
    path: str

    @property
    def web(self) -> str:
        """The repository's own page."""
        return f"https://{self.site}/{self.path}"


def git_address(text: str) -> GitAddress | None:
    """Return who keeps a repository and where, such as owner/name; None for a local one."""
    if (match := _ADDRESS.fullmatch(text)) is None:
        return None
    scheme, host, port, path = match.groups()
    return GitAddress(f"{host}{port}" if port and scheme == "https" else host, path)


def without_password(text: str) -> str:
    """Return the address, or refuse one with a password in words that do not repeat it."""
    if _CREDENTIALS.fullmatch(text):
        # The message must not repeat the secret into logs.
        raise ValueError(
            "holds a password; write the address alone, Argo CD has its own credentials"
        )
    return text


_DAY: Final = 'day (YYYY-MM-DD, such as "2026-12-31")'


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a valid {_DAY}") from None
    return text


def _sentence(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(f"{text!r} must be one line of printable text")
    return text


Duration = Annotated[
    str, AfterValidator(_duration), Field(json_schema_extra={"pattern": f"^{_DURATION}$"})
]
PositiveDuration = Annotated[Duration, AfterValidator(_positive_duration)]
DnsLabel = Annotated[
    str, Matching(DNS_LABEL, "DNS label (lower-case letters, digits and hyphens, at most 63)")
]
Branch = Annotated[
    str,
    Matching(
        r"[A-Za-z]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "branch that a label can hold (letters, digits, '.', '_' and '-', at most 63)",
    ),
    AfterValidator(_branch),
]
Repository = Annotated[
    str,
    AfterValidator(without_password),
    Matching(
        r"(https://|ssh://|file:///|[a-z]+@[A-Za-z0-9_.-]+:)[^\s*!?\[\]{}$]+",
        "Git address without patterns (https://host/path, ssh://host/path or git@host:path)",
    ),
]
DIRECTORY: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*"
RelativeDirectory = Annotated[
    str,
    Matching(
        DIRECTORY,
        "path below the program's folder (no leading '/', no part that begins with '.' or '-')",
    ),
]
Day = Annotated[
    str,
    Matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _DAY),
    AfterValidator(_day),
]
Server = Annotated[
    str, Matching(r"https://[^\s*!@]+", "cluster address (https://host, no patterns)")
]
KubernetesVersion = Annotated[
    str,
    Matching(
        r"1\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})",
        'version of Kubernetes; write all three numbers in quotes as "1.34.2"',
    ),
]
ApiVersion = Annotated[
    str,
    Matching(
        r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?(/[A-Z][A-Za-z0-9]*)?",
        "API version (group/version or group/version/Kind, such as cert-manager.io/v1)",
    ),
]
NamespaceSuffix = Annotated[
    str,
    Matching(
        r"(-[a-z0-9]([a-z0-9-]*[a-z0-9])?)?",
        'suffix of namespaces such as -dev; write "" for the standard names',
    ),
]
RoleName = Annotated[
    str,
    Matching(
        r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?", "role name (letters, digits, '-' and '_')"
    ),
]
Group = Annotated[
    str,
    Matching(
        # No backslash before the quotes: editors read the form as an ECMAScript pattern.
        """[^\\s"',]([^"',\\n\\t\\r]*[^\\s"',])?""",
        "group (no quotes, commas, line ends or outer spaces)",
    ),
]
TEAM_IN_CHANNEL: Final = "{team}"
Channel = Annotated[
    str,
    Matching(
        r"([a-z0-9_-]|\{team\}){1,80}",
        "Slack channel; write it without '#' (lower-case letters, digits, '-', '_'; {team} is "
        "the team that owns the chart)",
    ),
]
Sentence = Annotated[str, AfterValidator(_sentence), Field(min_length=1)]
Description = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_sentence)]
"""The only length that Argo CD's CRDs check."""
Address = Annotated[
    str,
    AfterValidator(without_password),
    Matching(r"https?://[^\s<>{}|$]+/", "web address that ends with / (https://host/path/)"),
]
LabelKey = Annotated[
    str,
    Matching(
        r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "key of a Kubernetes label, such as app.kubernetes.io/name",
    ),
]
LabelValue = Annotated[
    str,
    Matching(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", "value of a Kubernetes label"),
]
