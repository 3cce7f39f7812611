"""What guards the repository follows from registry and stack files, bypass included."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from release.estate import Estate, load_estate, read_stack_files
from release.github.environments import branch_policy, environments
from release.github.generated import repository_files, stale_files
from release.github.labels import labels
from release.github.names import RULESETS, WORKFLOWS
from release.github.paths import program_patterns
from release.github.permissions import allowed_actions
from release.github.rulesets import OWNERS, REVIEWS, TAG_CREATION, TAG_IMMUTABILITY, TRUNK, rulesets
from release.github.wire import Numbers, known_numbers, provider_inputs, unknown, wire
from release.registry import REGISTRY
from release.repository.clone import Clone
from release.repository.files import Edited
from release.repository.git.checkout import open_repository
from release.repository.worktree import WorkTree
from release.settings.governance import REQUIRED_CHECK, PathRule, RepositorySettings
from release.settings.governance_constraints import matches
from release.settings.stackfile import parse_stack_file

ROOT: Final = Path(__file__).parents[3]
ESTATE: Final = load_estate(REGISTRY, read_stack_files(ROOT))
HERE: Final = WorkTree(Clone(open_repository(ROOT)))


def said(estate: Estate = ESTATE) -> RepositorySettings:
    found = estate.governed
    assert found is not None
    return found[1]


NUMBERS: Final = Numbers(
    {slug: number for number, slug in enumerate(said().teams, 1)}, {"hmco-release": 99}
)


def made(**changes: Any) -> dict[str, Any]:
    every = rulesets(REGISTRY, ESTATE, said().model_copy(update=changes))
    return {each.name: each for each in every}


def reviewers(name: str, **changes: Any) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for each in made(**changes)[name].reviewers:
        for pattern in each.patterns:
            found.setdefault(pattern, []).append((each.team, each.approvals))
    return found


def test_production_needs_team_leads_and_sre_each_by_an_entry_of_its_own() -> None:
    assert reviewers(REVIEWS)["Pulumi.prod.yaml"] == [("team-leads", 1), ("sre", 1)]
    assert reviewers(REVIEWS)["Pulumi.staging.yaml"] == [("platform", 1)]


def test_the_bypass_reaches_the_approvals_of_stack_files_and_nothing_else() -> None:
    every = made()
    assert [name for name, each in every.items() if each.bypass] == [REVIEWS, TAG_CREATION]
    (bypass,) = every[REVIEWS].bypass
    assert (bypass.kind, bypass.slug, bypass.mode) == ("Team", "on-call", "pull_request")
    assert set(reviewers(REVIEWS)) == {f"Pulumi.{name}.yaml" for name in ESTATE.environments}
    assert every[TRUNK].checks, "a bypass skips no check"


def test_an_environment_without_bypass_keeps_its_approvals_in_a_ruleset_that_has_none() -> None:
    glass = said().break_glass
    assert glass is not None
    kept = glass.model_copy(update={"environments": ("dev", "staging")})
    assert "Pulumi.prod.yaml" not in reviewers(REVIEWS, break_glass=kept)
    assert reviewers(OWNERS, break_glass=kept)["Pulumi.prod.yaml"] == [
        ("team-leads", 1),
        ("sre", 1),
    ]
    assert not made(break_glass=None)[REVIEWS].bypass


def test_each_chart_is_its_owner_s_and_the_program_the_platform_team_s() -> None:
    found = reviewers(OWNERS)
    for chart in REGISTRY.charts:
        folder = f"{REGISTRY.path_of(chart.name, 'helm/charts')}/**/*"
        assert found[folder] == [(said().owners[chart.owner], 1)]
    assert found[".github/**/*"] == found["release/**/*"] == [("platform", 1)]


def test_every_file_of_this_program_has_an_owner_or_is_a_stack_file() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    patterns = program_patterns(said())
    free = [file for file in tracked if not any(matches(file, p) for p in patterns)]
    assert {file for file in free if not file.startswith("Pulumi.")} == set()


def test_tags_are_made_by_the_release_app_alone_and_moved_by_nobody() -> None:
    creation, immutability = made()[TAG_CREATION], made()[TAG_IMMUTABILITY]
    assert (creation.flags, creation.bypass[0].slug) == (("creation",), "hmco-release")
    assert set(immutability.flags) == {"update", "deletion", "non_fast_forward"}
    assert immutability.bypass == ()
    for chart in (*REGISTRY.by_name, *REGISTRY.sub_by_name):
        assert f"refs/tags/{chart}-[0-9]*" in immutability.includes


def test_the_required_check_is_the_name_of_the_job_that_our_workflow_reports() -> None:
    """F17: a check run is called what the job's `name:` says, or its id where it has none."""
    reported = {
        job.get("name", identity)
        for path, text in repository_files(REGISTRY, ESTATE).files.items()
        if path.startswith(f"{WORKFLOWS}/") and "pull_request" in text
        for identity, job in yaml.safe_load(text)["jobs"].items()
    }
    assert REQUIRED_CHECK in made()[TRUNK].checks
    assert set(made()[TRUNK].checks) <= reported
    assert made()[TRUNK].checks_app == 15368


