"""What guards the repository: paths that guard nothing, a wrong folder, old files, broken glass."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.rules.rule import Severity
from tests.release.cli.driver import Hmco
from tests.release.rules.asking import ask, line_of, the_one

PROD = "Pulumi.prod.yaml"
OWNERS = ".github/CODEOWNERS"
BEGUN = ("credentials: none\n    api", "credentials: token\n    api")
REASON = "storage filled up: nobody answered"


def named(estate: EstateRepo, rule: str) -> list[str]:
    return [finding.what for finding in ask(estate).findings if finding.rule == rule]


@pytest.fixture
def rendered(hmco: Hmco) -> EstateRepo:
    """Give an estate whose files for GitHub have been rendered by our own command."""
    hmco.done("render", "--repository")
    return hmco.repo


def test_a_pattern_that_matches_no_file_is_told_at_its_own_line(estate: EstateRepo) -> None:
    paths = "\n    - {patterns: [README.md, helm/**], team: sre, approvals: 1}"
    idle = "\n    - patterns:\n      - helm/charts/*\n      - terrafrom/*\n      team: sre\n"
    estate.write("README.md", "The estate.\n")
    estate.git("add", "README.md")
    estate.edit(PROD, "paths: []", f"paths:{paths}{idle}      approvals: 1")
    finding = the_one(ask(estate), "github-path-idle")
    assert finding.what == "repository.paths.1: no file matches terrafrom/*"
    assert (finding.file, finding.line) == (PROD, line_of(estate, PROD, "terrafrom/*"))
    estate.edit(PROD, "      - terrafrom/*\n", "")
    assert named(estate, "github-path-idle") == []


def test_a_file_that_git_does_not_know_is_no_match(estate: EstateRepo) -> None:
    estate.edit(PROD, "paths: []", "paths: [{patterns: [notes/*], team: sre, approvals: 1}]")
    estate.write("notes/one.md", "x\n")
    assert named(estate, "github-path-idle") == ["repository.paths.0: no file matches notes/*"]
    estate.git("add", "notes/one.md")
    assert named(estate, "github-path-idle") == []


def test_a_folder_that_the_program_does_not_lie_in_is_told(estate: EstateRepo) -> None:
    assert named(estate, "github-folder-differs") == []
    estate.edit(PROD, 'folder: ""', "folder: deploy")
    finding = the_one(ask(estate), "github-folder-differs")
    assert finding.what == 'the program lies in "", and repository.folder says "deploy"'
    assert (finding.file, finding.line) == (PROD, line_of(estate, PROD, "folder: deploy"))
    assert finding.severity is Severity.WARNING, "nothing is guarded yet, so nothing is broken"
    estate.edit(PROD, *BEGUN)
    assert the_one(ask(estate), "github-folder-differs").severity is Severity.ERROR


def test_files_as_rendered_are_fine_and_each_that_is_not_is_told(rendered: EstateRepo) -> None:
    assert named(rendered, "github-file-stale") == []
    path = rendered.path / OWNERS
    path.write_text(path.read_text() + "* @someone-else\n")
    finding = the_one(ask(rendered), "github-file-stale")
    assert finding.what == f"{OWNERS} is not what registry and stack files say"
    assert finding.file == OWNERS


def test_a_ruleset_that_nobody_wants_is_told(rendered: EstateRepo) -> None:
    left_over = ".github/rulesets/hmco-old.json"
    rendered.write(left_over, "{}\n")
    rendered.write(".github/rulesets/README.md", "How these are imported\n")
    assert named(rendered, "github-file-stale") == [f"{left_over} must not be there"]


def test_files_are_no_duty_before_the_guard_has_begun_and_where_pulumi_writes_them(
    estate: EstateRepo,
) -> None:
    assert not (estate.path / OWNERS).exists()
    assert named(estate, "github-file-stale") == []
    estate.edit(PROD, *BEGUN)
    assert f"{OWNERS} is not what registry and stack files say" in named(
        estate, "github-file-stale"
    )
    estate.edit(PROD, "files: rendered", "files: pulumi")
    assert named(estate, "github-file-stale") == []


def test_a_bypass_asks_for_a_review_until_somebody_has_done_it(estate: EstateRepo) -> None:
    assert named(estate, "bypass-unreviewed") == []
    commit = estate.commit(f"Roll back\n\nBreak-glass: prod: {REASON}\n")
    finding = the_one(ask(estate), "bypass-unreviewed")
    assert finding.what.startswith(f"{commit[:10]} went past the approvals of prod ({REASON}, by ")
    assert finding.file == PROD
    assert f"Reviewed: {commit[:10]}: WHAT" in finding.fix
    estate.commit("Look\n\nReviewed: 0123456789: another one\n")
    assert len(named(estate, "bypass-unreviewed")) == 1, "a review is of one commit"
    estate.commit(f"Look\n\nReviewed: {commit[:10]}: it was right\n")
    assert named(estate, "bypass-unreviewed") == []


def test_history_shows_a_bypass_in_its_column_and_its_json(estate: EstateRepo, hmco: Hmco) -> None:
    estate.edit(PROD, "    storage: ", "    # by hand\n    storage: ")
    assert "bypassed" not in hmco.done("history", "storage").out
    before = hmco.answered("history", "history", "storage")
    assert {change["bypassed"] for change in before["changes"]} == {None}
    move(estate)
    estate.commit(f"Roll back storage\n\nBreak-glass: prod: {REASON}\n")
    assert f"bypassed: {REASON}" in " ".join(hmco.done("history", "storage").out.split())
    changes = hmco.answered("history", "history", "storage")["changes"]
    told = [change for change in changes if change["bypassed"]]
    assert [(each["environment"], each["bypassed"]) for each in told] == [("prod", REASON)]


def move(estate: EstateRepo) -> None:
    """Pin another released version of storage in production."""
    path: Path = estate.path / PROD
    lines = path.read_text().splitlines(keepends=True)
    (index,) = (n for n, line in enumerate(lines) if line.startswith("    storage: "))
    now = lines[index].split()[1]
    tags = estate.git("tag", "--list", "storage-[0-9]*").splitlines()
    other = next(tag.removeprefix("storage-") for tag in tags if tag != f"storage-{now}")
    lines[index] = f"    storage: {other}\n"
    path.write_text("".join(lines))
