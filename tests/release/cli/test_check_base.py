"""`hmco check --base`: the commands' own commits pass, and every other move is judged as theirs."""

import json
import re
import shlex
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco

PROD, STAGING = "Pulumi.prod.yaml", "Pulumi.staging.yaml"
HELD = "holds:\n    monitoring: {reason: incident, by: rita}"
MOVE = ("promote", "monitoring", "--to", "prod")


def found(hmco: Hmco, base: str, *severities: str) -> list[tuple[str, str, str]]:
    """Return rule, chart and environment of what the steps since the base brought."""
    plain = json.loads(hmco("check", "--json").out)["findings"]
    report = hmco.answered("check", "check", "--base", base)
    return [
        (finding["rule"], finding["chart"] or "", finding["environment"] or "")
        for finding in report["findings"]
        if finding not in plain and finding["severity"] in (severities or ("error",))
    ]


def committed(hmco: Hmco, *command: str, at: datetime | None = None) -> str:
    """Run a command and commit as its answer says; return what the branch held before."""
    before = hmco.repo.git("rev-parse", "HEAD")
    answer: dict[str, Any] = hmco.done(*command, "--json").json
    said = answer["commit"]
    message = f"{said['subject']}\n\n{said['body']}".strip()
    _, step, _ = answer["next"]
    words = shlex.split(step)
    given = [text for flag, text in pairwise(words) if flag == "-m"]
    assert "\n\n".join(given) == message, "what is printed is what is told to programs"
    hmco.repo.commit(message, at=at or hmco.now or hmco.repo.until)
    return before


def by_hand(hmco: Hmco, message: str = "By hand", *, at: datetime | None = None) -> str:
    """Commit the work tree; return what the branch held before."""
    before = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.commit(message, at=at or hmco.repo.until)
    return before


