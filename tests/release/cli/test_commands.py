"""Each command on a real repository: the files it changes, the words it says, and no byte more."""

import re
from datetime import timedelta

import pytest

from release.repository.picture import work_tree
from release.repository.workspace import find_workspace
from release.rules.evaluation import run_checks
from release.rules.facts import Facts
from release.rules.rule import Severity
from release.versions import tag_of
from tests.release.cli.driver import Hmco, changed, changed_lines, snapshot


def errors(hmco: Hmco) -> set[str]:
    """Return what `check` counts as an error in the work tree as it is."""
    repo = hmco.repo
    picture = work_tree(repo.registry, find_workspace(repo.program_path))
    facts = Facts(picture, (hmco.now or repo.until).date())
    return {
        f"{finding.rule} {finding.file}: {finding.what}"
        for finding in run_checks(facts).findings
        if finding.severity is Severity.ERROR
    }


def change(hmco: Hmco, *charts: str) -> None:
    """Land changes that no version holds yet, longer ago than any soak time."""
    with hmco.repo.story() as story:
        for chart in charts or ("monitoring", "ml-platform"):
            story.change(chart)
    hmco.now = hmco.repo.until + timedelta(days=9)


def test_a_promotion_changes_one_line_of_one_file(hmco: Hmco) -> None:
    before = snapshot(hmco.repo.path)
    told = hmco.done("promote", "service-mesh", "--to", "staging").out
    assert changed(before, snapshot(hmco.repo.path)) == ["Pulumi.staging.yaml"]
    assert changed_lines(hmco.repo) == ["-    service-mesh: 1.2.0", "+    service-mesh: 1.3.0"]
    assert "git switch -c promote/service-mesh-1.3.0-to-staging" in told
    assert "staging needs 1 approval from platform" in told


def test_a_promotion_to_prod_tells_its_two_approvals_and_the_sync_by_hand(hmco: Hmco) -> None:
    told = hmco.done("promote", "monitoring", "--to", "prod").out
    assert "prod needs 2 approvals from team-leads, sre" in told
    assert told.endswith(
        "after the merge, in the updated checkout:\n  pulumi up --stack prod\n"
        "  kubectl apply --server-side --force-conflicts --field-manager=hmco --recursive "
        "-f build/prod  # into Argo CD's cluster\n"
        "  argocd app sync monitoring-prod  # prod is synced by hand\n"
    )
    assert "--revision" not in told


