"""A person who follows a runbook: in a clone of the estate, with the real git and hmco."""

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from demo.environments import ROOT
from demo.gitprogram import ISOLATED, git
from demo.repository import EstateRepo
from release.cli.main import main
from tests.docs.forms import problems_of
from tests.docs.outputs import agrees
from tests.docs.pages import Command, Edit, Step
from tools.toolchain.cache import cache_root

_NAME, _MAIL = "Rita Releaser", "rita@254carbon.example"
_HMCO_OF_THE_CHECKOUT = """
import sys
from datetime import datetime
from release.cli.main import main
moment = datetime.fromisoformat(sys.argv.pop(1))
raise SystemExit(main(clock=lambda: moment))
"""
"""`python -m release` at a moment of the test's choosing."""


@dataclass
class Reader:
    """Stands in `work`, a clone of `origin`, at the moment `now`."""

    origin: EstateRepo
    work: EstateRepo
    now: datetime
    home: Path
    monkeypatch: pytest.MonkeyPatch
    outside: Callable[[list[str]], None] = lambda _argv: None
    """What runs the programs that are not at hand here, after their form was looked at."""

    def follow(self, step: Step) -> str:
        """Run a command or make an edit as the page says; return what it printed.

        AssertionError for another exit code or output than shown, or for a form no program takes.
        """
        if isinstance(step, Edit):
            return self._edit(step)
        assert isinstance(step, Command), "what happens meanwhile is nothing to follow"
        argv = shlex.split(step.text)
        if argv[0] == ".":
            # Here hmco is on the path already; what is to put it there must lie with a program.
            program, end, _ = argv[1].rpartition("/.venv/bin/activate")
            assert end, f"line {step.line}: {argv[1]} activates nothing"
            assert (self.work.path / program / "release").is_dir(), f"line {step.line}: {argv[1]}"
            return ""
        if argv[0] == "export":
            self.monkeypatch.setenv(*argv[1].split("=", 1))
            return ""
        if argv[0] in {"argocd", "gh", "kubectl", "make", "pulumi"}:
            problems = problems_of(argv, self.work.registry.by_name, self.environments)
            assert not problems, f"line {step.line}: {step.text}: {'; '.join(problems)}"
            assert not step.shown, f"line {step.line}: nothing here knows what {argv[0]} prints"
            self.outside(argv)
            return ""
        code, printed = self.run(argv)
        assert code == step.exit, f"line {step.line}: {step.text}\nexit code {code}:\n{printed}"
        assert agrees(step.shown, printed), f"line {step.line}: {step.text}\nprinted:\n{printed}"
        return printed

    @property
    def environments(self) -> list[str]:
        """The names of the environments that have a stack file in the checkout."""
        return [path.name.split(".")[1] for path in self.work.path.glob("Pulumi.*.yaml")]

    def run(self, argv: list[str]) -> tuple[int, str]:
        """Run git, cp or hmco in the clone; return exit code and all output."""
        self.monkeypatch.chdir(self.work.path)
        assert argv[0] in {"git", "cp", "hmco"}, f"no test can run {argv[0]}"
        if argv[0] != "hmco":
            return self._call(argv)
        if self._program is not None:
            moment = self.now.isoformat()
            return self._call([sys.executable, "-c", _HMCO_OF_THE_CHECKOUT, moment, *argv[1:]])
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = main(argv[1:], registry=self.work.registry, clock=lambda: self.now)
        return code, printed.getvalue()

    @property
    def _program(self) -> Path | None:
        """The folder of the checkout in which the program lies, if it does."""
        places = (self.work.path, *self.work.path.iterdir())
        return next((each for each in places if (each / "release").is_dir()), None)

    def bring_program(self) -> None:
        """Let the program lie in the repository of the charts, as the design has it."""
        without = shutil.ignore_patterns("__pycache__")
        for name in ("release", "tools"):
            shutil.copytree(ROOT / name, self.origin.path / name, ignore=without)
        self.origin.commit("Bring the release program")
        self.work.git("pull", "--quiet", "--ff-only")

    def _edit(self, edit: Edit) -> str:
        git(self.work.path, "apply", "--unidiff-zero", "-", stdin=edit.text.encode())
        return ""

    def _call(self, argv: list[str]) -> tuple[int, str]:
        moment = self.now.isoformat()
        done = subprocess.run(
            argv,
            cwd=self.work.path,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **ISOLATED,
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "HMCO_REPO": os.environ.get("HMCO_REPO", ""),
                "GIT_AUTHOR_DATE": moment,
                "GIT_COMMITTER_DATE": moment,
                "GIT_EDITOR": "true",
                "PYTHONPATH": str(self._program or ""),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONUNBUFFERED": "1",
            },
        )
        return done.returncode, done.stdout


def at_work(estate: EstateRepo, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader in a fresh clone of the estate, which is theirs to push to."""
    origin = estate.copy_to(folder / "origin")
    work = origin.clone_to(folder / "work")
    home = folder / "home"
    home.mkdir()
    work.git("config", "user.name", _NAME)
    work.git("config", "user.email", _MAIL)
    # The tools are those of the machine, what the commands keep is not.
    cache = home / ".cache" / "hmco"
    cache.mkdir(parents=True)
    (cache / "tools").symlink_to(cache_root(os.environ) / "tools")
    monkeypatch.setenv("HMCO_CACHE", str(cache))
    monkeypatch.setenv("HOME", str(home))
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)
    return Reader(origin, work, estate.until, home, monkeypatch)
