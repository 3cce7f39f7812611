"""`hmco diff`: what stack files change in Argo CD, without a state to compare with."""

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
