"""Manifests as files: the same bytes from the same inputs, and only in a directory that is ours."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import yaml

from release.manifests import Manifest

MARKER: Final = ".hmco-render"
"""Marks a directory whose every file `hmco render` may replace or delete."""


class RenderError(ValueError):
    """Files cannot be written here; the message names the directory and what to do."""


def file_name(manifest: Manifest) -> str:
    """Return the name that the Kubernetes provider's render mode gives the object's file."""
    metadata = manifest["metadata"]
    if not isinstance(metadata, dict):
        msg = f"{manifest['kind']} has no metadata"
        raise TypeError(msg)
    group = str(manifest["apiVersion"]).replace("/", "_")
    kind = str(manifest["kind"]).lower()
    return f"{group}-{kind}-{metadata['namespace']}-{metadata['name']}.yaml"


def to_yaml(manifest: Manifest) -> str:
    """Return one object as YAML with sorted keys."""
    return yaml.dump(
        manifest, Dumper=_PlainDumper, sort_keys=True, allow_unicode=True, width=1_000_000
    )


class _PlainDumper(yaml.CSafeDumper):
    """Writes equal objects out twice instead of as an anchor that a reviewer must follow."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def rendered_files(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Return file name -> text, sorted by name."""
    return dict(sorted((file_name(manifest), to_yaml(manifest)) for manifest in manifests))


def write_directory(directory: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Make the directory hold exactly these files and return the names that changed.

    Raises RenderError, before anything is written, for a directory that holds something without
    our marker, or that is reached through a symlink.
    """
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        msg = f"{directory} is no plain directory; name another one with --out"
        raise RenderError(msg)
    present = {path.name: path for path in directory.iterdir()} if directory.exists() else {}
    if present and MARKER not in present:
        msg = (
            f"{directory} holds files that hmco did not write (such as {min(present)}); "
            "name an empty or new directory with --out"
        )
        raise RenderError(msg)
    folders = sorted(name for name, path in present.items() if path.is_dir())
    if folders:
        msg = f"{directory} holds folders ({', '.join(folders)}); move them out of the way"
        raise RenderError(msg)
    directory.mkdir(parents=True, exist_ok=True)
    wanted = {MARKER: "Written by `hmco render`; every other file here is replaced.\n", **files}
    changed = [name for name, text in wanted.items() if _replace(directory / name, text)]
    stale = sorted(set(present) - set(wanted))
    for name in stale:
        present[name].unlink()
    return tuple(sorted({*changed, *stale} - {MARKER}))


def _replace(path: Path, text: str) -> bool:
    data = text.encode()
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.write_bytes(data)
    temporary.replace(path)
    return True


def compare_directory(directory: Path, manifests: Iterable[Manifest]) -> dict[str, str]:
    """Return what is wrong with a delivered directory: file path -> missing, changed or foreign.

    The directory is what the provider's render mode wrote, so objects are compared as data and
    looked for in every folder below it.
    """
    wanted = {file_name(manifest): manifest for manifest in manifests}
    found: dict[str, str] = {}
    faults: dict[str, str] = {}
    for path in sorted(p for p in directory.rglob("*") if p.is_file() or p.is_symlink()):
        relative = path.relative_to(directory).as_posix()
        if path.name not in wanted or path.name in found:
            faults[relative] = "foreign"
            continue
        found[path.name] = relative
        if not _holds(path, wanted[path.name]):
            faults[relative] = "changed"
    faults |= dict.fromkeys(
        (f"1-manifest/{name}" for name in wanted if name not in found), "missing"
    )
    return dict(sorted(faults.items()))


def _holds(path: Path, manifest: Manifest) -> bool:
    try:
        return bool(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) == manifest)
    except (yaml.YAMLError, OSError, UnicodeDecodeError):
        return False
