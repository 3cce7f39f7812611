"""A repository with program, charts and history, a fake GitHub in front, and act as its runner.

Whole workflow files run as GitHub would run them. Every pinned action is replaced by a stand-in
beside this file's name for it; one without a stand-in fails, since nothing is fetched.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from demo.gitprogram import git
from release.estate import load_estate, read_stack_files
from release.github.workflows import actions
from release.github.workflows.actions import Action
from release.registry import REGISTRY
from tests.github.forge import Forge
from tests.github.guarded import guard
from tests.github.server import FakeGitHub, serving
from tests.github.world import WRITER
from tests.release.github.workflows.house import ACTIONS
from tools.toolchain.cache import cache_root
from tools.toolchain.locate import locate

ROOT: Final = Path(__file__).resolve().parents[2]
RELEASE_TOKEN: Final = "token-of-key"  # noqa: S105 -- opens the fake GitHub alone
GUARD_TOKEN: Final = "token-of-guards-key"  # noqa: S105 -- as above
"""What the stand-in lends for the key of each App."""
CHARTS: Final = ("monitoring", "storage", "vault")
"""Enough for every way of a version, and few enough for a quick engine."""
_CHECK_OUT: Final = """\
git init --quiet --initial-branch=main .
git remote add origin "$STAGE_ORIGIN"
git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*' "$STAGE_COMMIT"
if git rev-parse --verify --quiet "refs/remotes/origin/$REF" >/dev/null
then git checkout --quiet --detach "refs/remotes/origin/$REF"
else git checkout --quiet --detach "${REF:-$STAGE_COMMIT}"
fi
printf '/.venv\\n' >> .git/info/exclude
"""
STAND_INS: Final[Mapping[Action, str]] = {
    actions.CHECKOUT: _CHECK_OUT,
    actions.SETUP_PYTHON: 'cp -a "$STAGE_VENV" .venv\n',
    actions.APP_TOKEN: 'printf "token=token-of-%s\\n" "$KEY" >> "$GITHUB_OUTPUT"\n',
    actions.UPLOAD: (
        'test -e "$UPLOAD" && mkdir -p "$STAGE_KEPT" && rm -rf "${STAGE_KEPT:?}/$NAME" '
        '&& cp -a "$UPLOAD" "$STAGE_KEPT/$NAME"\n'
    ),
}
_NEWER: Final = re.compile(r"(?m)^ +(queue: max|deployment: false)\n")
"""Keys that GitHub knows and act 0.2.89 does not; neither means anything to act."""
INPUTS: Final = {"REF": "ref", "UPLOAD": "path", "NAME": "name", "KEY": "private-key"}


@dataclass(frozen=True)
class Ran:
    """What act did: the outcome of each job, of each step in it, and everything it printed."""

    jobs: Mapping[str, str]
    steps: Mapping[tuple[str, str], str]
    output: str

    def done(self) -> "Ran":
        """Return itself if no job failed."""
        assert self.jobs, self.output[-2000:]
        assert self.failed() == [], self.told
        return self

    @property
    def told(self) -> str:
        """What the commands printed, without the runner's own lines."""
        noise = ("LocalRepository", "⭐", "  ✅", "  ⚙", "🏁", "{", "Cleaning", "git ", "unable to")
        lines = (line for line in self.output.splitlines() if line.strip())
        return "\n".join(line for line in lines if not line.startswith(noise))[-2500:]

    def failed(self) -> list[str]:
        """Return the jobs that failed."""
        return [job for job, result in self.jobs.items() if result == "failure"]


