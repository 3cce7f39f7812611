from dataclasses import replace
from pathlib import PurePath
from typing import Any

import pytest

from release.promotion.cut import CutRequest, decide_cut
from release.promotion.decision import Action
from release.promotion.hold import HoldRequest, decide_hold
from release.promotion.nextsteps import commit_body, commit_subject, merged_steps, next_steps
from release.promotion.rollback import decide_rollback
from release.settings.deployment import Deployment
from release.settings.model import ClusterDelivery, ManifestsDelivery
from tests.release.promotion.situations import NOW, REGISTRY, estate, facts, landed, planned
from tests.release.settings.test_deployment import SOUND

BY_HAND = "pulumi up --stack prod"
APPLY = (
    "kubectl apply --server-side --force-conflicts --field-manager=hmco --recursive -f build/prod"
    "  # into Argo CD's cluster"
)
BY_WORKFLOW = "# the release workflow runs pulumi up --stack prod"


@pytest.mark.parametrize(
    ("delivery", "workflows", "steps"),
    [
        (ManifestsDelivery(kind="manifests", directory="build/prod"), False, [BY_HAND, APPLY]),
        (ManifestsDelivery(kind="manifests", directory="build/prod"), True, [BY_HAND, APPLY]),
        (ClusterDelivery(kind="cluster", context="argocd"), False, [BY_HAND]),
        (ClusterDelivery(kind="cluster", context="argocd"), True, [BY_WORKFLOW]),
    ],
)
def test_the_steps_after_the_review_are_those_that_carry_the_change_to_argo_cd(
    delivery: Any, workflows: Any, steps: list[str]
) -> None:
    whole = estate(pins={("prod", "api"): "1.1.0"})
    prod = whole.environments["prod"]
    deployment = Deployment.model_validate({**SOUND, "workflows": workflows})
    settings = prod.settings.model_copy(update={"delivery": delivery, "deployment": deployment})
    whole = replace(
        whole, environments={**whole.environments, "prod": replace(prod, settings=settings)}
    )
    request = HoldRequest(chart="api", environment="prod", reason="", by="Ann")
    about = facts(landings={"prod": landed("1.0.0", "1.1.0")})
    action = planned(decide_rollback(whole, request, None, lambda: about, NOW))
    told = merged_steps(action, whole, PurePath())
    assert [*told[:-1]] == steps
    assert told[-1] == "argocd app sync api-prod  # prod is synced by hand"


@pytest.mark.parametrize("reason", ["audit", "the keys are rotated by hand, one after the other"])
def test_the_commit_of_a_hold_says_its_reason_once(reason: str) -> None:
    whole = estate()
    request = HoldRequest(chart="api", environment="prod", reason=reason, by="Ann <ann@x.example>")
    _, commit, _ = next_steps(planned(decide_hold(whole, request, NOW)), whole, ("f",))
    assert commit.count(reason) == 1


LONG = {
    "promote": (
        "promote cloudflare-tunnel 1.10.0-rc.1 -> 1.10.0 from staging to prod-west",
        "promote cloudflare-tunnel 1.10.0 to prod-west",
    ),
    "rollback": (
        "roll cloudflare-tunnel in prod-west back from 1.11.0 to 1.10.0 and hold it there",
        "roll cloudflare-tunnel in prod-west back to 1.10.0",
    ),
    "unhold": (
        "lift the hold on cloudflare-tunnel in prod-west: the keys are rotated (by Ann)",
        "unhold cloudflare-tunnel in prod-west",
    ),
}


@pytest.mark.parametrize("command", LONG)
def test_a_commit_whose_subject_would_be_too_long_says_it_all_in_its_body(command: str) -> None:
    summary, subject = LONG[command]
    action = Action(
        command=command,
        chart="cloudflare-tunnel",
        environment="prod-west",
        after="1.10.0" if command != "unhold" else None,
        summary=summary,
    )
    assert (commit_subject(action), commit_body(action)) == (subject, summary)
    short = action._replace(summary=subject)
    assert (commit_subject(short), commit_body(short)) == (subject, "")


def test_where_no_workflow_runs_a_cut_tells_how_the_version_gets_its_tag() -> None:
    request = CutRequest("api", "patch", (("Fixed", "it"),))
    cut = planned(decide_cut(REGISTRY, request, facts, NOW))
    whole = estate()
    alone = {
        name: replace(place, settings=place.settings.model_copy(update={"repository": None}))
        for name, place in whole.environments.items()
    }
    tag = f"api-{cut.after}"
    assert merged_steps(cut, replace(whole, environments=alone), PurePath()) == (
        f"git tag -a {tag} -m 'api {cut.after}' && git push origin {tag}",
    )
    assert merged_steps(cut, whole, PurePath()) == (f"# the release workflow tags {tag}",)
