"""What a cut says of itself: from real commits, in the real changelogs."""

import pytest

from tests.release.cli.driver import Hmco

LOG = "helm/charts/vault/CHANGELOG.md"


def land(hmco: Hmco, revision: str, message: str) -> str:
    values = hmco.repo.chart_path("vault") / "values.yaml"
    text = values.read_text(encoding="utf-8")
    values.write_text(f"{text}# {revision}\n", encoding="utf-8")
    return hmco.repo.commit(message)


def test_the_notes_that_a_cut_makes_are_shown_and_name_no_scope_of_their_own(hmco: Hmco) -> None:
    land(hmco, "one", "feat(vault): rotate keys (#900)")
    told = hmco.done("cut", "vault", "minor").out
    assert "changelog:\n  Added: Rotate keys\nnext:\n" in told
    assert "- Rotate keys\n" in (hmco.repo.path / LOG).read_text(encoding="utf-8")


def test_a_feature_and_its_revert_are_not_announced(hmco: Hmco) -> None:
    land(hmco, "one", "feat(vault): rotate keys")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    land(hmco, "two", "fix(vault): a leak")
    told = hmco.done("cut", "vault", "patch").out
    assert "changelog:\n  Fixed: A leak\nnext:\n" in told
    assert "otate" not in (hmco.repo.path / LOG).read_text(encoding="utf-8")


def test_a_patch_that_breaks_is_refused_and_a_major_one_says_what_breaks(hmco: Hmco) -> None:
    land(hmco, "one", "fix(vault): new defaults\n\nBREAKING CHANGE: ha is on by default")
    said = hmco.refused("cut", "vault", "patch")
    assert "since 1.0.0 this does: ha is on by default" in said
    assert "hmco cut vault major" in said
    assert "Changed: **Breaking:** ha is on by default" in hmco.done("cut", "vault", "major").out


def test_a_note_for_a_sub_chart_goes_into_its_parents_changelog(hmco: Hmco) -> None:
    told = hmco.done("cut", "trino", "minor", "--note", "Fixed: spill").out
    assert "changelog:\n  Fixed: spill\n" in told
    log = "helm/charts/data-platform/CHANGELOG.md"
    assert f"  {log}\n" in told
    text = (hmco.repo.path / log).read_text(encoding="utf-8")
    assert "## [Unreleased]\n\n### Fixed\n- trino: spill\n\n## [" in text
    assert " fail" not in hmco("check").out.lower().replace("failed: 0", "")


def test_a_sub_chart_is_not_cut_while_no_changelog_can_speak_for_it(hmco: Hmco) -> None:
    hmco.repo.git("rm", "--quiet", "helm/charts/data-platform/CHANGELOG.md")
    hmco.repo.commit("chore: no changelog")
    said = hmco.refused("cut", "trino", "minor", "--note", "Fixed: spill")
    assert "trino has no CHANGELOG.md; add CHANGELOG.md: a title" in said


@pytest.mark.parametrize(
    "command", ["cut monitoring minor", "promote monitoring minor --to staging"]
)
def test_a_changelog_that_is_not_committed_is_not_said_to_be_missing(
    hmco: Hmco, command: str
) -> None:
    log = "helm/charts/monitoring/CHANGELOG.md"
    hmco.repo.git("rm", "--quiet", "--cached", log)
    hmco.repo.git("commit", "--quiet", "--message", "chore: no changelog")
    for add in (False, True):
        if add:
            hmco.repo.git("add", log)
        said = hmco.refused(*command.split())
        assert f"{log} is not committed; commit it first: git add :/{log} && git commit" in said
        assert "has no CHANGELOG.md" not in said


def test_a_refused_changelog_is_named_by_its_own_file(hmco: Hmco) -> None:
    hmco.repo.edit(LOG, "## [1.0.0] -", "## [v1.0.0] -")
    hmco.repo.commit("feat: odd headings")
    said = hmco.refused("cut", "vault", "1.5.0")
    assert "CHANGELOG.md: the changelog: line " in said
    assert "names a version with a v; write `## [1.0.0] - " in said
