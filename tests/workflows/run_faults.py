"""Each workflow with a fault at each step, then once more: it converges, nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.server import Answer, Fault, error
from tests.workflows.acting import merge, only_pull, promote
from tests.workflows.stage import Stage, opened

PROMOTION_STEPS = ("Set up hmco", "Chart Promotion Pipeline")
RELEASE_STEPS = ("Tag and release", "Bring it up")
PROMOTION_CALLS = {
    "tree": r"POST .*/git/trees",
    "commit": r"POST .*/git/commits",
    "branch": r"POST .*/git/refs",
    "pull": r"POST .*/pulls",
    "labels": r"POST .*/labels",
}
RELEASE_CALLS = {
    "tag": r"POST .*/git/tags",
    "ref": r"POST .*/git/refs",
    "release": r"POST .*/releases",
}


@pytest.fixture(scope="module")
def landed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a template in which all is released and one new version has landed since."""
    folder = tmp_path_factory.mktemp("landed")
    with opened(template, folder / "first") as stage:
        stage.run("release.yml", "push").done()
        text = stage.text("helm/charts/vault/values.yaml")
        stage.push(
            "main", {"helm/charts/vault/values.yaml": f"{text}\n# more\n"}, "More", days_ago=3
        )
        promote(stage, "vault", "1.4.0", "staging").done()
        merge(stage)
        yield folder / "first"


@pytest.mark.parametrize("step", PROMOTION_STEPS)
def test_a_promotion_that_loses_its_runner_is_finished_by_the_next(stage: Stage, step: str) -> None:
    assert promote(stage, "monitoring", "1.4.0", "staging", fails_at=step).failed() == ["promotion"]
    assert stage.forge.pulls == {}

    promote(stage, "monitoring", "1.4.0", "staging").done()

    assert only_pull(stage)["head"]["ref"] == "promote/monitoring-1.4.0-to-staging"


def test_a_promotion_survives_every_answer_that_github_can_give(stage: Stage) -> None:
    # Every status at every call is a test of the normal suite; here each meets a whole run.
    for operation, status in zip(PROMOTION_CALLS.values(), (403, 404, 409, 422, 503), strict=True):
        stage.github.faults = [Fault(operation, error(status, "No"), times=9)]
        ran = promote(stage, "monitoring", "1.4.0", "staging")
        assert ran.failed() == ["promotion"], ran.told
        assert "Traceback" not in ran.output
    stage.github.faults = []

    promote(stage, "monitoring", "1.4.0", "staging").done()

    assert len(stage.forge.pulls) == 1
    assert len(only_pull(stage)["labels"]) == 3
    commits = stage.forge.git("rev-list", "--count", "main..promote/monitoring-1.4.0-to-staging")
    assert commits == "1"


def test_a_connection_that_ends_in_the_middle_leaves_nothing_twice(stage: Stage) -> None:
    for operation in PROMOTION_CALLS.values():
        stage.github.faults = [Fault(operation, cut=True, times=9)]
        promote(stage, "monitoring", "1.4.0", "staging")
    stage.github.faults = []

    promote(stage, "monitoring", "1.4.0", "staging").done()

    assert len(stage.forge.pulls) == 1


def test_a_release_converges_after_a_fault_at_each_call_and_step(
    landed: Path, tmp_path: Path
) -> None:
    with opened(landed, tmp_path / "stage") as stage:
        for operation in RELEASE_CALLS.values():
            stage.github.faults = [Fault(operation, error(500, "No"), times=99)]
            ran = stage.run("release.yml", "push")
            assert ran.failed() == ["release"]
            # Nothing is deployed that is not released.
            assert "success" not in {r for job, r in ran.jobs.items() if job.startswith("deploy")}
        stage.github.faults = []
        for step in RELEASE_STEPS:
            assert stage.run("release.yml", "push", fails_at=step).failed() != []
        stage.run("release.yml", "push").done()
        tags = [each["tag_name"] for each in stage.forge.releases.values()]
        assert tags.count("vault-1.4.0") == 1
        assert len(tags) == len(set(tags))


def test_a_failed_staging_stops_production(stage: Stage) -> None:
    text = stage.text("Pulumi.staging.yaml")
    stage.push("main", {"Pulumi.staging.yaml": text.replace("build/staging", "build/x y")}, "Odd")

    ran = stage.run("release.yml", "push")

    assert "deploy-prod" not in [job for job, result in ran.jobs.items() if result == "success"]


def test_a_rate_limit_is_waited_for(stage: Stage) -> None:
    said = error(403, "You have exceeded a secondary rate limit. Please wait.").body
    stage.github.faults = [Fault(r"GET .*/pulls", Answer(403, said, {"Retry-After": "1"}), times=2)]

    promote(stage, "monitoring", "1.4.0", "staging").done()

    assert len(stage.forge.pulls) == 1
