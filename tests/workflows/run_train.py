"""One version on its way: promoted, released, deployed, rolled back, held; drift found and gone."""

import yaml

from tests.workflows.acting import merge, only_pull, promote
from tests.workflows.stage import Stage


def pin(stage: Stage, environment: str, chart: str = "monitoring") -> str:
    config = yaml.safe_load(stage.text(f"Pulumi.{environment}.yaml"))["config"]
    return str(config["hmco:versions"][chart])


def deployed(stage: Stage, environment: str, chart: str = "monitoring") -> str:
    """Return the revision in the manifests that the deploy kept."""
    (file,) = (stage.kept / f"manifests-{environment}").rglob(f"*-application-*{chart}-*.yaml")
    source = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["source"]
    return str(source["targetRevision"])


def test_a_version_goes_from_dev_to_production_and_back(stage: Stage) -> None:
    # Chart.yaml's version was never cut before: dev's state becomes 1.5.0 in the promotion.
    stage.push(
        "main",
        {
            "helm/charts/monitoring/values.yaml": stage.text("helm/charts/monitoring/values.yaml")
            + "\n# alerts of the train\n"
        },
        "Say what is new",
        days_ago=3,
    )
    promote(stage, "monitoring", "1.5.0", "staging").done()
    pull = only_pull(stage)
    assert pull["head"]["ref"] == "promote/monitoring-1.5.0-to-staging"
    assert not pull["draft"]
    assert "@ada" in pull["body"]
    landed = merge(stage)

    stage.run("release.yml", "push").done()

    assert stage.forge.git("rev-parse", "monitoring-1.5.0^{commit}") == landed
    assert stage.forge.git("cat-file", "-t", "monitoring-1.5.0") == "tag"
    (notes,) = [r for r in stage.forge.releases.values() if r["tag_name"] == "monitoring-1.5.0"]
    assert notes["name"] == "monitoring v1.5.0"
    assert "What's New" in notes["body"]
    assert deployed(stage, "staging") == "refs/tags/monitoring-1.5.0"
    assert deployed(stage, "prod") == f"refs/tags/monitoring-{pin(stage, 'prod')}"
    tags = stage.forge.git("for-each-ref", "refs/tags")

    # Nothing to release the second time, and no tag moves.
    stage.run("release.yml", "push").done()
    assert stage.forge.git("for-each-ref", "refs/tags") == tags

    # Soak: staging has it for no time yet, so production refuses.
    early = promote(stage, "monitoring", "1.5.0", "prod")
    assert early.failed() == ["promotion"]
    assert "soak" in early.output
    assert stage.forge.open_pulls() == []

    # What staging has had for long goes on to production, as a draft.
    before = pin(stage, "prod", "vault")
    promote(stage, "vault", "1.3.0", "prod").done()
    assert only_pull(stage)["draft"]
    merge(stage)
    # The environment is what workflows look for drift in: Git is ahead of what was applied.
    stage.run("drift.yml", "schedule").done()
    (issue,) = stage.forge.issues.values()
    assert issue["state"] == "open"
    assert "vault\\-prod" in issue["body"]
    stage.run("release.yml", "push").done()
    assert deployed(stage, "prod", "vault") == "refs/tags/vault-1.3.0"
    stage.run("drift.yml", "schedule").done()
    assert [each["state"] for each in stage.forge.issues.values()] == ["closed"]

    # Back again, from a phone: two choices and a tap.
    inputs = {"chart_name": "vault", "environment": "prod"}
    stage.run("rollback.yml", "workflow_dispatch", inputs=inputs).done()
    pull = only_pull(stage)
    assert not pull["draft"]
    assert {label["name"] for label in pull["labels"]} >= {"rollback", "urgent"}
    merge(stage)
    stage.run("release.yml", "push").done()
    assert pin(stage, "prod", "vault") == before
    assert deployed(stage, "prod", "vault") == f"refs/tags/vault-{before}"
    assert "by: '@ada'" in stage.text("Pulumi.prod.yaml") or '"@ada"' in stage.text(
        "Pulumi.prod.yaml"
    )

    # The rollback holds it, until that is lifted.
    assert promote(stage, "vault", "1.3.0", "prod").failed() == ["promotion"]
    inputs = {"chart_name": "vault", "environment": "prod", "reason": "fixed"}
    stage.run("unhold.yml", "workflow_dispatch", inputs=inputs).done()
    merge(stage)
    assert "vault" not in (
        yaml.safe_load(stage.text("Pulumi.prod.yaml"))["config"]["hmco:holds"] or {}
    )


def test_a_hold_is_one_pull_request_that_names_who_asked(stage: Stage) -> None:
    inputs = {
        "chart_name": "vault",
        "environment": "staging",
        "reason": "the unseal keys are being rotated",
        "until": "2099-12-31",
    }

    for _ in range(2):
        stage.run("hold.yml", "workflow_dispatch", inputs=inputs).done()

    pull = only_pull(stage)
    assert len(stage.forge.pulls) == 1
    held = stage.text("Pulumi.staging.yaml", "hold/vault-in-staging")
    assert "the unseal keys are being rotated" in held
    assert pull["body"].count("the unseal keys are being rotated") >= 1
