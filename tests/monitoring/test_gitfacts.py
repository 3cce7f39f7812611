"""Git's facts in Prometheus: what PromQL counts is what Python counts."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from release.metrics.exposition import text_of
from release.metrics.numbers import Metrics, Numbers, Window, metrics, middle, standing_of
from release.metrics.openmetrics_families import families
from release.metrics.timeline import Timeline, told
from release.monitoring import queries
from release.monitoring.gitfacts import History, one_line
from release.monitoring.records import record_groups
from release.repository.git.commits import Commit, Identity
from release.repository.pins import PastHold
from tests.monitoring.promtool import Case, judged, promtool
from tests.monitoring.questions import SOAK, share
from tests.release.metrics.histories import DAY, START, Step, timeline_of
from tests.release.metrics.test_numbers import SETUP

END = START + 40 * DAY
DAYS = 30


def random_timeline(seed: int) -> Timeline:
    """Return a history of forty days in which anything may have happened."""
    pick = random.Random(seed)  # noqa: S311 -- a test's history, not a secret
    versions = [f"1.{n}.0" for n in range(8)]
    places = [(e, c) for e in ("dev", "staging", "prod") for c in ("web", "db")]
    steps = [Step(h * 12, pick.choice(places), pick.choice(versions)) for h in range(70)]
    cuts = {(c, v): n * 100 for c in ("web", "db") for n, v in enumerate(versions)}
    return timeline_of([*SETUP, *steps], cuts=cuts)


def expected(result: Metrics) -> dict[str, list[tuple[str, float]]]:
    """Return what each question must answer, by the numbers that Python has."""

    def answers(number: Mapping[str, float | None]) -> list[tuple[str, float]]:
        return [
            (f'{{environment="{name}"}}', value)
            for name, value in number.items()
            if value is not None
        ]

    def of(told_by: "dict[str, Numbers]", name: str) -> dict[str, float | None]:
        return {e: getattr(numbers, name) for e, numbers in told_by.items()}

    by = dict(result.environments)
    days = str(DAYS)
    return {
        queries.deployments(days): answers(
            {e: count or None for e, count in of(by, "deployments").items()}
        ),
        queries.change_fail_rate(days): answers(of(by, "change_fail_rate")),
        share(days, kind="rollback"): answers(of(by, "rollback_rate")),
        **{
            queries.median_of(family, days): answers(
                {e: middle(getattr(numbers, name)) for e, numbers in by.items()}
            )
            for family, name in (
                (queries.RECOVERY, "recovery"),
                (queries.WAITED, "waited"),
                (SOAK, "soak"),
            )
        },
    }


def quiet_timeline() -> Timeline:
    """Return a history in which everything went well: its rates are 0 and not nothing."""
    return timeline_of([*SETUP, Step(800, ("prod", "web"), "1.1.0")])


def case_of(seed: int | None) -> Case:
    timeline = quiet_timeline() if seed is None else random_timeline(seed)
    window = Window(END - DAYS * DAY, END)
    facts = families(timeline, told(timeline), standing_of(timeline, lambda _: True))
    return Case(
        name=f"history {seed}",
        groups=[
            {"name": f"facts-{n}", "rules": rules} for n, rules in enumerate(record_groups(facts))
        ],
        at="0s",
        start=END.isoformat().replace("+00:00", "Z"),
        answers=expected(metrics(timeline, window, lambda _: True)),
    )


def test_promql_and_python_agree_exactly_on_random_histories(tmp_path: Path) -> None:
    assert judged(tmp_path, [case_of(seed) for seed in (None, *range(12))]) == ""


def test_a_number_that_is_off_by_one_is_seen(tmp_path: Path) -> None:
    right = case_of(1)
    question, answers = next(iter(right.answers.items()))
    labels, value = answers[0]
    wrong = Case(
        name="wrong",
        groups=right.groups,
        at=right.at,
        start=right.start,
        answers={question: [(labels, value + 1), *answers[1:]]},
    )
    assert judged(tmp_path, [wrong]) != ""


def test_promtool_lints_what_is_printed_for_prometheus() -> None:
    timeline = random_timeline(3)
    facts = families(timeline, told(timeline), standing_of(timeline, lambda _: True))
    done = promtool("check", "metrics", stdin=text_of(facts))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_real_openmetrics_parser_reads_what_is_printed(tmp_path: Path) -> None:
    timeline = random_timeline(4)
    facts = families(timeline, told(timeline), standing_of(timeline, lambda _: True))
    text = tmp_path / "metrics.txt"
    # Backfilling wants a time with each sample; the parser is the one that scrapes use.
    lines = text_of(facts).splitlines()
    stamp = int(END.timestamp())
    text.write_text(
        "\n".join(line if line.startswith("#") else f"{line} {stamp}" for line in lines) + "\n"
    )
    done = promtool(
        "tsdb", "create-blocks-from", "openmetrics", str(text), str(tmp_path / "blocks")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((tmp_path / "blocks").iterdir())


def test_the_facts_of_an_environment_change_with_landings_and_not_with_the_clock() -> None:
    history = History(timeline_of([*SETUP, Step(10, ("prod", "web"), "1.1.0")]), {})
    first, *_ = history.facts("prod", 1)
    assert [sample.labels["version"] for sample in first.samples] == ["1.0.0", "1.1.0"]
    late = History(timeline_of([*SETUP, Step(100, ("prod", "web"), "1.1.0")]), {})
    first, *_ = late.facts("prod", 1)
    assert [sample.labels["version"] for sample in first.samples] == ["1.1.0"]


@pytest.mark.parametrize("count", [1, 1999, 2000, 2001, 4500])
def test_facts_are_split_into_objects_far_below_the_limit(count: int) -> None:
    steps = [Step(n, ("prod", "web"), f"1.{n}.0") for n in range(count)]
    timeline = timeline_of(steps)
    (landings, *_) = families(timeline, told(timeline), standing_of(timeline, lambda _: False))
    groups = list(record_groups([landings]))
    assert sum(map(len, groups)) == count
    assert max(map(len, groups)) <= 2000
    assert max(len(str(group)) for group in groups) < 1_000_000


def test_an_empty_history_has_families_without_samples() -> None:
    empty = timeline_of([])
    made = families(empty, told(empty), standing_of(empty, lambda _: True))
    assert all(not family.samples for family in made)
    assert text_of(made) == "# EOF\n"


WEB = ("prod", "web")
HELD = PastHold("it burns", "Rita", None)


def noted(*steps: Step, version: str = "1.1.0") -> dict[str, str]:
    """Return what messages may quote of the chart in production, by the last part of its key."""
    timeline = timeline_of(steps)
    who = Identity("Ada", "ada@example.org")
    commits = {
        move.commit: Commit(move.commit, (), who, who, START, "Promote", "", "Promote")
        for move in timeline.moves
        if move.moved
    }
    found = History(timeline, commits).annotations(*WEB, version)
    return {key.partition("/")[2]: value for key, value in found.items()}


def test_who_pinned_a_version_is_told_of_the_one_that_landed_last_alone() -> None:
    steps = (Step(0, WEB, "1.0.0"), Step(10, WEB, "1.1.0"))
    told_of = noted(*steps)
    assert {"Ada", "Promote", "1.0.0", "promotion"} <= set(told_of.values())
    assert noted(*steps, version="1.0.0") == {}


def test_a_hold_is_that_of_whoever_set_it_and_none_once_it_is_lifted() -> None:
    steps = (Step(0, WEB, "1.0.0"), Step(5, WEB, "1.0.0", HELD), Step(9, WEB, "1.1.0", HELD))
    kept = set(noted(*steps).values())
    assert {"it burns", "Rita", timeline_of(steps).moves[1].commit} <= kept
    assert "it burns" not in noted(*steps, Step(12, WEB, "1.1.0")).values()


def test_the_first_moment_of_the_days_belongs_to_those_before() -> None:
    history = History(timeline_of([Step(0, WEB, "1.0.0"), Step(24, WEB, "1.1.0")]), {})
    first, *_ = history.facts("prod", 1)
    assert [sample.labels["version"] for sample in first.samples] == ["1.1.0"]


def test_a_long_reason_is_cut_to_what_a_message_has_room_for() -> None:
    assert one_line("a" * 200) == "a" * 200
    assert one_line("a" * 201) == "a" * 199 + "…"
