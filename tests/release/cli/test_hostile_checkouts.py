"""Checkouts in every bad state: refused with what to do, or served all the same, never half."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.estate.scratch import Scratch
from tests.release.cli.driver import Hmco
from tests.release.cli.situations import (
    HELD,
    PROD,
    PROMOTE,
    TO_PROD,
    edit,
    in_the_middle_of,
    with_a_change,
)

CUT = ("promote", "monitoring", "minor", "--to", "staging")


# What is not committed.


def test_a_target_with_uncommitted_changes_is_refused(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "storage: 1.3.0", "storage: 1.2.0")
    said = hmco.refused(*PROMOTE)
    assert "Pulumi.staging.yaml has changes that are not committed; commit them" in said


def test_changes_that_are_staged_count_as_uncommitted(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "storage: 1.3.0", "storage: 1.2.0")
    hmco.repo.git("add", "--all")
    assert "Pulumi.staging.yaml has changes that are not committed" in hmco.refused(*PROMOTE)


def test_what_is_unfinished_is_told_with_what_else_forbids_the_command(
    hmco: Hmco, tmp_path: Path
) -> None:
    edit(hmco, PROD, "holds: {}", HELD)
    in_the_middle_of("merge", "side")(hmco, tmp_path)
    said = hmco.refused(*TO_PROD)
    assert "prod holds monitoring: incident" in said
    assert "a merge is unfinished here" in said
    assert "unfinished" not in hmco.refused("promote", "monitorin", "--to", "prod", code=2)


@pytest.mark.parametrize("file", ["templates/extra.yaml", "values.yaml", "Chart.yaml"])
def test_a_chart_that_is_being_edited_is_not_cut_by_a_promotion(hmco: Hmco, file: str) -> None:
    with_a_change(hmco)
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
    assert "Pulumi.prod.yaml: is not committed, so it decides nothing yet\n" in said
    files = " ".join(f":/Pulumi.{name}.yaml" for name in ("dev", "prod", "staging"))
    assert said.count(f": git add {files} && git commit") == said.count("git add") == 1


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


@pytest.mark.parametrize(
    "command",
    [("status",), ("adopt",), ("cut", "monitoring", "minor"), PROMOTE],
    ids=lambda command: command[0],
)
def test_a_correction_that_is_not_committed_is_told_to_count_once_it_is(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "hmco:project:", "hmco:projekt:")
    hmco.repo.commit("a slip")
    assert hmco.refused(*command).endswith("Correct the lines above, then run: hmco check\n")
    hmco.repo.edit("Pulumi.prod.yaml", "hmco:projekt:", "hmco:project:")
    remedy = (
        "as committed in HEAD; what is corrected in the work tree counts once it is committed: "
        "git add :/Pulumi.prod.yaml && git commit"
    )
    said = hmco.refused(*command)
    assert "projekt" in said
    assert said.endswith(f"\n{remedy}\n")
    reasons = hmco.answered("refusal", *command)["reasons"]
    assert {reason["next"] for reason in reasons} == {remedy}


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
    with_a_change(hmco)
    path = "helm/charts/monitoring/CHANGELOG.md"
    hmco.repo.edit(path, "## [1.3.0]", "<<<<<<< HEAD\n## [1.3.0]")
    hmco.repo.commit("oops", at=hmco.repo.until)
    said = hmco.refused(*CUT)
    assert "CHANGELOG.md" in said or "changelog" in said


@pytest.mark.parametrize("command", [PROMOTE, ("rollback", "vault", "--env", "prod"), ("adopt",)])
def test_a_shallow_clone_is_refused_with_the_fetch_to_run(
    hmco: Hmco, tmp_path: Path, command: tuple[str, ...]
) -> None:
    hmco.repo = hmco.repo.clone_to(tmp_path / "shallow", "--depth=1", "--no-single-branch")
    assert "git fetch --unshallow --tags" in hmco.refused(*command)


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "not noted"])
def test_a_cut_is_refused_where_the_commits_are_not_known_that_it_speaks_of(
    hmco: Hmco, tmp_path: Path, *, noted: bool
) -> None:
    if noted:
        with_a_change(hmco)
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
    with_a_change(hmco)
    hmco.repo.git("switch", "--quiet", "-c", "feature")
    hmco.repo.write("helm/charts/monitoring/values.yaml", "replicas: 9\n")
    hmco.repo.commit("not reviewed", at=hmco.repo.until)
    said = hmco.refused(*CUT)
    assert "the folder of monitoring differs here from main, which dev runs" in said


def test_a_landing_from_the_future_has_not_soaked(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until + timedelta(days=2))
    assert "in the future, so how much of its soak time of 2h is over" in hmco.refused(*CUT)


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


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("adopt",),
        ("promote", "data-platform", "--to", "prod"),
        ("rollback", "storage", "--env", "prod"),
        ("cut", "monitoring", "minor"),
    ],
    ids=lambda command: command[0],
)
def test_where_no_chart_lies_the_checkout_of_the_charts_is_asked_for(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.repo.git("rm", "-r", "--quiet", "--", "helm")
    hmco.repo.commit("The program alone")
    assert (
        f"no chart lies in {hmco.repo.path}/helm/charts, "
        "where hmco:source.charts says; correct that, or name the checkout that holds them with "
        "--repo"
    ) in hmco.refused(*command, code=2)


def test_what_moves_no_chart_needs_none(hmco: Hmco) -> None:
    hmco.repo.git("rm", "-r", "--quiet", "--", "helm")
    for command, *about in (
        ("hold", "vault", "--env", "prod", "--reason", "audit"),
        ("unhold", "vault", "--env", "prod", "--reason", "over"),
        ("freeze", "--env", "prod", "--until", "2099-01-01", "--reason", "audit"),
        ("unfreeze", "--env", "prod", "--reason", "over"),
    ):
        hmco.repo.commit(f"before {command}")
        assert "changed:\n  Pulumi.prod.yaml\n" in hmco.done(command, *about).out


def test_charts_outside_a_sparse_checkout_lie_there_all_the_same(hmco: Hmco) -> None:
    hmco.repo.git("sparse-checkout", "set", "docs")
    hmco.done("hold", "vault", "--env", "prod", "--reason", "audit")


def test_a_stack_file_that_is_refused_is_named_by_its_path_from_the_top(hmco: Hmco) -> None:
    (hmco.repo.path / "ops").mkdir()
    hmco.repo.git("mv", *(p.name for p in hmco.repo.path.glob("Pulumi*.yaml")), "ops/")
    hmco.repo.commit("Move the program into a folder")
    hmco.repo.edit("ops/Pulumi.prod.yaml", "vault: 1.0.0", "vault: 1.0")
    for command in ("diff", "render", "verify", "workflows"):
        assert "  - ops/Pulumi.prod.yaml:" in hmco.refused(command)
    hmco.repo.commit("Pin what is no version")
    for command in ("status", "history"):
        assert "  - ops/Pulumi.prod.yaml:" in hmco.refused(command)
