"""Manifests as files: the same bytes from the same inputs, and only in a directory that is ours."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import yaml

from release.argocd.manifests import Manifest
from release.text import yaml_loading
from release.text.atomic import locked
from release.text.goyaml import GUESSED, GUESSED_STARTS

MARKER: Final = ".hmco-render"
"""Marks a directory whose every file `hmco render` may replace or delete."""

_OURS: Final = re.compile(rf"{re.escape(MARKER)}(\.[0-9]+\.new)?")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


class RenderError(ValueError):
    """Files cannot be written here; the message names the directory and what to do."""


def file_name(manifest: Manifest) -> str:
    """Return the name that the Kubernetes provider's render mode gives the object's file."""
    metadata = manifest["metadata"]
    if not isinstance(metadata, dict):
        raise TypeError(f"{manifest['kind']} has no metadata")
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


# Text that PyYAML would leave plain and a reader written in Go would take for a number gets quotes.
_PlainDumper.add_implicit_resolver("tag:yaml.org,2002:go", GUESSED, list(GUESSED_STARTS))


def rendered_files(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Return file name -> text, sorted by name; RenderError if two objects share a name."""
    files = sorted((file_name(manifest), to_yaml(manifest)) for manifest in manifests)
    shared = sorted(name for name, count in Counter(name for name, _ in files).items() if count > 1)
    if shared:
        raise RenderError(
            f"several objects would be written to one file ({', '.join(shared)}); rename one"
        )
    return dict(files)


def write_directory(directory: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Make the directory hold exactly these files and return the names that changed.

    Each file appears whole or not at all, whenever the process is killed; two runs at once wait for
    each other. Raises RenderError, before anything is written, for a directory that holds something
    without our marker or that is a symlink, and for a name that would leave the directory.
    """
    outside = sorted(name for name in files if not _FILE_NAME.fullmatch(name))
    if outside:
        shown = ", ".join(map(repr, outside))
        raise RenderError(f"{shown}: not a plain file name inside {directory}")
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise RenderError(f"{directory} is not a plain directory; name another one with --out")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with locked(directory):
            return _write(directory, _present(directory), files)
    except OSError as error:
        raise RenderError(
            f"{directory} cannot be written: {error.strerror or error}; correct it and run again"
        ) from error


def _present(directory: Path) -> dict[str, Path]:
    present = {path.name: path for path in directory.iterdir()}
    # A run that was killed at its first file leaves no marker, only the marker's temporary file.
    foreign = sorted(name for name in present if not _OURS.fullmatch(name))
    if foreign and MARKER not in present:
        raise RenderError(
            f"{directory} holds files that hmco did not write (such as {foreign[0]}); "
            "name an empty or new directory with --out"
        )
    folders = sorted(name for name, path in present.items() if path.is_dir())
    if folders:
        raise RenderError(
            f"{directory} holds folders ({', '.join(folders)}); move them out of the way"
        )
    return present


def _write(
    directory: Path, present: Mapping[str, Path], files: Mapping[str, str]
) -> tuple[str, ...]:
    wanted = {MARKER: "Written by `hmco render`; every other file here is replaced.\n", **files}
    changed = [name for name, text in wanted.items() if _replace(directory / name, text)]
    stale = sorted(set(present) - set(wanted))
    for name in stale:
        present[name].unlink()
    return tuple(sorted(name for name in {*changed, *stale} if not _OURS.fullmatch(name)))


def _replace(path: Path, text: str) -> bool:
    data = text.encode()
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return False
    temporary = path.with_name(f"{MARKER}.{os.getpid()}.new")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
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
        if _OURS.fullmatch(relative):
            continue
        if path.name not in wanted or path.name in found:
            faults[relative] = "foreign"
            continue
        found[path.name] = relative
        if path.is_symlink() or not _holds(path, wanted[path.name]):
            faults[relative] = "changed"
    faults |= dict.fromkeys(
        (f"1-manifest/{name}" for name in wanted if name not in found), "missing"
    )
    return dict(sorted(faults.items()))


def repair_directory(
    directory: Path, manifests: Iterable[Manifest], faults: Mapping[str, str]
) -> None:
    """Write the files again that `compare_directory` found missing or changed, each whole."""
    wanted = {file_name(manifest): manifest for manifest in manifests}
    for relative, fault in faults.items():
        if fault != "foreign":
            path = directory / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, to_yaml(wanted[path.name]))


def _holds(path: Path, manifest: Manifest) -> bool:
    try:
        found = yaml_loading.load(path.read_bytes())
    except (yaml.YAMLError, OSError):
        return False
    # Python takes 1 and true for equal, Kubernetes does not.
    return bool(found == manifest) and _canonical(found) == _canonical(manifest)


def _canonical(manifest: object) -> str:
    return json.dumps(manifest, sort_keys=True)
