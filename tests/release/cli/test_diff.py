"""`hmco diff`: what stack files change in Argo CD, without a state to compare with."""

from pathlib import Path

from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco, snapshot


def test_an_unchanged_clone_changes_nothing(reader: Hmco) -> None:
    before = snapshot(reader.repo.path)
    told = reader.done("diff", "--exit-code")
    assert told.out == ""
    assert told.err.splitlines() == [
        f"{name}: nothing changes" for name in ("dev", "staging", "prod")
    ]
    assert snapshot(reader.repo.path) == before


def test_a_promotion_that_is_not_committed_yet_is_one_object(hmco: Hmco) -> None:
    hmco.done("promote", "data-platform", "--to", "prod")
    told = hmco("diff", "--exit-code")
    assert told.code == 1
    assert "prod: 1 object changes" in told.err
    assert "-    targetRevision: refs/tags/data-platform-1.3.0" in told.out
    assert "+    targetRevision: refs/tags/data-platform-1.4.0" in told.out
    assert hmco.done("diff", "--env", "staging").out == ""


def test_an_environment_that_is_new_is_all_new(hmco: Hmco) -> None:
    text = hmco.repo.stack_path("staging").read_text(encoding="utf-8")
    new = text.replace("build/staging", "build/qa").replace("project: staging", "project: qa")
    new = new.replace("namespaceSuffix: -staging", "namespaceSuffix: -qa")
    hmco.repo.write("Pulumi.qa.yaml", new)
    told = hmco("diff", "--env", "qa")
    assert told.code == 0, told.err
    assert told.out.startswith("--- /dev/null\n+++ b/qa/")


def test_any_revision_can_be_the_state_before(hmco: Hmco, estate_template: EstateRepo) -> None:
    first = estate_template.git("rev-list", "--max-parents=0", "HEAD")
    answer = hmco.answered("diff", "diff", "--base", first, "--env", "prod")
    assert answer["base"] == first
    assert any("data-platform" in file for file in answer["environments"]["prod"])
    said = hmco.refused("diff", "--base", "nowhere", code=2)
    assert "'nowhere' names no commit here" in said
    assert "prod" in hmco.refused("diff", "--env", "pord", code=2)


def test_a_checkout_that_is_behind_is_told_that_what_landed_shows_as_taken_back(
    hmco: Hmco, tmp_path: Path
) -> None:
    here = hmco.repo.clone_to(tmp_path / "behind")
    hmco.repo.edit("Pulumi.prod.yaml", "data-platform: 1.3.0", "data-platform: 1.4.0")
    hmco.repo.commit("promote data-platform")
    here.git("fetch", "--quiet")
    hmco.repo = here
    told = hmco.done("diff", "--env", "prod")
    assert "+    targetRevision: refs/tags/data-platform-1.3.0" in told.out
    assert told.err.splitlines()[-1] == (
        "this checkout is 1 commit behind origin/main, so what landed there shows as taken back; "
        "bring it in first: git merge --ff-only origin/main"
    )
    assert hmco.answered("diff", "diff")["checkout"]["behind"] == 1
    here.git("merge", "--quiet", "--ff-only", "origin/main")
    assert hmco.done("diff", "--env", "prod").err == "prod: nothing changes\n"


def test_what_a_stack_file_says_of_no_object_is_shown_by_the_command_that_diff_names(
    hmco: Hmco,
) -> None:
    hmco.done("freeze", "--env", "prod", "--until", "2026-06-20", "--reason", "quarter end")
    told = hmco.done("diff", "--env", "prod", "--exit-code").err
    opening = "prod: nothing changes in Argo CD, but Pulumi.prod.yaml does: "
    assert told.startswith(opening)
    shown = hmco.repo.git(*told.removeprefix(opening).split()[1:])
    assert "quarter end" in shown