def test_what_dev_ran_is_cut_and_pinned_in_one_change(hmco: Hmco) -> None:
    change(hmco)
    before = snapshot(hmco.repo.path)
    hmco.done("promote", "monitoring", "minor", "--to", "staging")
    assert changed(before, snapshot(hmco.repo.path)) == [
        "Pulumi.staging.yaml",
        "helm/charts/monitoring/CHANGELOG.md",
        "helm/charts/monitoring/Chart.yaml",
    ]
    assert changed_lines(hmco.repo, "Pulumi.staging.yaml", "helm/charts/monitoring/Chart.yaml") == [
        "-    monitoring: 1.3.0",
        "+    monitoring: 1.4.0",
        "-version: 1.3.0",
        "+version: 1.4.0",
    ]
    log = (hmco.repo.chart_path("monitoring") / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [1.4.0] - 2026-06-24\n" in log
    assert "\n[1.4.0]: https://github.com/254CARBON/HMCo/releases/tag/monitoring-1.4.0\n" in log


def test_a_cut_says_what_the_commits_say_where_unreleased_is_empty(hmco: Hmco) -> None:
    values = hmco.repo.chart_path("vault") / "values.yaml"
    values.write_text(f"{values.read_text()}replicas: 3\n")
    hmco.repo.commit("feat(vault): run three replicas (#400)")
    hmco.done("cut", "vault", "minor")
    log = (hmco.repo.chart_path("vault") / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "### Added\n" in log
    assert "- Run three replicas\n" in log


def test_a_note_becomes_the_section_of_its_kind(hmco: Hmco) -> None:
    hmco.done("cut", "vault", "1.1.0", "--note", "security: rotate keys", "--note", "Faster start")
    log = (hmco.repo.chart_path("vault") / "CHANGELOG.md").read_text(encoding="utf-8")
    section = log.split("## [1.1.0]")[1].split("## [1.0.0]")[0]
    assert "### Security" in section
    assert "- rotate keys" in section
    assert "- Faster start" in section.split("### Changed")[1].split("###")[0]


def test_cutting_a_sub_chart_changes_its_parents_dependency_and_lock(hmco: Hmco) -> None:
    said = hmco.refused("cut", "trino", "minor")
    assert "the Unreleased section of data-platform, which deploys it, has nothing to say" in said
    change(hmco, "data-platform")
    before = snapshot(hmco.repo.path)
    told = hmco.done("cut", "trino", "minor").out
    assert changed(before, snapshot(hmco.repo.path)) == [
        "helm/charts/data-platform/Chart.lock",
        "helm/charts/data-platform/Chart.yaml",
        "helm/charts/data-platform/charts/trino/Chart.yaml",
    ]
    assert "data-platform deploys it and needs a version of its own next" in told
    assert errors(hmco) == set()


def test_a_rollback_writes_pin_and_hold_at_once(hmco: Hmco) -> None:
    told = hmco.done("rollback", "api-gateway", "--env", "prod", "--reason", "bad: 502s").out
    assert changed_lines(hmco.repo) == [
        "-    api-gateway: 1.4.0",
        "+    api-gateway: 1.2.0",
        "-  hmco:holds: {}",
        "+  hmco:holds:",
        '+    api-gateway: {reason: "bad: 502s", by: "Rita Releaser <rita@254carbon.example>"}',
    ]
    assert "argocd app rollback api-gateway-prod ID" in told
    assert "--sync-policy none" not in told, "prod does not sync by itself"


def test_a_rollback_where_argo_cd_syncs_by_itself_tells_to_stop_that_first(hmco: Hmco) -> None:
    told = hmco.done("rollback", "api-gateway", "--env", "staging").out
    assert "argocd app set api-gateway-staging --sync-policy none" in told
    assert told.index("--sync-policy none") < told.index("argocd app rollback")


def test_a_hold_stops_a_promotion_until_it_is_lifted(hmco: Hmco) -> None:
    hmco.done("hold", "service-mesh", "--env", "staging", "--reason", "game day", "--by", "Ann")
    hmco.repo.commit("hold service-mesh")
    said = hmco.refused("promote", "service-mesh", "--to", "staging")
    assert "staging holds service-mesh: game day (by Ann); lift it" in said
    hmco.done("unhold", "service-mesh", "--env", "staging", "--reason", "game day is over")
    hmco.repo.commit("unhold service-mesh")
    hmco.done("promote", "service-mesh", "--to", "staging")


COMMANDS = [
    ("promote", "service-mesh", "--to", "staging"),
    ("promote", "monitoring", "--to", "prod"),
    ("promote", "monitoring", "minor", "--to", "staging"),
    ("promote", "monitoring", "2.0.0-rc.1", "--to", "staging"),
    ("cut", "monitoring", "major"),
    ("cut", "vault", "patch", "--note", "Fixed: leak"),
    ("cut", "mlflow", "minor"),
    ("rollback", "api-gateway", "--env", "prod"),
    ("rollback", "api-gateway", "--env", "prod", "--to", "1.0.0", "--until", "2026-07-31"),
    ("hold", "vault", "--env", "prod", "--reason", 'it\'s "quoted": #1 {x}', "--by", "O'Neil"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_is_a_no_op_the_second_time(hmco: Hmco, command: tuple[str, ...]) -> None:
    change(hmco)
    hmco.done(*command)
    once = snapshot(hmco.repo.path)
    again = hmco.done(*command).out
    assert snapshot(hmco.repo.path) == once
    assert again.startswith("already in the work tree")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_git_revert_undoes_an_accepted_command(hmco: Hmco, command: tuple[str, ...]) -> None:
    change(hmco)
    before = hmco.repo.git("rev-parse", "HEAD^{tree}")
    hmco.done(*command)
    hmco.repo.commit("what the command did")
    hmco.repo.git("revert", "--no-edit", "HEAD")
    assert hmco.repo.git("rev-parse", "HEAD^{tree}") == before


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_dry_run_prints_the_diff_that_git_would_apply(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    change(hmco)
    before = snapshot(hmco.repo.path)
    diff = hmco.done(*command, "--dry-run").out
    assert snapshot(hmco.repo.path) == before
    patch = hmco.repo.path.parent / "dry.patch"
    patch.write_text(diff, encoding="utf-8")
    hmco.repo.git("apply", str(patch))
    applied = changed_lines(hmco.repo)
    hmco.repo.git("checkout", "--quiet", ".")
    hmco.done(*command)
    assert changed_lines(hmco.repo) == applied


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_answers_in_json_by_its_schema(hmco: Hmco, command: tuple[str, ...]) -> None:
    change(hmco)
    dry = hmco.answered("change", *command, "--dry-run")
    done = hmco.answered("change", *command)
    again = hmco.answered("change", *command)
    assert [dry["outcome"], done["outcome"], again["outcome"]] == ["dry-run", "done", "already"]
    assert dry["diff"] == done["diff"] != ""
    assert done["files"] == again["files"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_accepted_command_breaks_no_rule_of_check(hmco: Hmco, command: tuple[str, ...]) -> None:
    change(hmco)
    before = errors(hmco)
    hmco.done(*command)
    chart = command[1]
    version = hmco.answered("change", *command)["after"]
    hmco.repo.commit("what the command did")
    if command[0] in {"cut", "promote"}:
        # What the release workflow does after the merge; a version that was cut before has one.
        hmco.repo.git("tag", "--force", tag_of(chart, version)) if _new(hmco) else None
    assert errors(hmco) <= before


TYPED = [
    ("cut", "monitoring", "v1.9.0"),
    ("promote", "monitoring", "v1.9.0", "--to", "staging"),
    ("promote", "data-platform", "v1.4.0", "--to", "prod"),
    ("promote", "data-platform@v1.4.0", "--to", "prod"),
    ("rollback", "api-gateway", "--env", "prod", "--to", "v1.0.0"),
]


@pytest.mark.parametrize("command", TYPED, ids=" ".join)
def test_a_v_that_a_person_types_in_front_of_a_version_means_the_version(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    change(hmco)
    typed = hmco.done(*command, "--dry-run")
    plain = hmco.done(*(re.sub(r"(^|@)v(?=\d)", r"\1", word) for word in command), "--dry-run")
    assert typed == plain
    assert re.search(r"\b1\.\d\.0", typed.err)
    assert "v1." not in typed.err


def _new(hmco: Hmco) -> bool:
    return "Chart.yaml" in hmco.repo.git("show", "--name-only", "--format=", "HEAD")


def test_a_refusal_answers_in_json_by_its_schema(reader: Hmco) -> None:
    refused = reader.answered("refusal", "promote", "monitoring", "minor", "--to", "staging")
    assert refused["outcome"] == "refused"
    assert refused["reasons"][0]["code"] == "nothing-new"
    misused = reader.answered("refusal", "promote", "monitorin", "--to", "staging")
    assert misused["outcome"] == "misused"
    assert reader.answered("refusal", "promote")["outcome"] == "misused"


def test_the_work_trees_other_changes_are_left_alone(hmco: Hmco) -> None:
    hmco.repo.write("helm/charts/vault/values.yaml", "replicas: 9\n")
    hmco.repo.write("notes.txt", "mine\n")
    before = snapshot(hmco.repo.path)
    hmco.done("promote", "service-mesh", "--to", "staging")
    assert changed(before, snapshot(hmco.repo.path)) == ["Pulumi.staging.yaml"]


def test_decisions_follow_what_is_committed_and_not_what_is_being_edited(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.staging.yaml", "monitoring: 1.3.0", "monitoring: 1.2.0")
    hmco.done("promote", "monitoring", "--to", "prod")
    assert "+    monitoring: 1.3.0" in changed_lines(hmco.repo, "Pulumi.prod.yaml")


def test_a_command_works_from_any_folder_of_the_checkout_and_by_repo(hmco: Hmco) -> None:
    inside = hmco.repo.chart_path("vault")
    told = hmco("promote", "service-mesh", "--to", "staging", cwd=inside).out
    assert "cd ../../.." in told
    away = hmco("status", "vault", "--repo", str(hmco.repo.path), cwd=hmco.repo.path.parent)
    assert away.code == 0


def test_a_soak_that_no_merge_began_is_told_where_it_counts(hmco: Hmco) -> None:
    promotion = ("promote", "data-platform", "--to", "prod", "--dry-run")
    assert "no merge" not in hmco.done(*promotion).err
    hmco.repo.edit("Pulumi.staging.yaml", "data-platform: 1.4.0", "data-platform: 1.3.0")
    hmco.repo.commit("Back")
    hmco.repo.edit("Pulumi.staging.yaml", "data-platform: 1.3.0", "data-platform: 1.4.0")
    hmco.repo.commit("Forth")
    assert "no merge brought data-platform to main" in hmco.done(*promotion).err
