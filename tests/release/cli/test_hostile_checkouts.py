"""Checkouts in every bad state: refused with what to do, or served all the same, never half."""

import errno
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from release.text import atomic
from tests.estate.scratch import Scratch
from tests.release.cli.driver import Hmco, changed, snapshot

ROOT = Path(__file__).resolve().parents[3]
PROMOTE = ("promote", "service-mesh", "--to", "staging")
CUT = ("promote", "monitoring", "minor", "--to", "staging")


def land_a_change(hmco: Hmco) -> None:
    """Land a change of monitoring longer ago than any soak time."""
    with hmco.repo.story() as story:
        story.change("monitoring")
    hmco.now = hmco.repo.until + timedelta(days=9)


# What is not committed.


def test_a_target_with_uncommitted_changes_is_refused(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "storage: 1.3.0", "storage: 1.2.0")
    said = hmco.refused(*PROMOTE)
    assert "Pulumi.staging.yaml has changes that are not committed; commit them" in said


def test_changes_that_are_staged_count_as_uncommitted(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "storage: 1.3.0", "storage: 1.2.0")
    hmco.repo.git("add", "--all")
    assert "Pulumi.staging.yaml has changes that are not committed" in hmco.refused(*PROMOTE)


@pytest.mark.parametrize("file", ["templates/extra.yaml", "values.yaml", "Chart.yaml"])
def test_a_chart_that_is_being_edited_is_not_cut_by_a_promotion(hmco: Hmco, file: str) -> None:
    land_a_change(hmco)
    path = hmco.repo.chart_path("monitoring") / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as text:
        text.write("# mine\n")
    said = hmco.refused(*CUT)
    assert f"helm/charts/monitoring/{file} has changes that are not committed" in said


def test_a_stack_file_that_is_gone_is_told_as_uncommitted(hmco: Hmco) -> None:
    hmco.repo.stack_path("staging").unlink()
    assert "Pulumi.staging.yaml has changes that are not committed" in hmco.refused(*PROMOTE)


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "monitoring"),
        ("cut", "monitoring", "minor"),
        PROMOTE,
        ("rollback", "monitoring", "--env", "prod"),
    ],
    ids=lambda command: command[0],
)
def test_stack_files_of_which_none_is_committed_are_told_with_the_command(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", "Pulumi.*.yaml")
    hmco.repo.git("commit", "--quiet", "--message", "forget the environments")
    said = hmco.refused(*command)
    assert "Pulumi.prod.yaml: is not committed, so it decides nothing yet: git add " in said


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "monitoring", "--env", "prod"),
        ("promote", "monitoring", "--to", "prod"),
        ("rollback", "monitoring", "--env", "prod"),
    ],
    ids=lambda command: command[0],
)
def test_one_stack_file_that_is_not_committed_is_told_with_the_command(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", "Pulumi.prod.yaml")
    hmco.repo.git("commit", "--quiet", "--message", "forget prod")
    said = hmco(*command).err
    assert (
        "Pulumi.prod.yaml is not committed, so prod is left out: "
        "git add :/Pulumi.prod.yaml && git commit"
    ) in said


def test_a_new_stack_file_counts_once_it_is_committed(hmco: Hmco) -> None:
    hmco.repo.write("Pulumi.lab.yaml", "half a thought")
    hmco.done(*PROMOTE)


# What Git is in the middle of.


def test_merge_conflicts_are_refused(hmco: Hmco) -> None:
    repo = hmco.repo
    repo.git("switch", "--quiet", "-c", "other", "HEAD~1")
    repo.edit("README.md", "# Charts", "# Other")
    repo.commit("other")
    repo.git("switch", "--quiet", "main")
    repo.edit("README.md", "# Charts", "# Mine")
    repo.commit("mine")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "other")
    said = hmco.refused(*PROMOTE)
    assert "README.md has merge conflicts; resolve and commit them" in said
    assert "a merge is unfinished here; finish it or abort it: git merge --abort" in said


def test_conflict_markers_in_a_stack_file_are_told_with_their_line(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "    vault: 1.0.0\n", "<<<<<<< HEAD\n    vault: 1.0.0\n")
    hmco.repo.commit("oops")
    said = hmco.refused(*PROMOTE)
    assert "Pulumi.prod.yaml:" in said


def test_conflict_markers_in_a_changelog_are_refused(hmco: Hmco) -> None:
    land_a_change(hmco)
    path = "helm/charts/monitoring/CHANGELOG.md"
    hmco.repo.edit(path, "## [1.3.0]", "<<<<<<< HEAD\n## [1.3.0]")
    hmco.repo.commit("oops", at=hmco.repo.until)
    said = hmco.refused(*CUT)
    assert "CHANGELOG.md" in said or "changelog" in said


@pytest.mark.parametrize("command", [PROMOTE, ("rollback", "vault", "--env", "prod")])
def test_a_shallow_clone_is_refused_with_the_fetch_to_run(
    hmco: Hmco, tmp_path: Path, command: tuple[str, ...]
) -> None:
    hmco.repo = hmco.repo.clone_to(tmp_path / "shallow", "--depth=1", "--no-single-branch")
    assert "git fetch --unshallow --tags" in hmco.refused(*command)


def test_a_cut_whose_notes_come_from_commits_is_refused_in_a_shallow_clone(
    hmco: Hmco, tmp_path: Path
) -> None:
    change_without_a_note(hmco)
    hmco.repo = hmco.repo.clone_to(tmp_path / "shallow", "--depth=1", "--no-single-branch")
    said = hmco.refused("cut", "monitoring", "minor")
    assert "what changed monitoring since its last version is unknown" in said
    assert "git fetch --unshallow --tags" in said


