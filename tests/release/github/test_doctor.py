"""The checklist: what is there is done, what is not has its remedy, and nothing is written."""

import pytest

from release.github.checklist import Answer, State, argocd_line, probes
from tests.github.server import Fault, error
from tests.release.github.conftest import Hosted
from tests.release.github.workflows.sources import BACKENDS, with_backend


def ready(hosted: Hosted) -> None:
    """Set everything up on the fake GitHub."""
    forge = hosted.forge
    estate = with_backend("aws").estate
    forge.variables = {"HMCO_APP_CLIENT_ID"}
    places = [*estate.environments, *(f"{name}-preview" for name in estate.environments)]
    forge.environments = {name: {} for name in ("automation", *places)}
    forge.secrets = {(name, "PULUMI_CONFIG_PASSPHRASE") for name in places}
    forge.secrets |= {("automation", "HMCO_APP_PRIVATE_KEY")}
    teams = [t for place in estate.environments.values() for t in place.settings.approvals.teams]
    forge.teams = {team: number for number, team in enumerate(dict.fromkeys(teams), 1)}
    forge.required = ("required", "approvals")


def let_workflows(hosted: Hosted) -> None:
    for name in ("dev", "staging", "prod"):
        path = f"Pulumi.{name}.yaml"
        hosted.hmco.repo.edit(path, "    workflows: false", "    workflows: true")
        hosted.hmco.repo.edit(path, "    backend: null", "    backend: s3://state")
        login = BACKENDS["aws"][1]
        lines = "".join(f"\n      {key}: {value}" for key, value in login.items())
        hosted.hmco.repo.edit(path, "\n      kind: none", lines)
    hosted.hmco.done("workflows")


def lines(hosted: Hosted) -> dict[str, str]:
    answer = hosted.hmco.answered("doctor", "doctor")
    return {line["what"]: line["state"] for line in answer}


def test_what_is_all_there_is_all_done(hosted: Hosted) -> None:
    let_workflows(hosted)
    ready(hosted)

    found = lines(hosted)

    assert "missing" not in found.values(), found
    assert found["the checks required and approvals are required"] == "done"
    assert found["secret PULUMI_CONFIG_PASSPHRASE of prod-preview"] == "done"
    assert hosted.github.writes() == []
    assert hosted.hmco("doctor").code == 0


@pytest.mark.parametrize(
    ("take", "what", "remedy"),
    [
        ("variables", "variable HMCO_APP_CLIENT_ID", "gh variable set"),
        ("environments", "environment automation", "docs/workflows.md"),
        ("secrets", "secret HMCO_APP_PRIVATE_KEY of automation", "gh secret set"),
        ("teams", "team sre", "hmco:approvals"),
        ("required", "the checks required and approvals", "review.checks"),
    ],
)
def test_what_is_missing_is_told_with_its_remedy(
    hosted: Hosted, take: str, what: str, remedy: str
) -> None:
    ready(hosted)
    setattr(hosted.forge, take, type(getattr(hosted.forge, take))())

    answer = hosted.hmco("doctor")

    assert answer.code == 1
    (line,) = [line for line in answer.out.splitlines() if line.startswith(f"✗ {what}")]
    assert remedy in line


def test_what_a_token_may_not_see_cannot_be_told(hosted: Hosted) -> None:
    ready(hosted)
    hosted.github.faults = [Fault(r"GET .*/secrets/.*", error(403, "No"), times=99)]

    found = lines(hosted)

    assert found["secret HMCO_APP_PRIVATE_KEY of automation"] == "unknown"


def test_without_a_token_the_rest_is_told(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GH_TOKEN", raising=False)

    found = lines(hosted)

    assert found["GitHub"] == "unknown"
    assert found["workflows bring dev up"] == "missing"


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_every_probe_has_a_word_for_every_answer(status: int) -> None:
    for probe in probes(with_backend("postgres").estate, "acme", "main"):
        line = probe.judge(Answer(status))
        assert line.state is not State.DONE
        assert line.remedy


def test_argo_cds_own_answer_is_compared_with_the_settings() -> None:
    place = with_backend("aws").estate.environments["prod"]

    assert argocd_line(place, "v3.5.1+abc").state is State.DONE
    assert argocd_line(place, "v3.4.0").state is State.MISSING
    assert argocd_line(place, None).state is State.UNKNOWN
