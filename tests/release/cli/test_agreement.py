"""Commands and check never disagree: what a command accepts, check finds no fault with.

Each state is one fault or oddity that an estate can be in. In each of them every command is tried:
where it is accepted, `hmco check` has no error afterwards that it did not have before; where the
outcome alone breaks a rule, the refusal says so in the rule's own words.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
import yaml

from demo.repository import EstateRepo
from release.argocd.manifests import environment_manifests
from release.repository.picture import work_tree
from release.repository.workspace import find_workspace
from release.rules.evaluation import run_checks
from release.rules.facts import Facts
from release.rules.rule import Severity
from tests.release.cli.driver import Hmco, snapshot

MONITORING = "helm/charts/monitoring"
VAULT = "helm/charts/vault"

COMMANDS = (
    ("promote", "data-platform", "--to", "prod"),
    ("promote", "monitoring", "--to", "prod"),
    ("promote", "monitoring", "minor", "--to", "staging"),
    ("cut", "monitoring", "minor"),
    ("cut", "vault", "patch", "--note", "Fixed: leak"),
    ("cut", "trino", "minor", "--note", "Fixed: leak"),
    ("rollback", "api-gateway", "--env", "prod"),
    ("hold", "vault", "--env", "prod", "--reason", "audit"),
    ("unhold", "storage", "--env", "prod", "--reason", "looked into"),
)


def _committed(file: str, old: str, new: str) -> Callable[[EstateRepo], object]:
    def breaks(repo: EstateRepo) -> None:
        repo.edit(file, old, new)
        repo.commit(f"Edit {file}")

    return breaks


def _tag_off_the_trunk(repo: EstateRepo, tag: str = "monitoring-1.3.0") -> None:
    elsewhere = repo.git("commit-tree", f"{tag}^{{tree}}", "-m", "Squashed elsewhere").strip()
    repo.git("tag", "--force", tag, elsewhere)


def _value_file_came_later(repo: EstateRepo) -> None:
    """Let production read a value file that no released version has yet."""
    repo.git("rm", "--quiet", f"{MONITORING}/values/prod.yaml")
    repo.commit("Forget it")
    repo.git("tag", "--force", "monitoring-1.3.0", "HEAD")
    repo.git("checkout", "HEAD~1", "--", f"{MONITORING}/values/prod.yaml")
    repo.commit("Find it again")


def _applied_by_hand(repo: EstateRepo) -> None:
    """Commit what the program made of production where somebody applies it from."""
    picture = work_tree(repo.registry, find_workspace(repo.program_path))
    made = environment_manifests(repo.registry, picture.estate.environments["prod"])
    repo.write("apps/prod.yaml", yaml.safe_dump_all(map(dict, made.applications.values())))
    repo.commit("Keep a copy")


def _dated_tomorrow(repo: EstateRepo) -> None:
    """Let the newest section be of tomorrow's day: a version cut today would run against it."""
    log = repo.path / MONITORING / "CHANGELOG.md"
    text = log.read_text(encoding="utf-8")
    day = text.partition("## [1.3.0] - ")[2][:10]
    tomorrow = (repo.until + timedelta(days=1)).date().isoformat()
    log.write_text(text.replace(f"## [1.3.0] - {day}", f"## [1.3.0] - {tomorrow}"))
    repo.commit("Date it east of here")


def _held(repo: EstateRepo) -> None:
    with repo.story() as story:
        story.hold("storage", "prod", "looking into it")


def _rolled_back(repo: EstateRepo) -> None:
    with repo.story() as story:
        story.roll_back("storage", "prod", "1.2.0")


STATES: dict[str, Callable[[EstateRepo], object]] = {
    "sound": lambda _: None,
    "a pinned version lost its tag": lambda repo: repo.git("tag", "-d", "monitoring-1.3.0"),
    "a tag is off the trunk": _tag_off_the_trunk,
    "the version to go back to is off the trunk": lambda repo: _tag_off_the_trunk(
        repo, "api-gateway-1.1.0"
    ),
    "a tag holds another version": lambda repo: repo.git(
        "tag", "--force", "monitoring-1.3.0", "monitoring-1.2.0^{}"
    ),
    "a value file came after the tag": _value_file_came_later,
    "a changelog is dated tomorrow": _dated_tomorrow,
    "a copy of what was made is committed": _applied_by_hand,
    "a changelog has another form": _committed(
        f"{VAULT}/CHANGELOG.md", "## [1.0.0] -", "## [v1.0.0] -"
    ),
    "a section is of no kind": _committed(
        f"{VAULT}/CHANGELOG.md", "### Added", "### Improved"
    ),
    "Unreleased holds a shell expression": _committed(
        f"{MONITORING}/CHANGELOG.md", "## [Unreleased]\n",
        "## [Unreleased]\n\n### Fixed\n- On $(date +%F)\n",
    ),
    "a lock is not of its chart": _committed(
        "helm/charts/data-platform/Chart.lock", "digest: sha256:", "digest: sha256:0"
    ),
    "a chart states no exact version": _committed(
        f"{VAULT}/Chart.yaml", "version: 1.0.0", "version: 1.0"
    ),
    "a hold stands": _held,
    "a version was rolled back from": _rolled_back,
    "an edit is not committed": lambda repo: repo.edit(
        f"{VAULT}/values.yaml", "revision: 1\n", "revision: 9\n"
    ),
}  # fmt: skip  # one state, one entry


