"""Whoever looks at a deployment is led to what it changed."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from release.github.links import deployed_page
from release.github.workflows.listed import workflow_files
from tests.release.github.workflows.sources import committed, with_backend

RUN = "https://github.com/acme/charts/actions/runs/1"
ARGOCD = "https://argocd.example.org/applications"


@pytest.mark.parametrize(
    ("moved", "page"),
    [
        (("vault",), f"{ARGOCD}/argocd/vault-staging"),
        (("storage", "vault"), f"{ARGOCD}?proj=staging"),
        ((), f"{ARGOCD}?proj=staging"),
    ],
)
def test_a_deployment_leads_to_the_application_that_moved_or_to_all(
    moved: tuple[str, ...], page: str
) -> None:
    place = with_backend("aws").estate.environments["staging"]
    settings = place.settings.model_copy(update={"project": "staging"})
    assert deployed_page(replace(place, settings=settings), moved, RUN) == page


def test_without_an_address_of_argo_cd_it_leads_to_the_run() -> None:
    place = committed().environments["staging"]
    assert place.settings.deployment is None or place.settings.deployment.applications is None
    assert deployed_page(place, ("vault",), RUN) == RUN


def test_the_url_of_each_deployment_is_what_its_step_says() -> None:
    jobs: dict[str, Any] = {}
    for text in workflow_files(with_backend("aws")).values():
        jobs |= yaml.safe_load(text)["jobs"]
    for stack in ("dev", "staging", "prod"):
        job = jobs[f"deploy-{stack}"]
        (step,) = [each for each in job["steps"] if " ci deploy " in each.get("run", "")]
        url = f"${{{{ steps.{step['id']}.outputs.url }}}}"
        assert job["environment"] == {"name": stack, "url": url}