@dataclass
class Stage:
    """The folder of one scenario and what is in it."""

    folder: Path
    forge: Forge
    github: FakeGitHub
    secrets: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    @property
    def work(self) -> Path:
        """A clone in which the test edits as a person does, and from which act takes the files."""
        return self.folder / "work"

    @property
    def kept(self) -> Path:
        """What workflows uploaded, by name."""
        return self.folder / "kept"

    def pull(self, ref: str = "origin/main") -> str:
        """Bring the clone to a commit of the origin and return its id."""
        git(self.work, "fetch", "--quiet", "--prune", "--tags", str(self.forge.bare), *_REFS)
        git(self.work, "checkout", "--quiet", "--force", "-B", "main", ref)
        return git(self.work, "rev-parse", "HEAD").strip()

    def push(
        self, branch: str, files: Mapping[str, str], message: str, *, days_ago: int = 0
    ) -> str:
        """Commit edits on the trunk and push them to a branch; return the commit."""
        when = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        self.pull()
        for path, text in files.items():
            (self.work / path).write_text(text, encoding="utf-8")
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "-m", message, env=dates)
        git(self.work, "push", "--quiet", str(self.forge.bare), f"HEAD:refs/heads/{branch}")
        return git(self.work, "rev-parse", "HEAD").strip()

    def text(self, path: str, revision: str = "main") -> str:
        """Return a file of the origin."""
        return self.forge.git("show", f"{revision}:{path}")

    def run(  # noqa: PLR0913 -- what GitHub's page and event bring, all by keyword
        self,
        workflow: str,
        event: str,
        *,
        inputs: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
        commit: str = "main",
        actor: str = "ada",
        killed_when: Callable[[], bool] | None = None,
        cancelled_when: Callable[[], bool] | None = None,
    ) -> Ran:
        """Run a whole workflow file.

        At `killed_when` act and all it started are gone at once; at `cancelled_when` the step at
        work is ended as GitHub's runner ends it.
        """
        self.runs += 1
        sha = self.forge.git("rev-parse", commit)
        self.pull(sha)
        files = self.work / ".github" / "workflows"
        text = (files / workflow).read_text(encoding="utf-8")
        (files / workflow).write_text(_NEWER.sub("", text), encoding="utf-8")
        given = self.folder / "event.json"
        given.write_text(json.dumps({"inputs": dict(inputs or {}), **(payload or {})}))
        command = self._command(event, files / workflow, given, actor, sha)
        out, err = (self.folder / f"act.{name}" for name in ("out", "err"))
        with out.open("w") as output, err.open("w") as errors:
            running = subprocess.Popen(
                [*command, *_inputs(inputs or {})],
                cwd=self.work,
                env=self.environment(),
                stdout=output,
                stderr=errors,
            )
            while (killed_when or cancelled_when) and running.poll() is None:
                if killed_when and killed_when():
                    _kill(running.pid)
                if cancelled_when and cancelled_when():
                    _cancel(running.pid)
                    cancelled_when = None
                time.sleep(_TICK)
            running.wait()
        git(self.work, "checkout", "--quiet", "--force", "-B", "main", sha)
        return _read(out.read_text(errors="replace"), err.read_text(errors="replace"))

    def variables(self, actor: str, sha: str) -> dict[str, str]:
        """Return what the stand-ins need, and where the commands find the fake GitHub."""
        return {
            "GITHUB_API_URL": f"{self.github.url}api/v3",
            "GITHUB_TRIGGERING_ACTOR": actor,
            "HMCO_CACHE": str(cache_root(os.environ)),
            "STAGE_ORIGIN": str(self.forge.bare),
            "STAGE_COMMIT": sha,
            "STAGE_VENV": str(self.folder / "venv"),
            "STAGE_KEPT": str(self.kept),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def _command(
        self, event: str, workflow: Path, given: Path, actor: str, sha: str
    ) -> list[str | Path]:
        act = locate(("workflows",)).bins["workflows"] / "act"
        variables = self.variables(actor, sha)
        secrets = {"GITHUB_TOKEN": WRITER, **self.secrets}
        return [
            act,
            event,
            "--workflows",
            workflow,
            "--platform=ubuntu-24.04=-self-hosted",
            "--no-skip-checkout",
            "--no-cache-server",
            "--json",
            f"--actor={actor}",
            f"--eventpath={given}",
            f"--action-cache-path={self.folder / 'act'}",
            "--var=HMCO_APP_CLIENT_ID=client",
            "--var=HMCO_GOVERNANCE_CLIENT_ID=guard",
            *(f"--env={name}={value}" for name, value in variables.items()),
            *(f"--secret={name}={value}" for name, value in secrets.items()),
            *(
                f"--local-repository={action.uses}={self.folder / 'actions' / action.commit}"
                for action in ACTIONS
            ),
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables of the machine that runs jobs."""
        kept = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment["PATH"] = f"{python_folder()}:{environment['PATH']}"
        return environment | {
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }


def _kill(parent: int) -> None:
    """End a process and, first of all, what it started."""
    os.kill(parent, signal.SIGSTOP)
    for child in _started_by(parent):
        _kill(child)
    os.kill(parent, signal.SIGKILL)


def _cancel(runner: int) -> None:
    """End the step at work: its shell alone is told, twice, then all of it is killed.

    Signals and seconds are those of actions/runner, ProcessInvoker.
    """
    (step,) = _started_by(runner)
    for told, seconds in ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5)):
        os.kill(step, told)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if step not in _started_by(runner):
                return
            time.sleep(_TICK)
    _kill(step)


def _started_by(parent: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, started_by = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(started_by) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


_TICK: Final = 0.01
_REFS: Final = ("+refs/heads/*:refs/remotes/origin/*", "+refs/pull/*:refs/remotes/pull/*")


def _inputs(inputs: Mapping[str, str]) -> Iterator[str]:
    for name, value in inputs.items():
        yield "--input"
        yield f"{name}={value}"


def python_folder() -> Path:
    """Return where the interpreter lies that the tests' own environment was made from."""
    return Path(sys.base_prefix) / "bin"


def _read(output: str, errors: str) -> Ran:
    jobs: dict[str, str] = {}
    steps: dict[tuple[str, str], str] = {}
    said: list[str] = []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            said.append(line)
            continue
        said.append(str(event.get("msg", "")))
        job = str(event.get("jobID", ""))
        if "jobResult" in event:
            jobs[job] = str(event["jobResult"])
        if "stepResult" in event:
            steps[job, str(event.get("step", ""))] = str(event["stepResult"])
    return Ran(jobs, steps, "\n".join([*said, errors]))


@contextmanager
def opened(template: Path, folder: Path, tokens: Sequence[str] = ()) -> Iterator[Stage]:
    """Give a copy of the template with a fake GitHub in front of it."""
    shutil.copytree(template, folder, symlinks=True)
    forge = Forge(bare=folder / "origin.git")
    guard(forge, load_estate(REGISTRY, read_stack_files(folder / "work")))
    forge.tokens |= dict.fromkeys((*tokens, RELEASE_TOKEN, GUARD_TOKEN), True)
    with serving(forge) as github:
        stage = Stage(folder, forge, github)
        state = folder / "state"
        state.mkdir(exist_ok=True)
        stage.secrets = {
            "HMCO_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "stage",
            "HMCO_APP_PRIVATE_KEY": "key",
            "HMCO_GOVERNANCE_PRIVATE_KEY": "guards-key",
        }
        yield stage
        assert github.violations == []
