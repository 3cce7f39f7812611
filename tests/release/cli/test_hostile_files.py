"""Files that are not what they should be, and writes that are cut short: refused, or whole."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release.text import atomic
from tests.release.cli.driver import Hmco, changed, snapshot
from tests.release.cli.situations import PROMOTE, with_a_change

ROOT = Path(__file__).resolve().parents[3]
CUT = ("promote", "monitoring", "minor", "--to", "staging")


# What lies where a file should be.


def test_a_chart_folder_that_is_a_file_is_refused(hmco: Hmco) -> None:
    hmco.repo.git("rm", "-rq", "helm/charts/vault")
    hmco.repo.write("helm/charts/vault", "no folder\n")
    hmco.repo.commit("a file instead")
    assert "helm/charts/vault/Chart.yaml: is missing" in hmco.refused("cut", "vault", "minor")


def test_a_chart_that_is_no_yaml_is_refused(hmco: Hmco) -> None:
    hmco.repo.write("helm/charts/vault/Chart.yaml", "version: [1.0.0\n")
    hmco.repo.commit("broken")
    assert "states no version" in hmco.refused("cut", "vault", "minor")


def test_a_file_that_is_no_utf8_is_refused(hmco: Hmco) -> None:
    (hmco.repo.chart_path("vault") / "CHANGELOG.md").write_bytes(b"# Changelog\n\xff\xfe\n")
    hmco.repo.commit("latin")
    assert "is not UTF-8 text" in hmco.refused("cut", "vault", "minor")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../outside", "Chart.yaml"])
def test_a_link_where_a_file_should_be_is_refused(hmco: Hmco, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_text("version: 9.9.9\n", encoding="utf-8")
    path = hmco.repo.chart_path("vault") / "Chart.yaml"
    path.unlink()
    path.symlink_to(target)
    hmco.repo.commit("a link")
    hmco.refused("cut", "vault", "minor")
    assert (tmp_path / "outside").read_text(encoding="utf-8") == "version: 9.9.9\n"


def test_a_chart_folder_linked_out_of_the_tree_is_refused(hmco: Hmco, tmp_path: Path) -> None:
    folder = hmco.repo.chart_path("vault")
    folder.rename(tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside")
    hmco.repo.commit("a link")
    before = snapshot(tmp_path / "outside")
    assert "leads out of the repository" in hmco.refused("cut", "vault", "minor")
    assert snapshot(tmp_path / "outside") == before


def test_a_read_only_file_is_refused_before_any_other_is_written(hmco: Hmco) -> None:
    with_a_change(hmco)
    hmco.repo.stack_path("staging").chmod(0o444)
    assert "Pulumi.staging.yaml is read-only (chmod u+w)" in hmco.refused(*CUT)


@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_other_line_ends_survive_or_are_refused(hmco: Hmco, ending: str) -> None:
    path = hmco.repo.stack_path("staging")
    path.write_bytes(path.read_bytes().replace(b"\n", ending.encode()))
    hmco.repo.commit("line ends")
    before = path.read_bytes()
    hmco.done("hold", "storage", "--env", "staging", "--reason", "x", "--by", "Ann")
    after = path.read_bytes()
    assert (
        after.count(b"\n") - before.count(b"\n") == after.count(b"\r") - before.count(b"\r")
        or ending == "\r"
    )
    assert len(after.splitlines()) == len(before.splitlines()) + 1


def test_an_anchor_where_the_pin_stands_is_refused(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "service-mesh: 1.2.0", "service-mesh: &mesh 1.2.0")
    hmco.repo.commit("an anchor")
    hmco.refused(*PROMOTE)


def test_a_stack_file_that_settings_refuse_is_told_whole(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "automated: false", "automated: 0")
    hmco.repo.edit("Pulumi.prod.yaml", "vault: 1.0.0", "vault: latest")
    hmco.repo.commit("wrong")
    said = hmco.refused(*PROMOTE)
    assert "syncPolicy.automated" in said
    assert "versions.vault" in said


# What happens while files are written.


def test_a_full_disk_leaves_every_byte_as_it_was(
    hmco: Hmco, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_change(hmco)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "_write_beside", full)
    assert "No space left on device" in hmco.refused(*CUT)


_KILLED = """
import os, signal, sys
from datetime import datetime
from release.cli.main import main
from release.text import atomic
import release.promotion.carry as carry

steps, real = iter(range(int(sys.argv[1]) + 1)), atomic.write_all

def die(step):
    if next(steps, None) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

carry.write_all = lambda root, edits: real(root, edits, on_step=die)
raise SystemExit(main(sys.argv[3:], clock=lambda: datetime.fromisoformat(sys.argv[2])))
"""


def kill_at(hmco: Hmco, step: int, *command: str) -> int:
    """Run a command in a process of its own that dies before that step of its write."""
    moment = (hmco.now or hmco.repo.until).isoformat()
    return subprocess.run(
        [sys.executable, "-c", _KILLED, str(step), moment, *command],
        cwd=hmco.repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
    ).returncode


def test_kill_between_any_two_writes_ends_with_all_files_or_none(hmco: Hmco) -> None:
    with_a_change(hmco)
    before = snapshot(hmco.repo.path)
    hmco.done(*CUT)
    whole = {p: f for p, f in snapshot(hmco.repo.path).items() if not p.startswith(".git/")}
    expected = changed(before, snapshot(hmco.repo.path))
    hmco.repo.git("checkout", "--quiet", ".")
    step, died = 0, 0
    while (code := kill_at(hmco, step, *CUT)) == -signal.SIGKILL:
        died += 1
        hmco.done(*CUT)
        after = {p: f for p, f in snapshot(hmco.repo.path).items() if not p.startswith(".git/")}
        assert after == whole, f"killed before step {step}"
        hmco.repo.git("checkout", "--quiet", ".")
        step += 1
    assert code == 0
    assert died > 2 * len(expected), "every file is written and renamed"
