"""`cut` and `promote` hold a number to what the chart then renders to."""

import re

import pytest

from demo.repository import EstateRepo
from release.cli.main import main
from release.promotion.decision import Action, CutVersion, Refusal, SetPin
from release.promotion.honesty import Honesty, held_to_honesty

CUT = CutVersion("alpha", "1.0.0", "1.0.1", "2026-01-01")
PLAN = Action(command="cut", chart="alpha", summary="cut", edits=(CUT,))
PROMOTION = Action(
    command="promote",
    chart="alpha",
    summary="promote",
    environment="prod",
    edits=(SetPin("prod", "alpha", "1.0.0"),),
)
SMALL = Honesty("1.0.0", "major", "patch", too_small=True, reasons=("a key is gone",))
RIGHT = Honesty("1.0.0", "patch", "patch", too_small=False, reasons=())


def test_a_number_that_is_too_small_is_refused_with_the_command_that_is_honest() -> None:
    refusal = held_to_honesty(PLAN, SMALL, None)
    assert isinstance(refusal, Refusal)
    (reason,) = refusal.reasons
    assert reason.code == "bump"
    assert "1.0.1 is a patch step from 1.0.0, but the change is major: a key is gone" in reason.fact
    assert "hmco cut alpha major" in reason.remedy


def test_a_reason_is_carried_into_changelog_and_commit() -> None:
    action = held_to_honesty(PLAN, SMALL, "nobody sets it")
    assert isinstance(action, Action)
    assert "where major would be honest: nobody sets it" in action.said
    (edit,) = action.edits
    assert isinstance(edit, CutVersion)
    assert edit.accepted == action.said


def test_an_honest_number_passes() -> None:
    assert held_to_honesty(PLAN, RIGHT, None) == PLAN
    assert held_to_honesty(PROMOTION, None, None) == PROMOTION


@pytest.mark.parametrize(("action", "honesty"), [(PLAN, RIGHT), (PROMOTION, None)])
def test_a_reason_for_nothing_is_misuse(action: Action, honesty: Honesty | None) -> None:
    refusal = held_to_honesty(action, honesty, "why")
    assert isinstance(refusal, Refusal)
    assert refusal.misuse


@pytest.mark.parametrize("words", [" ", "two\nlines"])
def test_a_reason_that_says_nothing_is_misuse(words: str) -> None:
    refusal = held_to_honesty(PLAN, SMALL, words)
    assert isinstance(refusal, Refusal)
    assert refusal.misuse


def test_what_cannot_be_rendered_is_said() -> None:
    unjudged = Honesty("1.0.0", "patch", "patch", too_small=False, reasons=(), unjudged="no Helm")
    action = held_to_honesty(PLAN, unjudged, None)
    assert isinstance(action, Action)
    assert action.remarks == ("the number is judged by values.yaml alone: no Helm",)


def without_a_key(here: EstateRepo) -> str:
    """Take a key out of a chart's values, commit, and return the version before."""
    folder = here.chart_path("api-gateway")
    (folder / "templates" / "settings.yaml").write_text("{{- /* nothing */}}\n")
    log = folder / "CHANGELOG.md"
    text = log.read_text()
    log.write_text(
        text.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Removed\n- Settings\n", 1)
    )
    here.commit("fix: drop settings\n")
    found = re.search(r"(?m)^version: (\S+)", (folder / "Chart.yaml").read_text())
    assert found
    return found[1]


def test_a_cut_that_removes_an_object_is_no_patch(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    without_a_key(here)
    assert main(["cut", "api-gateway", "patch"]) == 1
    told = capsys.readouterr().err
    assert "but the change is major: an object is removed or renamed: ConfigMap" in told
    assert "hmco cut api-gateway major" in told
    assert here.git("status", "--porcelain") == ""


def test_what_else_is_in_the_way_of_a_number_that_is_too_small_is_told_at_once(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    without_a_key(here)
    here.edit(here.chart_path("api-gateway") / "CHANGELOG.md", "- Settings", "- All settings")
    assert main(["cut", "api-gateway", "patch"]) == 1
    bump, dirty = capsys.readouterr().err.splitlines()[1:]
    assert "but the change is major" in bump
    assert "CHANGELOG.md has changes that are not committed" in dirty


def test_an_accepted_number_stands_in_the_changelog_and_in_the_commit(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    without_a_key(here)
    assert main(["cut", "api-gateway", "patch", "--accept-bump", "nobody mounts it"]) == 0
    section = (here.chart_path("api-gateway") / "CHANGELOG.md").read_text().split("\n## ")[2]
    assert "- Settings" in section
    assert "where major would be honest: nobody mounts it" in section
    assert "nobody mounts it" in capsys.readouterr().out.partition("git commit")[2]


def test_the_honest_number_is_cut_without_a_word(here: EstateRepo) -> None:
    without_a_key(here)
    assert main(["cut", "api-gateway", "major"]) == 0
