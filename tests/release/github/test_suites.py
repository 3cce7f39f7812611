"""GitHub's record of bypasses beside what the commits say: told, not told, and not known."""

import itertools

import pytest

from tests.github.server import Fault, error
from tests.github.world import READER
from tests.release.github.conftest import Hosted

SUITES = "GET /repos/{owner}/{repo}/rulesets/rule-suites"
AT = "2026-06-14T02:11:00Z"
UNSAID, UNKNOWN = "bypass-unsaid", "github-unknown"


def land(hosted: Hosted, *messages: str) -> tuple[str, str]:
    """Land commits on the origin's trunk, and return what it was before and is now."""
    repo = hosted.hmco.repo
    before = repo.git("rev-parse", "HEAD")
    for message in messages:
        repo.commit(message)
    repo.git("push", "--quiet", "origin", "HEAD:main")
    repo.git("fetch", "--quiet", "origin")
    return before, repo.git("rev-parse", "HEAD")


def record(hosted: Hosted, before: str, after: str, **fields: str) -> None:
    """Let GitHub have recorded a bypass."""
    suite = {
        **hosted.forge.listed(SUITES),
        "actor_name": "ann",
        "ref": "refs/heads/main",
        "before_sha": before,
        "after_sha": after,
        "pushed_at": AT,
        "result": "bypass",
    }
    hosted.forge.bypasses.append({**suite, **fields})


def told(hosted: Hosted, rule: str) -> list[str]:
    """Return what `check --live` finds by a rule about bypasses, which it asks by GET alone."""
    answer = hosted.hmco.answered("check", "check", "--live", "--rule", rule)
    assert hosted.github.writes() == []
    return [each["what"] for each in answer["findings"] if "bypass" in each["what"]]


def test_a_bypass_that_no_commit_tells_of_is_told_until_it_is_reviewed(hosted: Hosted) -> None:
    before, after = land(hosted, "Roll back storage\n")
    assert told(hosted, UNSAID) == []
    record(hosted, before, after)
    what = (
        f"bypass by ann, {AT}: {after[:10]} went past a ruleset, and its message does not say why"
    )
    assert told(hosted, UNSAID) == [what]
    assert told(hosted, UNKNOWN) == []
    assert f"Reviewed: {after[:10]}: WHAT" in hosted.hmco("check", "--live", "--rule", UNSAID).out
    land(hosted, f"Look\n\nReviewed: {after[:10]}: it was right\n")
    assert told(hosted, UNSAID) == []


@pytest.mark.parametrize("place", [0, 1])
def test_any_commit_of_the_push_may_say_it_and_no_other(hosted: Hosted, place: int) -> None:
    messages = ["Roll back storage\n", "Tidy up\n"]
    messages[place] += "\nBreak-glass: prod: storage filled up\n"
    before, after = land(hosted, *messages)
    record(hosted, before, after)
    assert told(hosted, UNSAID) == []
    later = land(hosted, "Something else\n")
    record(hosted, *later)
    assert [what.split()[4] for what in told(hosted, UNSAID)] == [later[1][:10]]


def test_a_push_that_passed_and_another_branch_are_no_bypass(hosted: Hosted) -> None:
    before, after = land(hosted, "Promote\n")
    record(hosted, before, after, result="pass")
    record(hosted, before, after, ref="refs/heads/topic")
    assert told(hosted, UNSAID) == told(hosted, UNKNOWN) == []


def test_the_app_that_writes_the_files_passes_only_where_it_is_meant_to(hosted: Hosted) -> None:
    record(hosted, *land(hosted, "Write CODEOWNERS\n"), actor_name="hmco-release[bot]")
    assert len(told(hosted, UNSAID)) == 1
    hosted.hmco.repo.edit("Pulumi.prod.yaml", "files: rendered", "files: pulumi")
    hosted.hmco.repo.edit(
        "Pulumi.prod.yaml", "credentials: none\n    api", "credentials: token\n    api"
    )
    record(hosted, *land(hosted, "Unsaid\n"))
    assert [what.split(",")[0] for what in told(hosted, UNSAID)] == ["bypass by ann"]


def test_a_commit_that_this_clone_lacks_is_unknown(hosted: Hosted) -> None:
    before, after = land(hosted, "Roll back storage\n")
    record(hosted, before, "5" * 40)
    (what,) = told(hosted, UNKNOWN)
    assert what.endswith("is not in this clone, so its message is not known; run: git fetch")
    hosted.forge.bypasses.clear()
    record(hosted, "5" * 40, after)
    assert len(told(hosted, UNKNOWN)) == 1, "what lies between might say it"
    assert told(hosted, UNSAID) == []
    hosted.forge.bypasses.clear()
    record(hosted, "0" * 40, after)
    assert len(told(hosted, UNSAID)) == 1, "before a new branch there is nothing"


def test_what_github_does_not_say_is_unknown(hosted: Hosted) -> None:
    record(hosted, "--all", "HEAD")
    (what,) = told(hosted, UNKNOWN)
    assert what.endswith("GitHub does not say of which commit")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_record_that_is_refused_is_unknown_and_never_fine(hosted: Hosted, status: int) -> None:
    hosted.github.faults.append(Fault(r"GET .*/rule-suites", error(status, "no"), times=99))
    (what,) = told(hosted, UNKNOWN)
    assert what.startswith("bypasses: GET ")
    assert str(status) in what
    assert told(hosted, UNSAID) == []


def test_a_long_record_is_read_to_its_end_with_a_token_that_may_only_read(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", READER)
    quiet = land(hosted, "Roll back\n\nBreak-glass: prod: storage filled up\n")
    for _ in itertools.repeat(None, 100):
        record(hosted, *quiet)
    record(hosted, *land(hosted, "Unsaid\n"))
    assert len(told(hosted, UNSAID)) == 1


def test_history_shows_a_bypass_that_no_commit_tells_of(hosted: Hosted) -> None:
    hmco = hosted.hmco
    hmco.repo.edit("Pulumi.prod.yaml", "    storage: 1.3.0", "    storage: 1.1.0")
    moved, other = land(hosted, "Move storage\n"), land(hosted, "Tidy up\n")
    for each in (moved, other):
        record(hosted, *each)
    assert "bypassed" not in hmco.done("history", "storage").out

    answer = hmco.done("history", "storage", "--live")

    first = " ".join(answer.out.splitlines()[1].split())
    assert f"bypassed: no reason given (GitHub: ann, {AT}) Move storage {moved[1][:10]}" in first
    assert f"{other[1][:10]} went past the rules too (GitHub: ann, {AT})" in answer.err
    assert moved[1][:10] not in answer.err
    changes = hmco.answered("history", "history", "storage", "--live")["changes"]
    assert [bool(each["bypassed"]) for each in changes] == [True] + [False] * (len(changes) - 1)
    assert hosted.github.writes() == []


def test_history_that_github_does_not_tell_is_an_error(hosted: Hosted) -> None:
    hosted.github.faults.append(Fault(SUITES, error(403, "no"), times=99))
    assert "403" in hosted.hmco.refused("history", "--live")
