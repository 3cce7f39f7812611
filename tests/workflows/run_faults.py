"""What a fault in one job does to the next ones, and what is waited for, in whole runs of act."""

from tests.github.server import Answer, Fault, error
from tests.workflows.acting import merge, promote
from tests.workflows.stage import Stage


def test_nothing_is_deployed_that_is_not_released(stage: Stage) -> None:
    stage.github.faults = [Fault(r"POST .*/releases", error(500, "No"), times=99)]

    ran = stage.run("release.yml", "push")

    assert ran.failed() == ["release"]
    assert "success" not in {r for job, r in ran.jobs.items() if job.startswith("deploy")}


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


def test_a_dispatch_that_waited_for_another_decides_on_what_that_one_landed(stage: Stage) -> None:
    queued = stage.forge.git("rev-parse", "main")
    promote(stage, "vault", "1.3.0", "prod").done()
    landed = merge(stage)

    promote(stage, "vault", "1.3.0", "prod", commit=queued).done()

    assert stage.forge.git("rev-parse", "main") == landed != queued
    assert stage.forge.open_pulls() == []
    assert len(stage.forge.pulls) == 1
