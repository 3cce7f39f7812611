"""`hmco metrics` over a whole estate, in each of its forms."""

from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from demo.gitprogram import git
from tests.release.cli.driver import Hmco


def test_a_row_for_each_environment_and_counts_beside_every_rate(reader: Hmco) -> None:
    lines = reader.done("metrics", "--since", "365d").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["ENV", "dev", "staging", "prod"]
    assert "3/15 = 20%" in lines[-1]


def test_a_chart_has_a_row_for_each_of_its_environments(reader: Hmco) -> None:
    lines = reader.done("metrics", "--chart", "storage", "--env", "prod").out.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [["storage", "prod"]]


def test_a_chart_that_is_and_was_nowhere_is_named_and_alone_has_no_table(hmco: Hmco) -> None:
    for name in ("dev", "staging", "prod"):
        path = hmco.repo.stack_path(name)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "    storage: " not in line))
    hmco.repo.commit("Run storage nowhere\n")
    told = hmco.done("metrics", "--chart", "storage", "--chart", "vault", "--since", "1d").out
    _, line, header, *rows = told.splitlines()
    assert line.startswith("storage: no version is pinned in any environment, and none has landed")
    assert header.startswith("CHART")
    assert {row.split()[0] for row in rows} == {"vault"}
    alone = hmco.done("metrics", "--chart", "storage", "--env", "prod", "--since", "1d").out
    assert alone.splitlines()[1:] == [line.replace("any environment", "prod")]


def test_the_answer_keeps_its_schema_and_says_what_history_says(reader: Hmco) -> None:
    answer = reader.answered("metrics", "metrics", "--since", "365d", "--chart", "storage")
    history = reader.answered("history", "history", "storage")["changes"]
    landed = {(c["commit"], c["environment"]) for c in history if c["before"] != c["after"]}
    landed = {item for item in landed if item[1] != "dev"}
    assert {(c["commit"], c["environment"]) for c in answer["landings"]} == landed
    assert {item["name"] for item in answer["definitions"]} >= {"changeFailRate", "driftVersions"}


def test_openmetrics_parse_and_hold_every_landing(reader: Hmco) -> None:
    text = reader.done("metrics", "--since", "365d", "--openmetrics").out
    families = {family.name: family for family in text_string_to_metric_families(text)}
    landings = reader.answered("metrics", "metrics", "--since", "365d")["landings"]
    assert len(families["hmco_landing_timestamp_seconds"].samples) == len(landings)
    assert text.endswith("# EOF\n")


def test_a_shallow_clone_is_refused_and_not_half_counted(hmco: Hmco) -> None:
    clone = hmco.repo.path.parent / "shallow"
    git(hmco.repo.path.parent, "clone", "-q", "--depth", "5", f"file://{hmco.repo.path}", "shallow")
    answer = hmco("metrics", cwd=clone)
    assert answer.code == 1
    assert "numbers count every landing" in answer.err
    assert "git fetch --unshallow --tags" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("since", ["yesterday", "30", "0d", "2026-13-01", "-1d", "30 d", ""])
def test_a_period_that_is_none_is_misuse(reader: Hmco, since: str) -> None:
    answer = reader("metrics", f"--since={since}")
    assert answer.code == 2
    assert "neither a day, such as 2026-12-31, nor a number of them, such as 30d" in answer.err


def test_an_unknown_chart_and_an_unknown_environment_are_refused_together(reader: Hmco) -> None:
    answer = reader("metrics", "--chart", "nope", "--env", "moon")
    assert answer.code != 0
    assert "nope" in answer.err
    assert "moon" in answer.err


def test_an_unrelated_commit_changes_no_number(hmco: Hmco) -> None:
    before = hmco.done("metrics", "--since", "365d", "--json").out
    (hmco.repo.path / "NOTES.md").write_text("nothing about pins\n")
    git(hmco.repo.path, "add", "NOTES.md")
    git(hmco.repo.path, "commit", "-q", "-m", "Note something")
    assert hmco.done("metrics", "--since", "365d", "--json").out == before


def test_a_day_begins_at_midnight_utc(reader: Hmco) -> None:
    day = (reader.repo.until - timedelta(days=3)).date()
    answer = reader.answered("metrics", "metrics", "--since", day.isoformat())
    assert answer["since"] == f"{day}T00:00:00+00:00"


def test_a_stack_file_that_was_unreadable_once_is_told_on_stderr(hmco: Hmco) -> None:
    path = hmco.repo.path / "Pulumi.prod.yaml"
    text = path.read_text()
    for content, title in ((": [", "Break prod"), (text, "Repair prod")):
        path.write_text(content)
        git(hmco.repo.path, "commit", "-q", "-am", title)
    answer = hmco.done("metrics", "--since", "365d")
    assert "prod cannot be read in" in answer.err