def test_a_pull_request_is_squashed_reviewed_anew_and_approved_by_another_than_the_last() -> None:
    rules: Any = wire(made()[REVIEWS], NUMBERS)["rules"]
    (parameters,) = (rule["parameters"] for rule in rules if rule["type"] == "pull_request")
    assert parameters["allowed_merge_methods"] == ["squash"]
    assert parameters["dismiss_stale_reviews_on_push"] is True
    assert parameters["require_last_push_approval"] is True
    assert parameters["required_review_thread_resolution"] is True


def test_the_provider_is_told_every_boolean_false_ones_too() -> None:
    rules = provider_inputs(made()[TRUNK], NUMBERS)["rules"]
    assert {key: value for key, value in rules.items() if isinstance(value, bool)} == {
        "creation": False,
        "deletion": True,
        "non_fast_forward": True,
        "required_linear_history": True,
        "update": False,
    }
    tags = provider_inputs(made()[TAG_CREATION], NUMBERS)["rules"]
    assert "required_linear_history" not in tags, "the provider refuses rules of the wrong target"


@pytest.mark.parametrize("name", made())
def test_the_provider_is_told_what_github_is_told(name: str) -> None:
    given, said = provider_inputs(made()[name], NUMBERS), wire(made()[name], NUMBERS)
    for key in ("name", "target", "enforcement", "bypass_actors"):
        assert given[key] == said[key]
    names: Any = said["conditions"]
    assert given["conditions"]["ref_name"]["includes"] == names["ref_name"]["include"]
    rules: Any = said["rules"]
    wanted = {rule["type"]: rule.get("parameters", True) for rule in rules}
    if "required_status_checks" in wanted:
        wanted["required_status_checks"]["required_checks"] = wanted["required_status_checks"].pop(
            "required_status_checks"
        )
    assert {kind: value for kind, value in given["rules"].items() if value} == wanted


def test_what_the_settings_say_of_counts_paths_and_the_switch_is_in_the_rulesets() -> None:
    review = said().review.model_copy(update={"approvals": 3})
    path = PathRule(patterns=("terraform/*",), team="sre", approvals=2)
    every = made(review=review, paths=(path,), enforcement="disabled")
    assert every[REVIEWS].approvals == 3
    assert {each.enforcement for each in every.values()} == {"disabled"}
    assert reviewers(OWNERS, paths=(path,))["terraform/*"] == [("sre", 2)]


def test_the_release_app_passes_the_branch_s_rules_only_where_pulumi_writes_the_files() -> None:
    assert not made()[TRUNK].bypass
    every = made(files="pulumi")
    for name in (TRUNK, REVIEWS, OWNERS):
        assert ("hmco-release", "always") in [(b.slug, b.mode) for b in every[name].bypass]
    assert not every[TAG_IMMUTABILITY].bypass


def test_hidden_files_have_the_owner_of_their_folder() -> None:
    found = reviewers(OWNERS)
    for hidden in (".github/**/.*", ".github/**/.*/**/*", "release/**/.*"):
        assert found[hidden] == [("platform", 1)]


