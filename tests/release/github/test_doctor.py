"""The checklist: what is there is done, what is not has its remedy, and nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest

from release.github.appcheck import app_probes
from release.github.checklist import Answer, State, argocd_line, probes
from release.github.names import GOVERNANCE_PRIVATE_KEY
from release.github.workflows.parts import Sources
from tests.github.forge import Forge
from tests.github.guarded import guard
from tests.github.server import Fault, error
from tests.github.world import WRITER
from tests.release.github.conftest import Hosted
from tests.release.github.workflows.sources import BACKENDS, into_a_cluster, with_backend

RIGHTS = "the App hmco-release may write contents and pull requests, and nothing else"
INSTALLED = "the App hmco-release is installed for chosen repositories alone"
BACKEND = "the state backend lets workflows in (dev, staging, prod)"


def ready(hosted: Hosted) -> None:
    """Set everything up on the fake GitHub."""
    forge = hosted.forge
    estate = with_backend("aws").estate
    guard(forge, estate)
    forge.installed = [{"app_slug": "hmco-release", "suspended_at": None}]
    forge.variables = {"HMCO_APP_CLIENT_ID"}
    places = [*estate.environments, *(f"{name}-preview" for name in estate.environments)]
    forge.environments = {name: {} for name in ("automation", *places)} | forge.environments
    forge.secrets = {(name, "PULUMI_CONFIG_PASSPHRASE") for name in places}
    forge.secrets |= {("automation", "HMCO_APP_PRIVATE_KEY")}
    teams = [t for place in estate.environments.values() for t in place.settings.approvals.teams]
    assert set(teams) <= set(forge.teams)
    forge.required = ("required", "approvals")
    forge.runs = {"drift.yml": ["success", "failure"]}


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
    return {what: state for what, (state, _) in told(hosted).items()}


def told(hosted: Hosted) -> dict[str, tuple[str, str]]:
    answer = hosted.hmco.answered("doctor", "doctor")
    return {line["what"]: (line["state"], line["remedy"]) for line in answer}


def test_what_is_all_there_is_all_done(hosted: Hosted) -> None:
    let_workflows(hosted)
    ready(hosted)

    found = lines(hosted)

    assert [what for what, state in found.items() if state == "missing"] == []
    assert found["the checks required and approvals are required"] == found[BACKEND] == "done"
    assert found["secret PULUMI_CONFIG_PASSPHRASE of prod-preview"] == "done"
    assert found[RIGHTS] == found[INSTALLED] == found["ruleset hmco-trunk as the stack files say"]
    assert found["environment prod as the stack files say"] == found[RIGHTS] == "done"
    assert hosted.github.writes() == []
    assert hosted.hmco("doctor").code == 0


def test_an_app_that_guards_the_repository_is_asked_for_where_a_workflow_does(
    hosted: Hosted,
) -> None:
    let_workflows(hosted)
    ready(hosted)
    stack_file = "Pulumi.prod.yaml"
    text = "repository:\n    credentials: "
    hosted.hmco.repo.edit(stack_file, f"{text}none", f"{text}token")
    variable = "variable HMCO_GOVERNANCE_CLIENT_ID"
    secret = "secret HMCO_GOVERNANCE_PRIVATE_KEY of prod"  # noqa: S105 -- a line of the list

    before = lines(hosted)
    hosted.forge.variables.add("HMCO_GOVERNANCE_CLIENT_ID")
    hosted.forge.secrets.add(("prod", "HMCO_GOVERNANCE_PRIVATE_KEY"))
    after = lines(hosted)

    assert (before[variable], before[secret]) == ("missing", "missing")
    assert (after[variable], after[secret]) == ("done", "done")
    assert not [what for what in after if "GOVERNANCE" in what and what not in {variable, secret}]


@pytest.mark.parametrize(
    ("take", "what", "remedy"),
    [
        ("variables", "variable HMCO_APP_CLIENT_ID", "Settings → Secrets and variables"),
        ("environments", "environment automation", "docs/workflows.md"),
        (
            "secrets",
            "secret HMCO_APP_PRIVATE_KEY of automation",
            "Settings → Environments → automation",
        ),
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
    told = [line for line in answer.out.splitlines() if line.startswith(f"✗ {what}")]
    assert any(remedy in line for line in told)


@pytest.mark.parametrize(
    ("change", "what", "state", "remedy"),
    [
        (
            lambda f: f.app_permissions.update(administration="write"),
            RIGHTS,
            "missing",
            "administration is write and must be none",
        ),
        (
            lambda f: f.app_permissions.pop("contents"),
            RIGHTS,
            "missing",
            "contents is none and must be write",
        ),
        (lambda f: f.apps.clear(), RIGHTS, "unknown", "/settings/apps/hmco-release"),
        (lambda f: f.installed.clear(), INSTALLED, "missing", "/apps/hmco-release/installations"),
        (
            lambda f: f.installed[0].update(repository_selection="all"),
            INSTALLED,
            "missing",
            "it is for every repository",
        ),
        (
            lambda f: f.installed[0].update(suspended_at="2026-06-01T00:00:00Z"),
            INSTALLED,
            "missing",
            "it is suspended",
        ),
        (
            lambda f: ruleset(f, "hmco-trunk").update(enforcement="disabled"),
            "ruleset hmco-trunk as the stack files say",
            "missing",
            "enforcement is 'disabled' and must be 'active'; pulumi up --refresh --stack prod",
        ),
        (
            lambda f: ruleset(f, "hmco-trunk").update(name="other"),
            "ruleset hmco-trunk as the stack files say",
            "missing",
            "is not there; pulumi up --refresh --stack prod",
        ),
        (
            lambda f: ruleset(f, "hmco-reviews")["rules"][0]["parameters"].update(
                required_approving_review_count=0
            ),
            "ruleset hmco-reviews as the stack files say",
            "missing",
            "rule pull_request: required_approving_review_count is not as it must be",
        ),
        (
            lambda f: f.tokens.update({WRITER: False}),
            "ruleset hmco-trunk as the stack files say",
            "unknown",
            "who may bypass it",
        ),
        (
            lambda f: f.actions.update(allowed_actions="all"),
            "Actions permissions as the stack files say",
            "missing",
            "allowed_actions is 'all'",
        ),
    ],
)
def test_app_and_guards_are_judged_one_by_one(
    hosted: Hosted, change: Callable[[Forge], Any], what: str, state: str, remedy: str
) -> None:
    ready(hosted)
    change(hosted.forge)

    found = told(hosted)

    assert found[what][0] == state
    assert remedy in found[what][1]


def ruleset(forge: Forge, name: str) -> Any:
    return next(each for each in forge.rulesets.values() if each["name"] == name)


def test_who_owns_no_organisation_is_told_where_to_look(hosted: Hosted) -> None:
    ready(hosted)
    hosted.github.faults = [Fault(r"GET /orgs/\{org\}/installations", error(403, "No"))]

    state, remedy = told(hosted)[INSTALLED]

    assert state == "unknown"
    assert "/organizations/example-org/settings/installations" in remedy


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("/actions/permissions", "Actions are enabled"),
        ("/actions/variables/.*", "variable HMCO_APP_CLIENT_ID"),
        ("/environments/.*", "environment prod-preview"),
        (".*/secrets/.*", "secret HMCO_APP_PRIVATE_KEY of automation"),
        (".*/teams/.*", "team sre"),
        ("/rules/branches/.*", "the checks required and approvals are required"),
        ("/actions/workflows/.*", BACKEND),
        ("/rulesets.*", "ruleset hmco-trunk as the stack files say"),
        ("/environments/.*", "environment prod as the stack files say"),
        ("/actions/permissions/workflow", "workflow permissions as the stack files say"),
    ],
)
def test_what_github_does_not_tell_is_unknown_and_never_missing(
    hosted: Hosted, part: str, what: str
) -> None:
    let_workflows(hosted)
    ready(hosted)
    hosted.github.faults = [Fault(f"GET (/repos/[^/]*/[^/]*)?{part}", error(403, "No"), 999)]

    state, remedy = told(hosted)[what]

    assert state == "unknown"
    assert remedy


@pytest.mark.parametrize(
    ("runs", "state", "remedy"),
    [
        ({}, "unknown", "Actions → Drift → Run workflow"),
        ({"drift.yml": ["failure", "success"]}, "missing", "/actions/runs/"),
    ],
)
def test_the_last_look_for_drift_tells_whether_the_backend_lets_workflows_in(
    hosted: Hosted, runs: dict[str, list[str]], state: str, remedy: str
) -> None:
    let_workflows(hosted)
    ready(hosted)
    hosted.forge.runs = runs

    found = told(hosted)[BACKEND]

    assert found[0] == state
    assert remedy in found[1]


def test_in_a_repository_that_cannot_be_seen_nothing_is_called_missing(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(hosted)
    monkeypatch.setenv("GITHUB_REPOSITORY", "example-org/another")

    found = told(hosted)

    assert found["the repository can be read"][0] == "missing"
    assert "check GITHUB_TOKEN" in found["the repository can be read"][1]
    assert not [what for what in found if what.startswith(("environment", "team", "ruleset"))]


def test_a_github_that_is_out_of_order_is_unknown_and_the_rest_is_told(hosted: Hosted) -> None:
    hosted.github.faults = [Fault("GET /repos/[^/]*/[^/]*/actions/.*", error(502, "No"), 999)]

    found = told(hosted)

    assert found["GitHub"][0] == "unknown"
    assert "cannot be reached" in found["GitHub"][1]
    assert found["the repository can be read"][0] == "done"
    assert found["workflows bring dev up"][0] == "missing"


def test_without_a_token_the_rest_is_told(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GH_TOKEN", raising=False)

    found = lines(hosted)

    assert found["GitHub"] == "unknown"
    assert found["workflows bring dev up"] == "missing"


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_every_probe_has_a_word_for_every_answer(status: int) -> None:
    estate = with_backend("postgres").estate
    for probe in (*probes(estate, "acme", "main"), *app_probes(estate, "acme")):
        line = probe.line(Answer(status))
        assert line.state is not State.DONE
        assert line.remedy


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (with_backend("aws"), {"PULUMI_CONFIG_PASSPHRASE"}),
        (with_backend("pulumi"), set()),
        (with_backend("postgres"), {"PULUMI_CONFIG_PASSPHRASE", "HMCO_BACKEND_URL"}),
        (
            into_a_cluster(),
            {"PULUMI_CONFIG_PASSPHRASE", "HMCO_KUBECONFIG_TEXT", "HMCO_SLACK_TOKEN"},
        ),
    ],
)
def test_each_secret_that_a_workflow_hands_the_engine_is_asked_for(
    sources: Sources, names: set[str]
) -> None:
    asked = {probe.path for probe in probes(sources.estate, "acme", "main")}
    for place, its_own in (("prod", {GOVERNANCE_PRIVATE_KEY}), ("prod-preview", set[str]())):
        here = f"/environments/{place}/secrets/"
        found = {path.removeprefix(here) for path in asked if path.startswith(here)}
        assert found == names | its_own


def test_argo_cds_own_answer_is_compared_with_the_settings() -> None:
    place = with_backend("aws").estate.environments["prod"]

    assert argocd_line(place, "v3.5.1+abc").state is State.DONE
    assert argocd_line(place, "v3.4.0").state is State.MISSING
    assert argocd_line(place, None).state is State.UNKNOWN