def pin(repo: EstateRepo, environment: str, chart: str, version: str) -> None:
    """Pin a chart by hand."""
    path = repo.stack_path(environment)
    line = rf"^(    {chart}: )[^{{\n]*$"
    text, count = re.subn(line, rf"\g<1>{version}", path.read_text(), flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def pinned(repo: EstateRepo, environment: str, chart: str) -> str:
    """Return what an environment pins."""
    text = repo.stack_path(environment).read_text()
    match = re.search(rf"^    {chart}: ([^{{\n]*)$", text, flags=re.MULTILINE)
    assert match
    return match[1]


def test_the_whole_history_of_the_estate_was_made_by_the_rules(reader: Hmco) -> None:
    first = reader.repo.git("rev-list", "--max-parents=0", "HEAD")
    assert found(reader, first) == []


def test_nothing_moved_is_nothing_found(reader: Hmco) -> None:
    assert found(reader, "HEAD") == []


@pytest.mark.parametrize(
    "command",
    [
        MOVE,
        ("promote", "service-mesh", "--to", "staging"),
        ("rollback", "monitoring", "--env", "staging"),
        ("hold", "monitoring", "--env", "prod", "--reason", "incident"),
    ],
    ids=["to prod", "to staging", "rollback", "hold"],
)
def test_the_commit_of_a_command_is_a_step_that_nothing_forbids(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.done(*command)
    assert found(hmco, "HEAD") == [], "before the commit"
    hmco.repo.git("checkout", "--quiet", "--", ".")
    base = committed(hmco, *command)
    assert found(hmco, base) == [], "after the commit"
    assert found(hmco, base, "note") == []


def test_a_version_cut_on_the_way_has_no_tag_before_its_step(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring")
    hmco.now = hmco.repo.until + timedelta(days=9)
    base = committed(hmco, "promote", "monitoring", "minor", "--to", "staging")
    assert found(hmco, base) == []
    version = pinned(hmco.repo, "staging", "monitoring")
    hmco.repo.git("tag", "-a", f"monitoring-{version}", "-m", "release")
    assert found(hmco, base) == [], "nor after the release workflow has tagged it"


def test_a_hold_is_set_lifted_and_the_chart_moves_in_turn(hmco: Hmco) -> None:
    base = committed(hmco, "hold", "monitoring", "--env", "prod", "--reason", "incident")
    committed(hmco, "unhold", "monitoring", "--env", "prod", "--reason", "fixed: 7")
    committed(hmco, *MOVE)
    assert found(hmco, base) == []


def test_a_return_that_was_meant_is_no_fault(hmco: Hmco) -> None:
    base = committed(hmco, *MOVE)
    version = pinned(hmco.repo, "prod", "monitoring")
    committed(hmco, "rollback", "monitoring", "--env", "prod")
    committed(hmco, "unhold", "monitoring", "--env", "prod", "--reason", "the disk was full")
    assert found(hmco, base) == []
    committed(hmco, "promote", "monitoring", version, "--to", "prod", "--again", "a full disk")
    assert found(hmco, base) == []


def set_aside(hmco: Hmco, old: str, new: str) -> None:
    """Land a change of production's stack file that later steps must heed."""
    hmco.repo.edit(PROD, old, new)
    by_hand(hmco)


FORBIDDEN = {
    "hold": ("holds: {}", HELD),
    "freeze": (
        "freezes: []",
        'freezes:\n    - {first: "2026-06-10", last: "2026-06-20", reason: audit}',
    ),
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_a_pin_moved_by_hand_breaks_what_the_command_refuses_with(hmco: Hmco, rule: str) -> None:
    set_aside(hmco, *FORBIDDEN[rule])
    refused = json.loads(hmco(*MOVE, "--json").out)
    assert [reason["code"] for reason in refused["reasons"]] == [rule]
    assert hmco("check").code == 0, "the state alone shows nothing"
    pin(hmco.repo, "prod", "monitoring", pinned(hmco.repo, "staging", "monitoring"))
    assert found(hmco, "HEAD") == [(rule, "monitoring", "prod")], "before the commit"
    base = by_hand(hmco)
    assert found(hmco, base) == [(rule, "monitoring", "prod")], "after the commit"
    told = hmco("check", "--base", base)
    assert told.code == 1
    (reason,) = refused["reasons"]
    assert reason["fact"] in told.out
    assert reason["next"] in told.out


def test_a_young_version_is_moved_too_early(hmco: Hmco) -> None:
    base = committed(hmco, "promote", "service-mesh", "--to", "staging")
    pin(hmco.repo, "prod", "service-mesh", pinned(hmco.repo, "staging", "service-mesh"))
    by_hand(hmco, at=hmco.repo.until + timedelta(hours=1))
    assert found(hmco, base) == [("soak", "service-mesh", "prod")]


def test_two_moves_in_one_step_are_one_too_many(hmco: Hmco) -> None:
    version = pinned(hmco.repo, "staging", "service-mesh")
    hmco.done("promote", "service-mesh", "--to", "staging")
    pin(hmco.repo, "prod", "service-mesh", pinned(hmco.repo, "staging", "service-mesh"))
    assert version != pinned(hmco.repo, "prod", "service-mesh")
    assert ("not-running", "service-mesh", "prod") in found(hmco, "HEAD")


def test_a_revert_of_a_promotion_goes_down_without_a_hold(hmco: Hmco) -> None:
    committed(hmco, *MOVE)
    base = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert found(hmco, base) == [("not-higher", "monitoring", "prod")]


def test_what_a_branch_took_back_before_it_landed_is_no_fault(hmco: Hmco) -> None:
    committed(hmco, *MOVE)
    base = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.git("switch", "--quiet", "--create", "mine")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert found(hmco, base) == [("not-higher", "monitoring", "prod")]
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert found(hmco, base) == [], "undo that, it says, and it is undone"
    committed(hmco, "rollback", "monitoring", "--env", "prod")
    assert found(hmco, base) == []
    pin(hmco.repo, "prod", "storage", "1.0.0")
    by_hand(hmco)
    assert {tuple(place) for _, *place in found(hmco, base)} == {("storage", "prod")}


def test_what_landed_is_judged_though_it_was_taken_back_later(hmco: Hmco) -> None:
    committed(hmco, *MOVE)
    base = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert ("not-higher", "monitoring", "prod") in found(hmco, base)


def test_a_revert_of_a_hold_drops_it(hmco: Hmco) -> None:
    committed(hmco, "hold", "monitoring", "--env", "prod", "--reason", "incident")
    base = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert found(hmco, base) == [("hold-dropped", "monitoring", "prod")]


def test_a_hold_is_shortened_by_command_with_its_reason_and_not_by_a_hand_without(
    hmco: Hmco,
) -> None:
    hold = ("hold", "monitoring", "--env", "prod", "--reason")
    committed(hmco, *hold, "incident")
    base = committed(hmco, *hold, "over tonight", "--update", "--until", "2026-06-15")
    assert found(hmco, base) == []
    hmco.repo.git("reset", "--quiet", "--soft", base)
    by_hand(hmco)
    assert found(hmco, base) == [("hold-dropped", "monitoring", "prod")]


def test_a_hold_that_the_work_tree_drops_is_noted_until_the_commit_says_why(hmco: Hmco) -> None:
    set_aside(hmco, *FORBIDDEN["hold"])
    hmco.done("unhold", "monitoring", "--env", "prod", "--reason", "fixed")
    assert found(hmco, "HEAD", "note") == [("hold-dropped", "monitoring", "prod")]
    assert hmco("check", "--base", "HEAD", "--strict").code == 0


def test_a_merge_is_judged_by_what_it_brings_and_what_its_commits_say(hmco: Hmco) -> None:
    set_aside(hmco, *FORBIDDEN["hold"])
    base = hmco.repo.git("rev-parse", "HEAD")
    hmco.repo.git("switch", "--quiet", "--create", "side")
    committed(hmco, "unhold", "monitoring", "--env", "prod", "--reason", "fixed")
    assert "on main prod holds monitoring" in hmco.refused(*MOVE), "only the trunk lifts it"
    pin(hmco.repo, "prod", "monitoring", pinned(hmco.repo, "staging", "monitoring"))
    by_hand(hmco)
    hmco.repo.git("switch", "--quiet", "main")
    hmco.repo.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #7", "side")
    assert found(hmco, base) == []
    hmco.repo.git("reset", "--quiet", "--hard", base)
    hmco.repo.git("merge", "--quiet", "--squash", "side")
    hmco.repo.commit("Move it (#7)", at=hmco.repo.until)
    assert found(hmco, base) == [
        ("hold", "monitoring", "prod"),
        ("hold-dropped", "monitoring", "prod"),
    ], "a squash that lost the reason"


def branched(hmco: Hmco, folder: Path) -> Hmco:
    """Return hmco on a branch of a clone, with one commit of its own."""
    clone = Hmco(hmco.repo.clone_to(folder), hmco.capsys, hmco.monkeypatch, hmco.repo.until)
    clone.repo.git("config", "user.name", "rita")
    clone.repo.git("config", "user.email", "rita@example.org")
    clone.repo.git("switch", "--quiet", "--create", "mine")
    clone.repo.commit("Nothing yet", at=hmco.repo.until)
    return clone


def test_a_branch_that_merged_the_trunk_in_answers_for_its_own_moves_alone(
    hmco: Hmco, tmp_path: Path
) -> None:
    clone = branched(hmco, tmp_path / "clone")
    committed(hmco, *MOVE)
    set_aside(hmco, *FORBIDDEN["freeze"])
    clone.repo.git("fetch", "--quiet")
    clone.repo.git("merge", "--quiet", "--no-edit", "origin/main")
    assert found(clone, "origin/main") == [], "what came from the trunk is the trunk's"
    pin(clone.repo, "prod", "monitoring", "1.0.0")
    by_hand(clone)
    rules = [rule for rule, _, _ in found(clone, "origin/main")]
    assert rules == ["not-higher"]


def test_ours_over_a_hold_of_the_trunk_is_found(hmco: Hmco, tmp_path: Path) -> None:
    clone = branched(hmco, tmp_path / "clone")
    set_aside(hmco, *FORBIDDEN["hold"])
    clone.repo.git("fetch", "--quiet")
    clone.repo.git("merge", "--quiet", "--no-edit", "--strategy=ours", "origin/main")
    assert found(clone, "origin/main") == [("hold-dropped", "monitoring", "prod")]


def test_a_state_that_nobody_can_read_hides_no_move(hmco: Hmco) -> None:
    set_aside(hmco, *FORBIDDEN["hold"])
    base = hmco.repo.git("rev-parse", "HEAD")
    whole = hmco.repo.stack_path("prod").read_text()
    hmco.repo.stack_path("prod").write_text("config: [\n")
    by_hand(hmco)
    hmco.repo.stack_path("prod").write_text(whole)
    pin(hmco.repo, "prod", "monitoring", pinned(hmco.repo, "staging", "monitoring"))
    by_hand(hmco)
    assert found(hmco, base) == [("hold", "monitoring", "prod")]


def test_a_move_of_all_stack_files_hides_no_move_of_a_pin(hmco: Hmco) -> None:
    set_aside(hmco, *FORBIDDEN["hold"])
    base = hmco.repo.git("rev-parse", "HEAD")
    pin(hmco.repo, "prod", "monitoring", pinned(hmco.repo, "staging", "monitoring"))
    (hmco.repo.path / "deploy").mkdir()
    hmco.repo.git(
        "mv", "Pulumi.yaml", *hmco.repo.git("ls-files", "Pulumi.*.yaml").split(), "deploy"
    )
    by_hand(hmco)
    assert ("hold", "monitoring", "prod") in found(hmco, base)


def test_a_state_of_older_settings_is_judged_all_the_same(hmco: Hmco) -> None:
    repo = hmco.repo
    repo.edit(PROD, *FORBIDDEN["hold"])
    path = repo.stack_path("prod")
    whole = path.read_text()
    path.write_text(re.sub(r"^  hmco:revisionHistoryLimit: .*\n", "", whole, flags=re.MULTILINE))
    base = by_hand(hmco)
    older = repo.git("rev-parse", "HEAD")
    path.write_text(whole)
    pin(repo, "prod", "monitoring", pinned(repo, "staging", "monitoring"))
    by_hand(hmco)
    assert base != older
    assert found(hmco, older) == [("hold", "monitoring", "prod")]


def test_a_shallow_clone_is_told_and_judges_no_step(reader: Hmco, tmp_path: Path) -> None:
    reader.repo = reader.repo.clone_to(tmp_path / "shallow", "--depth=1")
    report = reader.answered("check", "check", "--base", "HEAD~5")
    assert "history-incomplete" in {finding["rule"] for finding in report["findings"]}


def test_stack_files_of_another_checkout_are_judged_in_theirs(hmco: Hmco, tmp_path: Path) -> None:
    charts = hmco.repo.copy_to(tmp_path / "charts")
    charts.git("rm", "--quiet", "Pulumi.yaml", *charts.git("ls-files", "Pulumi.*.yaml").split())
    charts.commit("Charts alone", at=charts.until)
    set_aside(hmco, *FORBIDDEN["hold"])
    base = hmco.repo.git("rev-parse", "HEAD")
    pin(hmco.repo, "prod", "monitoring", pinned(hmco.repo, "staging", "monitoring"))
    by_hand(hmco)
    report = hmco.answered("check", "check", "--base", base, "--repo", str(charts.path))
    rules = [f["rule"] for f in report["findings"] if f["chart"] == "monitoring"]
    assert "hold" in rules


def test_a_base_that_is_nothing_here_is_wrong_use(reader: Hmco) -> None:
    told = reader.refused("check", "--base", "origin/nowhere", code=2)
    assert "'origin/nowhere' names no commit here" in told
    assert "git fetch brings what is missing" in told


def test_an_option_is_no_base(reader: Hmco) -> None:
    assert "names no commit here" in reader.refused("check", "--base=--all", code=2)


def test_the_branch_that_adopts_the_program_loosens_nothing(hmco: Hmco) -> None:
    repo = hmco.repo
    repo.git("branch", "with")
    repo.git("rm", "--quiet", "--", "Pulumi.*.yaml")
    repo.commit("Charts and nothing else\n")
    repo.git("switch", "--quiet", "--create", "adopt")
    repo.git("restore", "--source", "with", "--staged", "--worktree", "--", ".")
    repo.commit("Bring the release program\n")
    repo.edit(PROD, 'folder: ""', "folder: release")
    repo.commit("Say where the program lies\n")
    brought = repo.git("rev-parse", "HEAD~1")
    result = hmco("check", "--base", repo.branch)
    assert result.code == 0, result.out
    assert "guard-loosened" in hmco("check", "--base", brought).out
