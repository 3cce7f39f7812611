"""Running hmco inside a checkout, and seeing to the byte what it changed there."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from demo.repository import EstateRepo
from release.cli.main import main
from release.cli.schema import schema_text

Snapshot = dict[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The object on stdout."""
        return json.loads(self.out)


@dataclass
class Hmco:
    """The command line, standing in a checkout at the estate's own time."""

    repo: EstateRepo
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    now: datetime | None = None

    @property
    def place(self) -> Path:
        """Where commands are run, and what they advise."""
        return self.repo.path

    def __call__(self, *args: str, cwd: Path | None = None) -> Result:
        """Run a command and return its answer."""
        self.monkeypatch.chdir(cwd or self.place)
        self.capsys.readouterr()
        moment = self.now or self.repo.until
        code = main(args, registry=self.repo.registry, clock=lambda: moment)
        captured = self.capsys.readouterr()
        return Result(code, captured.out, captured.err)

    def done(self, *args: str) -> Result:
        """Run a command that must succeed."""
        result = self(*args)
        assert result.code == 0, result.err
        return result

    def refused(self, *args: str, code: int = 1) -> str:
        """Run a command that must be refused and change nothing; return what it said."""
        before = snapshot(self.repo.path)
        result = self(*args)
        assert result.code == code, f"{result.code}: {result.out}{result.err}"
        assert snapshot(self.repo.path) == before, "a refused command changed something"
        assert result.out == "", "a refusal belongs on stderr"
        return result.err

    def answered(self, schema: str, *args: str) -> Any:
        """Run a command with --json and return its answer, valid by that schema."""
        return valid(schema, self(*args, "--json").out)


def valid(schema: str, printed: str) -> Any:
    """Return what a command printed with --json; ValidationError where that schema forbids it."""
    answer = json.loads(printed)
    Draft202012Validator(json.loads(schema_text(schema))).validate(answer)
    return answer


def snapshot(folder: Path) -> Snapshot:
    """Return every file below a folder, Git's own included, with mode and content."""
    found: Snapshot = {}
    for root, folders, files in os.walk(folder):
        for name in (*files, *(f for f in folders if (Path(root) / f).is_symlink())):
            path = Path(root) / name
            status = path.lstat()
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[path.relative_to(folder).as_posix()] = (status.st_mode, content)
    return found


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Return the paths that differ, without those below .git."""
    paths = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    return sorted(path for path in paths if not path.startswith(".git/"))


def changed_lines(repo: EstateRepo, *paths: str) -> list[str]:
    """Return the added and removed lines of Git's own diff of the work tree."""
    diff = repo.git("diff", "--unified=0", "--", *paths)
    lines: Sequence[str] = diff.splitlines()
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]
