"""The Applications of a state, made by that state's own program."""

import json
import os
import posixpath
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from release.argocd.manifests import environment_manifests
from release.charts.record import Registry
from release.estate import Estate
from release.rendering.chartfiles import GitTree, lay_down
from release.rendering.request import Cluster
from release.repository.git.program import run_git
from release.repository.picture import Picture
from release.settings.problems import SettingsError
from release.text import yaml_loading

CODE: Final = "release"
_SECONDS: Final = 120
_REMEDY: Final = "choose a base whose stack files the program accepts"
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
"""All of our own environment that another revision's program sees: no token is among it."""


class ProgramError(Exception):
    """A state gives nothing that could be compared; the message says why and what to do."""


@dataclass(frozen=True)
class Objects:
    """What one state gives Argo CD, by environment: Applications by name, projects, clusters.

    `clusters` lacks an environment whose stack file is older than that setting.
    """

    applications: Mapping[str, Mapping[str, Mapping[str, Any]]]
    projects: Mapping[str, Mapping[str, Any]]
    clusters: Mapping[str, Cluster] = field(default_factory=dict)


def own_objects(registry: Registry, estate: Estate) -> Objects:
    """Return the objects as the program that is running makes them."""
    made = {
        name: environment_manifests(registry, environment)
        for name, environment in estate.environments.items()
    }
    return Objects(
        {name: dict(objects.applications) for name, objects in made.items()},
        {name: objects.project for name, objects in made.items()},
        {
            name: Cluster(item.settings.kubernetes.version, item.settings.kubernetes.api_versions)
            for name, item in estate.environments.items()
        },
    )


def past_estate(picture: Picture, label: str) -> Estate:
    """Return all environments of an earlier state, ProgramError where they are refused."""
    try:
        return picture.estate
    except SettingsError as error:
        first, *others = error.problems
        more = f" (and {len(others)} more)" if others else ""
        raise ProgramError(
            f"the program here refuses the stack files of {label}: {first}{more}; {_REMEDY}"
        ) from error


def code_of(tree: GitTree, program: str) -> tuple[tuple[str, str], ...]:
    """Return the files of a state's generator with their ids; none where it is kept elsewhere."""
    folder = posixpath.join(program, CODE)
    return tuple(
        (path.removeprefix(f"{folder}/"), tree.files[path].object_id)
        for path in tree.folders.get(folder, ())
        if path.endswith(".py")
    )


def objects_of_program(tree: GitTree, program: str, label: str) -> Objects:
    """Return the objects as the program that the tree holds makes them; else ProgramError.

    It runs as a process of its own, on nothing but its own code and stack files, without the
    environment in which tokens are. Whoever plans a revision runs that revision's program.
    """
    wanted = {
        path: entry.object_id
        for path, entry in tree.files.items()
        if entry.kind == "blob" and not entry.is_symlink and _needed(path, program)
    }
    with tempfile.TemporaryDirectory(prefix="hmco-program-") as name:
        root = Path(name)
        for _ in lay_down(tree.repository, wanted, root):
            pass
        run_git(root, "init", "--quiet", ".")
        rendered = _run(root / program, label)
        return _parsed(rendered, _clusters(root / program))


def _needed(path: str, program: str) -> bool:
    below = path.removeprefix(f"{program}/") if program else path
    return below.startswith(f"{CODE}/") or (
        "/" not in below and below.startswith("Pulumi.") and below.endswith(".yaml")
    )


def _run(folder: Path, label: str) -> Mapping[str, Mapping[str, str]]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        answer = subprocess.run(
            [sys.executable, "-m", CODE, "render", "--json"],
            check=False,
            cwd=folder,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramError(f"the program of {label} does not run: {error}") from error
    if answer.returncode:
        words = answer.stderr.decode(errors="replace").strip().splitlines()
        reason = (
            words[-1] if words else _refused(answer.stdout) or f"it ends with {answer.returncode}"
        )
        raise ProgramError(f"the program of {label} makes no Applications: {reason}; {_REMEDY}")
    try:
        rendered: Mapping[str, Mapping[str, str]] = json.loads(answer.stdout)
    except ValueError as error:
        raise ProgramError(f"the program of {label} prints no JSON: {error}") from error
    return rendered


def _refused(answer: bytes) -> str:
    """Return the first reason of a refusal that was printed as JSON, "" where it is none."""
    try:
        return str(json.loads(answer)["reasons"][0]["fact"])
    except (ValueError, LookupError, TypeError):
        return ""


def _parsed(rendered: Mapping[str, Mapping[str, str]], clusters: Mapping[str, Cluster]) -> Objects:
    applications: dict[str, dict[str, Mapping[str, Any]]] = {}
    projects: dict[str, Mapping[str, Any]] = {}
    for environment, files in rendered.items():
        applications[environment] = {}
        for text in files.values():
            made = yaml_loading.load(text)
            if made["kind"] == "Application":
                applications[environment][made["metadata"]["name"]] = made
            elif made["kind"] == "AppProject":
                projects[environment] = made
    return Objects(applications, projects, clusters)


def _clusters(program: Path) -> dict[str, Cluster]:
    """Return the clusters that the stack files state; the setting is younger than stack files."""
    found = {}
    for path in sorted(program.glob("Pulumi.*.yaml")):
        config = yaml_loading.load(path.read_bytes()).get("config") or {}
        stated = config.get("hmco:kubernetes")
        if isinstance(stated, Mapping):
            name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
            versions = tuple(map(str, stated.get("apiVersions") or ()))
            found[name] = Cluster(str(stated["version"]), versions)
    return found
