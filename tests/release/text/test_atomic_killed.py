"""kill -9 before each step of a write, by the kernel and in a process of its own."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release.text.atomic import recover
from release.text.journal import Journal

REPOSITORY = Path(__file__).parents[3]
OLD = {"a.yaml": "old a", "b/c.md": "old c", "b/e.yml": "old e"}
NEW = {"a.yaml": "new a", "b/c.md": "new c", "b/d.lock": "new d"}
STEPS = (
    "plan",
    *["write"] * 4,
    "decide",
    *["rename"] * 4,
    "sync",
    "forget",
)
PROGRAM = """
import os, signal, sys
from pathlib import Path
from release.text.atomic import Change, recover, write_all

root, last, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
steps = iter(range(1000))

def die(name):
    if next(steps) == last:
        os.kill(os.getpid(), signal.SIGKILL)

if kind == "write":
    write_all(root, {
        Path("a.yaml"): Change(b"old a", b"new a"),
        Path("b/c.md"): Change(b"old c", b"new c"),
        Path("b/d.lock"): Change(None, b"new d"),
        Path("b/e.yml"): Change(b"old e", None),
    }, on_step=die)
else:
    recover(root, on_step=die)
"""


def run(root: Path, last: int, kind: str) -> int:
    command = [sys.executable, "-c", PROGRAM, str(root), str(last), kind]
    return subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True).returncode


def files(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "b").mkdir()
    for name, content in OLD.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("last", range(len(STEPS)))
def test_a_write_killed_at_any_step_ends_as_all_or_nothing(root: Path, last: int) -> None:
    assert run(root, last, "write") == -signal.SIGKILL
    recover(root)
    assert files(root) == (OLD if last <= STEPS.index("decide") else NEW)
    assert list((root / ".git").iterdir()) == []


@pytest.mark.parametrize("last", range(6))
def test_a_recovery_killed_at_any_step_is_finished_by_the_next(root: Path, last: int) -> None:
    run(root, STEPS.index("rename"), "write")
    assert run(root, last, "recover") == -signal.SIGKILL
    recover(root)
    assert files(root) == NEW


def test_a_recovery_without_anything_to_do_changes_nothing(root: Path) -> None:
    assert recover(root) == ()
    assert files(root) == OLD


def test_a_write_killed_while_it_plans_leaves_no_trace(root: Path) -> None:
    copy = Journal.of(root).path.with_name("hmco-write.json.new")
    copy.write_text('{"deci', encoding="utf-8")
    assert recover(root) == ()
    assert files(root) == OLD
    assert list((root / ".git").iterdir()) == []


def test_a_kernel_that_takes_no_more_bytes_leaves_everything_as_it_was(root: Path) -> None:
    program = PROGRAM.replace('b"new c"', 'b"n" * 100_000')

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    command = [sys.executable, "-c", program, str(root), "-1", "write"]
    done = subprocess.run(
        command, cwd=REPOSITORY, check=False, capture_output=True, text=True, preexec_fn=limit
    )
    assert done.returncode == 1
    assert "File too large, nothing was written" in done.stderr
    assert files(root) == OLD
    assert list((root / ".git").iterdir()) == []