def test_a_tag_of_a_branch_that_was_never_merged_hides_no_commit(hmco: Hmco) -> None:
    change_without_a_note(hmco)
    hmco.repo.git("switch", "--quiet", "--create", "abandoned")
    hmco.repo.git("commit", "--quiet", "--allow-empty", "--message", "try 9.0.0")
    hmco.repo.git("tag", "monitoring-9.0.0")
    hmco.repo.git("switch", "--quiet", "-")
    hmco.done("cut", "monitoring", "9.1.0")
    text = (hmco.repo.chart_path("monitoring") / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Keep two weeks" in text


def change_without_a_note(hmco: Hmco) -> None:
    """Land a change of monitoring that its changelog does not mention."""
    path = hmco.repo.chart_path("monitoring") / "values.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# retention\n", encoding="utf-8")
    hmco.repo.commit("feat: keep two weeks", at=hmco.repo.until)


def test_a_hold_needs_no_history(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo = hmco.repo.clone_to(tmp_path / "shallow", "--depth=1")
    hmco.done("hold", "vault", "--env", "prod", "--reason", "incident", "--by", "Ann")


def test_missing_tags_are_refused_with_the_fetch_to_run(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", "service-mesh-1.3.0", "monitoring-1.3.0")
    assert (
        "there is no tag service-mesh-1.3.0 here; set it: git tag -a service-mesh-1.3.0 "
    ) in hmco.refused(*PROMOTE), "there is no remote to fetch from"
    assert "there is no tag monitoring-1.3.0" in hmco.refused(
        "promote", "monitoring", "--to", "prod"
    )
    assert "there is no tag monitoring-1.3.0" in hmco.refused("cut", "monitoring", "minor")


def test_a_tag_on_a_commit_of_another_version_is_refused(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--force", "monitoring-1.3.0", "monitoring-1.2.0")
    said = hmco.refused("promote", "monitoring", "--to", "prod")
    assert "at tag monitoring-1.3.0 Chart.yaml says monitoring 1.2.0" in said


def test_a_version_whose_tag_the_trunk_lacks_is_refused_in_the_words_of_the_check(
    hmco: Hmco,
) -> None:
    commit = hmco.repo.git("commit-tree", "-m", "squashed away", "HEAD^{tree}")
    hmco.repo.git("tag", "--force", "monitoring-1.3.0", commit)
    said = hmco.refused("promote", "monitoring", "--to", "prod")
    assert "tag monitoring-1.3.0 is not part of main; merge the tagged commit" in said
    found = hmco.answered("check", "check")["findings"]
    told = [item["what"] for item in found if item["rule"] == "tag-off-branch"]
    assert any("tag monitoring-1.3.0 is not part of main" in message for message in told)


def test_a_tag_that_is_no_commit_is_refused(hmco: Hmco) -> None:
    blob = hmco.repo.git("rev-parse", "HEAD:README.md")
    hmco.repo.git("tag", "--force", "monitoring-1.3.0", blob)
    said = hmco.refused("promote", "monitoring", "--to", "prod")
    assert "at tag monitoring-1.3.0 there is no monitoring" in said


def test_a_detached_head_is_served_since_facts_come_from_the_trunk(hmco: Hmco) -> None:
    hmco.repo.git("switch", "--quiet", "--detach")
    hmco.done(*PROMOTE)


def test_a_pin_that_has_not_landed_has_not_begun_to_soak(hmco: Hmco) -> None:
    hmco.repo.git("switch", "--quiet", "-c", "promote/service-mesh")
    hmco.done(*PROMOTE)
    hmco.repo.commit("not merged yet")
    said = hmco.refused("promote", "service-mesh", "--to", "prod")
    assert "staging does not have service-mesh 1.3.0 on main yet, so its soak has not begun" in said


def test_a_chart_that_differs_from_the_trunk_is_not_what_dev_runs(hmco: Hmco) -> None:
    land_a_change(hmco)
    hmco.repo.git("switch", "--quiet", "-c", "feature")
    hmco.repo.write("helm/charts/monitoring/values.yaml", "replicas: 9\n")
    hmco.repo.commit("not reviewed", at=hmco.repo.until)
    said = hmco.refused(*CUT)
    assert "the folder of monitoring differs here from main, which dev runs" in said


def test_a_landing_from_the_future_has_not_soaked(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until + timedelta(days=2))
    assert "in the future, so how much of its soak time of 2h is over" in hmco.refused(*CUT)


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
    land_a_change(hmco)
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


# Where there is no checkout at all.


def test_a_folder_that_is_no_checkout_is_misuse(hmco: Hmco, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = hmco("status", cwd=tmp_path / "empty")
    assert result.code == 2
    assert "--repo" in result.err


def test_a_checkout_without_stack_files_is_refused(hmco: Hmco, scratch: Scratch) -> None:
    result = hmco("status", cwd=scratch.path)
    assert result.code == 2
    assert "Pulumi.yaml" in result.err


def test_the_environment_cannot_point_git_elsewhere(
    hmco: Hmco, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    hmco.done(*PROMOTE)


# What happens while files are written.


def test_a_full_disk_leaves_every_byte_as_it_was(
    hmco: Hmco, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_a_change(hmco)

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
    land_a_change(hmco)
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
