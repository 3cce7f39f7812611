"""A copy of the program in a folder of its own, run by the real engine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240

HOSTILE = {
    "KUBECONFIG": "/nonexistent/other-work",
    "PULUMI_BACKEND_URL": "https://app.example.invalid",
    "PULUMI_ACCESS_TOKEN": "of-other-work",
    "PULUMI_STACK": "of-other-work",
    "PULUMI_HOME": "/nonexistent/home",
    "PULUMI_CONFIG_PASSPHRASE": "of other work",
    "PULUMI_K8S_RENDER_YAML_TO_DIRECTORY": "/nonexistent/rendered",
    "PULUMI_OPTION_REFRESH": "true",
    "GITHUB_TOKEN": "of-other-work",
    "GITHUB_OWNER": "of-other-work",
}
"""What a platform engineer's shell may well hold."""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Program:
    """The copy; `folder` holds what the clone holds and nothing else."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tools.engine", *arguments, "--non-interactive"]

    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HMCO_") or name == "HMCO_CACHE"
        }
        return {**kept, **HOSTILE, **self.variables}

    def pulumi(self, *arguments: str) -> Answer:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def up(self, stack: str, *arguments: str) -> Answer:
        """Bring a stack up; the preview before it is tested once and would double each run."""
        return self.pulumi("up", "--stack", stack, "--yes", "--skip-preview", *arguments)

    def steps(self, stack: str) -> dict[str, str]:
        """Return what a preview would do: resource name -> operation, the stack itself left out."""
        answer = self.pulumi("preview", "--stack", stack, "--json")
        assert answer.code == 0, answer.text
        steps: list[dict[str, Any]] = json.loads(answer.out)["steps"]
        return {
            step["urn"].rpartition("::")[2]: step["op"]
            for step in steps
            if "pulumi:pulumi:Stack" not in step["urn"].rpartition("::")[0].rpartition("::")[2]
            and step["op"] != "same"
        }

    def manifests(self, stack: str) -> dict[str, Any]:
        """Return the delivered objects by file name."""
        found = (self.folder / "build" / stack).rglob("*.yaml")
        return {path.name: yaml.safe_load(path.read_text()) for path in found}

    def snapshot(self, *below: str) -> dict[str, bytes]:
        """Return every file below a folder with its content."""
        top = self.folder.joinpath(*below)
        return {
            path.relative_to(top).as_posix(): path.read_bytes()
            for path in sorted(top.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def edit(self, stack: str, before: str, after: str) -> None:
        path = self.folder / f"Pulumi.{stack}.yaml"
        text = path.read_text()
        assert text.count(before) == 1
        path.write_text(text.replace(before, after))


def copy_program(folder: Path, variables: Mapping[str, str] | None = None) -> Program:
    """Copy what a clone needs to run into an empty folder."""
    for name in ("components", "release", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "__main__.py"):
        shutil.copy(path, folder)
    return Program(folder, variables or {})
