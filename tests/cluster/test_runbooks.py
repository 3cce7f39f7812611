"""Runbooks followed with the real engine, kubectl and API server, to the live Application."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from demo.environments import ROOT
from demo.repository import EstateRepo
from release.argocd.manifestfiles import rendered_files
from release.argocd.manifests import environment_manifests
from release.estate import Environment, load_estate, read_stack_files
from tests.cluster.apiserver import Cluster
from tests.docs.happenings import happen
from tests.docs.pages import Command, Happening, Section, read_sections
from tests.docs.reader import Reader, at_work
from tests.engine.program import SECONDS, copy_program
from tools.toolchain.cache import cache_root

pytestmark = pytest.mark.xdist_group("cluster")

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
SECTIONS = tuple(
    section
    for page in PAGES
    for section in read_sections(page)
    if any(isinstance(s, Command) and s.text.startswith("pulumi up") for s in section.steps)
)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: f"{s.page.stem}: {s.title}")
def test_a_followed_runbook_moves_the_live_application(
    section: Section,
    estate_template: EstateRepo,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = str(cache_root(os.environ))
    program = copy_program(tmp_path / "program", {"HMCO_CACHE": cache})
    reader = at_work(estate_template, tmp_path, monkeypatch)
    stack = _stack(section)
    if stack in reader.environments:
        _apply_as_somebody_else(cluster, reader, stack, tmp_path / "before")
    before = _revisions(cluster, stack)

    def outside(argv: list[str]) -> None:
        if argv[:2] == ["pulumi", "up"]:
            for file in reader.work.path.glob("Pulumi.*.yaml"):
                shutil.copy(file, program.folder)
            if (registry := reader.work.path / "release" / "registry.py").is_file():
                shutil.copy(registry, program.folder / "release")
            answer = program.up(stack)
            assert answer.code == 0, answer.text
        elif argv[:3] == ["argocd", "app", "delete"]:
            # No controller runs here that would remove the workload and then its finalizer.
            named = ("applications.argoproj.io", argv[3], "-n", "argocd")
            cluster.kubectl(
                "patch", *named, "--type=merge", "-p", '{"metadata":{"finalizers":null}}'
            )
            cluster.kubectl("delete", *named)
        elif argv[0] == "kubectl":
            subprocess.run(
                argv,
                cwd=program.folder,
                env={
                    "PATH": f"{cluster.programs}:{os.environ['PATH']}",
                    "KUBECONFIG": str(cluster.kubeconfig),
                    "HOME": str(tmp_path),
                },
                check=True,
                timeout=SECONDS,
            )

    reader.outside = outside
    for step in section.steps:
        if isinstance(step, Happening):
            happen(reader, step.text)
        else:
            reader.follow(step)

    live = _revisions(cluster, stack)
    assert live != before
    config = yaml.safe_load((reader.work.path / f"Pulumi.{stack}.yaml").read_text())["config"]
    branch = config["hmco:source"]["branch"]
    assert live == {
        f"{chart}-{stack}": version if version == branch else f"refs/tags/{chart}-{version}"
        for chart, version in config["hmco:versions"].items()
    }


def _stack(section: Section) -> str:
    (stack,) = {
        step.text.split()[3]
        for step in section.steps
        if isinstance(step, Command) and step.text.startswith("pulumi up")
    }
    return stack


def _environment(reader: Reader, stack: str) -> Environment:
    files = read_stack_files(reader.work.path)
    return load_estate(reader.work.registry, files).environments[stack]


def _revisions(cluster: Cluster, stack: str) -> dict[str, str]:
    return {
        name: item["spec"]["source"]["targetRevision"]
        for name, item in cluster.objects("applications").items()
        if name.endswith(f"-{stack}")
    }


def _apply_as_somebody_else(cluster: Cluster, reader: Reader, stack: str, folder: Path) -> None:
    """Bring the environment up under another owner of its fields, as `argocd app set` leaves it."""
    folder.mkdir()
    manifests = environment_manifests(reader.work.registry, _environment(reader, stack)).all
    for name, text in rendered_files(manifests).items():
        (folder / name).write_text(text, encoding="utf-8")
    cluster.kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=argocd-server",
        "-f", str(folder),
    )  # fmt: skip