def faults(repo: EstateRepo) -> Counter[tuple[str, str, str, str]]:
    """Count the errors of check by rule and place; their words may name a version that moved."""
    picture = work_tree(repo.registry, find_workspace(repo.program_path))
    return Counter(
        (found.rule, found.file, found.chart, found.environment)
        for found in run_checks(Facts(picture, repo.until.date())).findings
        if found.severity is Severity.ERROR
    )


@pytest.mark.parametrize("state", STATES)
def test_after_an_accepted_command_check_has_no_error_that_it_did_not_have(
    hmco: Hmco, state: str
) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until - timedelta(days=3))
    STATES[state](hmco.repo)
    before, start = faults(hmco.repo), snapshot(hmco.repo.path)
    accepted = 0
    for command in COMMANDS:
        result = hmco(*command)
        if result.code:
            now = snapshot(hmco.repo.path)
            assert now == start, f"{command} was refused and changed something"
            continue
        accepted += 1
        assert not faults(hmco.repo) - before, f"{command}: {faults(hmco.repo) - before}"
        _back(hmco, start)
    assert accepted >= 3, "a fault of one chart stops no command on another"


def _back(hmco: Hmco, start: dict[str, tuple[int, bytes]]) -> None:
    """Put the work tree back as it was, the edit that was not committed too."""
    for path, (_, content) in snapshot(hmco.repo.path).items():
        if path not in start and not path.startswith(".git/"):
            (hmco.repo.path / path).unlink()
        elif path in start and start[path][1] != content:
            (hmco.repo.path / path).write_bytes(start[path][1])


@pytest.mark.parametrize(
    ("state", "command", "rule", "words"),
    [
        (
            "a value file came after the tag",
            ("promote", "monitoring", "--to", "prod"),
            "value-file-missing-at-pin",
            "values/prod.yaml",
        ),
        (
            "the version to go back to is off the trunk",
            ("rollback", "api-gateway", "--env", "prod", "--to", "1.1.0"),
            "tag-off-branch",
            "tag api-gateway-1.1.0 is not part of main",
        ),
        (
            "a copy of what was made is committed",
            ("promote", "data-platform", "--to", "prod"),
            "legacy-application",
            "data-platform-prod names refs/tags/data-platform-",
        ),
        (
            "a changelog is dated tomorrow",
            ("cut", "monitoring", "minor"),
            "changelog-date",
            "1.3.0 is dated 2026-06-16, after the newer 1.4.0",
        ),
    ],
)
def test_what_the_outcome_would_break_is_refused_in_the_rules_words(
    hmco: Hmco, state: str, command: tuple[str, ...], rule: str, words: str
) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until - timedelta(days=3))
    STATES[state](hmco.repo)
    said = hmco.refused(*command)
    assert words in said
    assert rule in said
    assert rule in {reason["code"] for reason in hmco(*command, "--json").json["reasons"]}
    for file in ("Pulumi.prod.yaml", f"{MONITORING}/CHANGELOG.md"):
        with (hmco.repo.path / file).open("a", encoding="utf-8") as text:
            text.write("\n")
    both = {reason["code"] for reason in hmco(*command, "--json").json["reasons"]}
    assert {rule, "dirty"} <= both, "all that forbids it is told at once"


@pytest.mark.parametrize(
    "command",
    [
        ("promote", "data-platform", "--to", "prod"),
        ("rollback", "data-platform", "--env", "prod"),
    ],
    ids=lambda command: command[0],
)
def test_a_move_tells_what_check_holds_against_its_chart_and_no_other(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    for chart in ("data-platform", "storage"):
        hmco.repo.git("rm", "--quiet", f"helm/charts/{chart}/CHANGELOG.md")
    hmco.repo.commit("Lose two changelogs\n")
    told = hmco.done(*command, "--dry-run").err
    notes = [line for line in told.splitlines() if line.startswith("note: check already faults ")]
    assert [note.split()[-1] for note in notes] == [
        "(changelog-missing)",
        "(released-files-changed)",
    ]
    assert all("data-platform" in note and "storage" not in note for note in notes)
    answer = hmco.answered("change", *command)
    held = [remark for remark in answer["remarks"] if "check already faults" in remark]
    assert [f"note: {remark}" for remark in held] == notes


def test_of_many_errors_a_promotion_tells_three_and_where_the_others_are(hmco: Hmco) -> None:
    folder = "helm/charts/data-platform"
    for name in ("values/prod.yaml", "values/staging.yaml", "CHANGELOG.md"):
        hmco.repo.git("rm", "--quiet", f"{folder}/{name}")
    hmco.repo.edit(f"{folder}/Chart.yaml", "apiVersion: v2\n", "")
    hmco.repo.commit("Break it\n")
    answer = hmco.answered("change", "promote", "data-platform", "--to", "prod", "--dry-run")
    held = [remark for remark in answer["remarks"] if remark.startswith("check already faults ")]
    assert len(held) == 3
    assert answer["remarks"][-1].endswith(" more: hmco check --chart data-platform")
