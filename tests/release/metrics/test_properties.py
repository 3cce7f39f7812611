"""What must hold of every history, whatever happened in it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from release.metrics.numbers import Numbers, Window
from release.metrics.timeline import Timeline, Way
from release.versions import lower
from tests.release.metrics.histories import (
    HOUR,
    START,
    WAYS,
    Step,
    histories,
    numbers_of,
    timeline_of,
)

HOURS = st.integers(-1, 130)


def counts(numbers: Numbers) -> dict[str, object]:
    """Return all that adds up, durations as sorted lists."""
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in vars(numbers).items()
    }


def added(one: Numbers, other: Numbers) -> dict[str, object]:
    total = counts(one)
    for name, value in counts(other).items():
        before = total[name]
        if isinstance(value, dict) and isinstance(before, dict):
            total[name] = {k: before.get(k, 0) + value.get(k, 0) for k in {*before, *value}}
        elif isinstance(value, list) and isinstance(before, list):
            total[name] = sorted(before + value)
        elif isinstance(value, int) and isinstance(before, int):
            total[name] = before + value
    return total


def timeline(steps: list[Step]) -> Timeline:
    cuts = {("web", v): n for n, v in enumerate(("1.0.0", "1.1.0", "1.2.0", "2.0.0"))}
    return timeline_of(steps, cuts=cuts)


@given(histories(), HOURS, HOURS, HOURS)
def test_periods_side_by_side_add_up(steps: list[Step], a: int, b: int, c: int) -> None:
    start, middle, end = (START + hours * HOUR for hours in sorted((a, b, c)))
    given_ = timeline(steps)
    whole = numbers_of(given_, Window(start, end))
    parts = [numbers_of(given_, w) for w in (Window(start, middle), Window(middle, end))]
    for place, numbers in whole.places.items():
        assert counts(numbers) == added(*(part.places.get(place, Numbers()) for part in parts))


@given(histories())
def test_environments_are_the_sums_of_their_charts(steps: list[Step]) -> None:
    result = numbers_of(timeline(steps))
    for name, numbers in result.environments.items():
        total = Numbers()
        for place, part in result.places.items():
            if place[0] == name:
                for key, value in added(total, part).items():
                    setattr(total, key, value)
        assert counts(numbers) == counts(total)


@given(histories())
def test_a_landing_that_moves_nothing_changes_nothing(steps: list[Step]) -> None:
    repeated = [again for step in steps for again in (step, replace(step, hours=step.hours + 0.5))]
    assert numbers_of(timeline(steps)).places == numbers_of(timeline(repeated)).places


@given(histories())
def test_renaming_an_environment_changes_labels_only(steps: list[Step]) -> None:
    names = {"dev": "dev", "staging": "test", "prod": "live"}
    ways = {
        names[name]: replace(way, sources=tuple(names[s] for s in way.sources))
        for name, way in WAYS.items()
    }
    renamed = [replace(s, place=(names[s.place[0]], s.place[1])) for s in steps]
    before = numbers_of(timeline(steps)).places
    after = numbers_of(replace(timeline(renamed), ways=ways)).places
    assert {(names[e], c): n for (e, c), n in before.items()} == after


@given(histories())
def test_one_chart_says_nothing_of_another(steps: list[Step]) -> None:
    alone = [step for step in steps if step.place[1] == "web"]
    places = numbers_of(timeline(steps)).places
    assert {p: n for p, n in places.items() if p[1] == "web"} == numbers_of(timeline(alone)).places


@given(histories())
def test_rates_are_shares(steps: list[Step]) -> None:
    for numbers in numbers_of(timeline(steps)).places.values():
        fail, back = numbers.change_fail_rate, numbers.rollback_rate
        assert fail is None or 0 <= fail <= 1
        assert (back is None) == (numbers.deployments == 0)
        assert back is None or 0 <= back <= 1
        assert (
            numbers.deployments
            == numbers.first + numbers.promotions + numbers.rollbacks + numbers.returns
        )
        assert len(numbers.recovery) == numbers.failed <= numbers.rollbacks


@given(histories())
def test_a_rollback_added_at_the_end_never_lowers_the_fail_rate(steps: list[Step]) -> None:
    place = ("prod", "web")
    end = max((step.hours for step in steps), default=0) + 1
    base = [*steps, Step(end, place, "1.1.0"), Step(end + 1, place, "2.0.0")]
    before = numbers_of(timeline(base)).places[place]
    after = numbers_of(timeline([*base, Step(end + 2, place, "1.0.0")])).places[place]
    assert after.failed == before.failed + 1
    assert (after.change_fail_rate or 0) > (before.change_fail_rate or 0)


@given(histories())
def test_drift_is_nothing_if_and_only_if_the_pin_is_no_lower_than_its_source(
    steps: list[Step],
) -> None:
    given_ = timeline(steps)
    for (environment, chart), drift in numbers_of(given_).standing.drift.items():
        (source,) = given_.ways[environment].sources
        top, pin = given_.pins[source, chart], given_.pins[environment, chart]
        if top != "main":
            assert (drift.versions > 0) == lower(pin, top)


def test_a_way_needs_no_source() -> None:
    lone = timeline_of([Step(0, ("x", "web"), "1.0.0")], ways={"x": Way()})
    assert numbers_of(lone).standing.drift == {}