def test_an_environment_of_github_lets_the_default_branch_in_by_its_name() -> None:
    every = environments(ESTATE, said().model_copy(update={"default_branch": "trunk"}))
    assert {each.name: each.branch for each in every} == dict.fromkeys(
        ("dev", "staging", "prod", "automation"), "trunk"
    )
    assert branch_policy(every[0]) == {"protected_branches": False, "custom_branch_policies": True}
    assert branch_policy(replace(every[0], branch=None)) is None


def test_an_environment_of_github_has_the_approving_teams_of_its_stack_file() -> None:
    reviewers = {each.name: each.reviewers for each in environments(ESTATE, said())}
    assert reviewers["dev"] == reviewers["staging"] == ("platform",)
    assert reviewers["prod"] == ("team-leads", "sre")


def test_a_stack_file_that_asks_for_no_approval_has_no_reviewer_whatever_teams_it_names() -> None:
    dev = ESTATE.environments["dev"]
    open_to_all = dev.settings.approvals.model_copy(update={"count": 0})
    settings = dev.settings.model_copy(update={"approvals": open_to_all})
    estate = replace(
        ESTATE, environments={**ESTATE.environments, "dev": replace(dev, settings=settings)}
    )
    assert {each.name: each.reviewers for each in environments(estate, said())}["dev"] == ()
    every = {each.name: each for each in rulesets(REGISTRY, estate, said())}
    paths = [path for each in every[REVIEWS].reviewers for path in each.patterns]
    assert "Pulumi.staging.yaml" in paths
    assert "Pulumi.dev.yaml" not in paths


def test_a_ruleset_is_written_when_every_number_is_known_and_named_otherwise() -> None:
    found = repository_files(REGISTRY, ESTATE)
    assert found.left_out[".github/rulesets/hmco-tag-creation.json"] == ("hmco-release",)
    assert not found.left_out.keys() & found.files.keys()
    none = replace(known_numbers(said()), teams={})
    assert unknown(made()[REVIEWS], none) == ("on-call", "platform", "sre", "team-leads")
    assert unknown(made()[REVIEWS], NUMBERS) == ()
    with pytest.raises(KeyError):
        wire(made()[REVIEWS], none)


def test_actions_run_that_our_workflows_use_and_that_the_settings_add_beside_github_s_own() -> None:
    policy = said().actions.model_copy(update={"allowed": ("acme/*",)})
    repository = said().model_copy(update={"actions": policy})
    found = allowed_actions(repository, repository_files(REGISTRY, ESTATE).workflows)
    assert {"acme/*", "step-security/harden-runner@*"} <= set(found)
    assert not [pattern for pattern in found if pattern.startswith(("actions/", "github/"))]


def test_every_label_that_forms_issues_and_pull_requests_wear_is_made() -> None:
    assert {each.name for each in labels(ESTATE)} == {
        "promotion", "rollback", "urgent", "helm-chart", "break-glass", "drift",
        "dev", "staging", "prod",
    }  # fmt: skip


def test_with_every_number_in_the_settings_every_ruleset_is_written() -> None:
    files = []
    for name in ESTATE.environments:
        text = (ROOT / f"Pulumi.{name}.yaml").read_text()
        for slug, number in (*NUMBERS.teams.items(), ("id", 99)):
            text = text.replace(f"      {slug}: null\n", f"      {slug}: {number}\n")
        files.append(parse_stack_file(f"Pulumi.{name}.yaml", text))
    found = repository_files(REGISTRY, load_estate(REGISTRY, files))
    assert (found.left_out, found.questions) == ({}, {})
    written = {path: json.loads(text) for path, text in found.files.items() if "/rulesets/" in path}
    assert written == {
        f".github/rulesets/{name}.json": wire(each, NUMBERS) for name, each in made().items()
    }


def test_this_repository_commits_its_own_files() -> None:
    stale = stale_files(repository_files(REGISTRY, ESTATE), HERE, RULESETS, WORKFLOWS)
    assert stale == {}, "run: hmco render --repository"


def test_what_is_left_over_of_ours_goes_and_what_others_made_stays() -> None:
    wanted = repository_files(REGISTRY, ESTATE)
    theirs = {f"{WORKFLOWS}/theirs.yml": "name: Theirs\n", f"{RULESETS}/old.json": "{}"}
    found = stale_files(wanted, Edited(HERE, theirs), RULESETS, WORKFLOWS)
    assert found == {f"{RULESETS}/old.json": None}
