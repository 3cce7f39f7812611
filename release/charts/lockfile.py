"""Chart.lock: which versions Helm took, and the digest that ties them to Chart.yaml.

`helm dependency build`, which Argo CD runs for a chart with dependencies, refuses a lock whose
digest does not fit Chart.yaml. So whoever changes a dependency's version must renew both. The
field `generated` is left alone: nothing reads it, a clock would make an edit differ from run to
run, and the commit says better when the lock changed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from release.charts.chart_yaml import Dependency, DependencyReader, Json, local_ones
from release.text.errors import EditRefusedError, TextProblem
from release.text.goscalars import as_json
from release.text.yaml_spans import set_scalar

_UPDATE: Final = "run: helm dependency update"
_REPOSITORY_ALIASES: Final = ("@", "alias:")
# Go's encoding/json writes these as escapes inside strings, and nothing else beyond JSON's own.
_GO_ESCAPES: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class Lock(NamedTuple):
    """What a Chart.lock says; `digest` is empty if it has none."""

    dependencies: tuple[Dependency, ...]
    digest: str
    lines: Mapping[str, int]
    problems: tuple[TextProblem, ...]


@lru_cache(maxsize=4096)
def parse_lock(text: str) -> Lock:
    """Read a Chart.lock; whatever is wrong with its form is listed in `problems`, never raised."""
    reader = DependencyReader(text)
    stated = reader.fields.get("digest")
    return Lock(
        dependencies=reader.dependencies(),
        digest=(reader.text(stated, "digest") or "") if stated is not None else "",
        lines=reader.lines,
        problems=tuple(sorted(reader.problems)),
    )


def digest(dependencies: Sequence[Dependency], locked: Sequence[Dependency]) -> str:
    """Return Helm's digest of Chart.yaml's and the lock's dependencies.

    It is the SHA-256 of Go's JSON of both lists (helm.sh/helm/v4 internal/resolver HashReq, the
    same since Helm 3). EditRefusedError for a repository by alias (`@name`): Helm puts in the
    address from the user's own configuration, which no file shows.
    """
    for dependency in dependencies:
        if dependency.repository.startswith(_REPOSITORY_ALIASES):
            raise EditRefusedError(
                f"dependency {dependency.name}",
                f"its repository {dependency.repository} is an alias of the user's own",
                "write the repository's address",
            )
    # A list that is not there is null to Go, and Helm writes no lock for a list that is empty.
    lists = (",".join(map(_go_struct, side)) for side in (dependencies, locked))
    text = "[" + ",".join(f"[{each}]" if each else "null" for each in lists) + "]"
    text = text.translate(_GO_ESCAPES)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def set_locked_version(
    text: str, name: str, version: str, chart_dependencies: Sequence[Dependency]
) -> str:
    """Return the lock with the version of a local dependency and the digest renewed.

    `chart_dependencies` are those of the Chart.yaml that the lock will stand beside, its new
    version included. EditRefusedError if the lock does not list the same dependencies in the same
    order, each in a version that Chart.yaml asks for: a new digest would then make a lock look
    right that is not.
    """
    before = parse_lock(text)
    listed = [(item.name, item.repository) for item in before.dependencies]
    wanted = [(item.name, item.repository) for item in chart_dependencies]
    if listed != wanted:
        odd = sorted({entry[0] for entry in {*listed} ^ {*wanted}}) or ["their order"]
        raise EditRefusedError(
            "Chart.lock", f"does not fit Chart.yaml's dependencies ({', '.join(odd)})", _UPDATE
        )
    indexes = local_ones(before.dependencies, name)
    if not indexes:
        raise EditRefusedError(f"dependency {name}", "is not in Chart.lock as a local one", _UPDATE)
    for index in indexes:
        # Without a repository Helm locks what is asked for, else what the sub-chart states.
        asked = chart_dependencies[index]
        taken = version if asked.repository else asked.version
        text = set_scalar(text, ("dependencies", index, "version"), taken)
    locked = parse_lock(text).dependencies
    for asked, found in zip(chart_dependencies, locked, strict=True):
        if asked.version != found.version and not asked.takes(found.version):
            raise EditRefusedError(
                f"dependency {asked.name}",
                f"Chart.yaml asks for {asked.version}, Chart.lock has {found.version or 'none'}",
                _UPDATE,
            )
    renewed = digest(chart_dependencies, locked)
    return set_scalar(text, ("digest",), renewed)


def _go_struct(dependency: Dependency) -> str:
    """Return the fields in the order of Helm's Go struct, without those it omits when empty."""
    fields: dict[str, Json] = {
        "name": dependency.name,
        "version": dependency.version,
        "repository": dependency.repository,
        "condition": dependency.condition,
        "tags": dependency.tags,
        "enabled": dependency.enabled,
        "import-values": dependency.import_values,
        "alias": dependency.alias,
    }
    kept = (key for key, value in fields.items() if value or key in ("name", "repository"))
    return "{" + ",".join(f'"{key}":{_go_json(fields[key])}' for key in kept) + "}"


def _go_json(value: Json) -> str:
    if isinstance(value, Mapping):
        # Go writes the keys of a map in the order of their bytes.
        keys = sorted(value, key=lambda key: key.encode(errors="surrogatepass"))
        return "{" + ",".join(f"{_go_json(key)}:{_go_json(value[key])}" for key in keys) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(_go_json, value)) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return as_json(value)
    return json.dumps(value, ensure_ascii=False)
