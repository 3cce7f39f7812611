"""Pins and holds are dated by the landing that brought them."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.environments import six_environments
from bench.registries import estate_registry
from demo.builder import build_estate
from demo.repository import EstateRepo
from release.repository.git.checkout import open_repository
from release.repository.git.errors import HistoryIncompleteError
from release.repository.pinhistory import PinChange, PinHistory, read_pin_history
from release.repository.pins import Pins, read_document
from tests.estate.scratch import START, Scratch

FILE = "Pulumi.prod.yaml"
FILES = {"prod": FILE}
HOUR = timedelta(hours=1)


def pins_of(content: bytes) -> Pins:
    """Return the pins of a stack file by the YAML parser alone."""
    return read_document(content).pins


def stack(version: str, *, comment: str = "", holds: str = " {}", other: str = "1.0.0") -> str:
    return (
        f"config:\n  hmco:versions:\n    storage: {version}{comment}\n    vault: {other}\n"
        f"  hmco:holds:{holds}\n"
    )


def history_of(estate: EstateRepo) -> PinHistory:
    files = {spec.name: f"Pulumi.{spec.name}.yaml" for spec in estate.environments}
    return read_pin_history(open_repository(estate.path), estate.branch, files)


def since(scratch: Scratch, chart: str = "storage") -> PinChange | None:
    """Return the landing of the present pin, None where there is none."""
    changes = read_pin_history(scratch.repository, "main", FILES).of("prod", chart)
    moved = next((change for change in changes if change.moved), None)
    return moved if moved and moved.after is not None else None


def pins_one_by_one(estate: EstateRepo) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """Return (commit, pin) wherever a pin differs from the first parent's, the slow plain way."""
    moves: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for spec in estate.environments:
        path = f"Pulumi.{spec.name}.yaml"
        last: dict[str, str] = {}
        for commit in estate.git("rev-list", "--first-parent", "--reverse", "main").split():
            pins = dict(pins_of(estate.git("show", f"{commit}:{path}").encode()).versions)
            for chart in {*pins, *last}:
                if pins.get(chart) != last.get(chart):
                    moves.setdefault((spec.name, chart), []).append((commit, pins.get(chart)))
            last = pins
    return moves


def test_history_of_the_estate_equals_reading_every_commit_in_full(
    estate_template: EstateRepo,
) -> None:
    history = history_of(estate_template)
    found: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for change in reversed(history.changes):
        if change.moved:
            place = (change.environment, change.chart)
            found.setdefault(place, []).append((change.commit, change.after))
    assert found == pins_one_by_one(estate_template)
    assert history.skipped == ()
    assert history.incomplete == frozenset()


def test_history_of_a_generated_estate_equals_reading_every_commit_in_full(tmp_path: Path) -> None:
    estate = build_estate(
        tmp_path / "estate",
        charts=estate_registry(6),
        environments=six_environments(),
        commits=30,
    )
    history = history_of(estate)
    expected = pins_one_by_one(estate)
    for (environment, chart), moves in expected.items():
        moved = [change for change in history.of(environment, chart) if change.moved]
        assert [(change.commit, change.after) for change in reversed(moved)] == moves


def test_a_rollback_shows_pin_and_hold_and_the_unhold_alone(estate: EstateRepo) -> None:
    with estate.story() as story:
        story.roll_back("storage", "prod", "1.1.0")
        story.unhold("storage", "prod")
    lifted, rolled_back, *_ = history_of(estate).of("prod", "storage")
    assert (rolled_back.before, rolled_back.after) == ("1.3.0", "1.1.0")
    assert rolled_back.hold_before is None
    assert rolled_back.hold_after is not None
    assert rolled_back.hold_after.reason == "rolled back from 1.3.0"
    assert not lifted.moved
    assert (lifted.hold_before, lifted.hold_after) == (rolled_back.hold_after, None)


def test_a_pin_counts_from_the_merge_and_not_from_the_branch(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    scratch.git("checkout", "--quiet", "-b", "promote")
    scratch.commit({FILE: stack("1.1.0")})
    scratch.git("checkout", "--quiet", "main")
    scratch.commit({"README.md": "elsewhere\n"})
    merged = scratch.merge("promote")
    change = since(scratch)
    assert change is not None
    assert (change.commit, change.landed_at) == (merged, START + 4 * HOUR)


def test_comments_and_other_charts_do_not_reset_the_date(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    pinned = scratch.commit({FILE: stack("1.1.0")})
    scratch.commit({FILE: stack("1.1.0", comment=" # checked")})
    scratch.commit({FILE: stack('"1.1.0"', other="2.0.0")})
    scratch.commit({FILE: stack("1.1.0", holds="\n    storage: {reason: slow, by: Rita}")})
    change = since(scratch)
    assert change is not None
    assert (change.before, change.after, change.commit) == ("1.0.0", "1.1.0", pinned)


def test_a_pin_that_came_back_counts_from_its_return(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    scratch.commit({FILE: stack("1.1.0")})
    returned = scratch.commit({FILE: stack("1.0.0")})
    change = since(scratch)
    assert change is not None
    assert change.commit == returned


def test_a_file_deleted_and_added_again_starts_anew(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    gone = scratch.commit({FILE: None})
    assert since(scratch) is None
    again = scratch.commit({FILE: stack("1.0.0")})
    changes = read_pin_history(scratch.repository, "main", FILES).of("prod", "storage")
    assert [(c.commit, c.before, c.after) for c in changes[:2]] == [
        (again, None, "1.0.0"),
        (gone, "1.0.0", None),
    ]


def test_a_renamed_file_starts_the_history_of_its_environment(scratch: Scratch) -> None:
    scratch.commit({"Pulumi.live.yaml": stack("1.0.0")})
    renamed = scratch.commit({"Pulumi.live.yaml": None, FILE: stack("1.0.0")})
    change = since(scratch)
    assert change is not None
    assert (change.commit, change.before) == (renamed, None)


def test_a_file_that_was_moved_to_another_folder_keeps_its_history(scratch: Scratch) -> None:
    moved = f"ops/release/{FILE}"
    first = scratch.commit({FILE: stack("1.0.0"), "Pulumi.dev.yaml": stack("main")})
    raised = scratch.commit({FILE: stack("1.1.0")})
    scratch.commit({"Pulumi.dev.yaml": None, "ops/Pulumi.dev.yaml": stack("trunk")})
    scratch.commit({FILE: None, f"ops/{FILE}": stack("1.1.0", comment=" # here now")})
    scratch.git("switch", "-q", "-c", "move")
    scratch.commit({f"ops/{FILE}": None, moved: stack("1.2.0", comment=" # and here")})
    scratch.git("switch", "-q", "main")
    last = scratch.merge("move")
    files = {"prod": moved, "dev": "ops/Pulumi.dev.yaml"}
    history = read_pin_history(scratch.repository, "main", files)
    assert [(c.commit, c.after) for c in history.of("prod", "storage")] == [
        (last, "1.2.0"),
        (raised, "1.1.0"),
        (first, "1.0.0"),
    ]
    assert [change.after for change in history.of("dev", "storage")] == ["trunk", "main"]
    assert [(c.commit, c.after) for c in history.of("prod", "vault")] == [(first, "1.0.0")]


def test_one_of_two_files_that_went_is_no_move(scratch: Scratch) -> None:
    scratch.commit({f"a/{FILE}": stack("1.0.0"), f"b/{FILE}": stack("1.0.0")})
    joined = scratch.commit({f"a/{FILE}": None, f"b/{FILE}": None, FILE: stack("1.0.0")})
    change = since(scratch)
    assert change is not None
    assert change.commit == joined


def test_versions_with_conflict_markers_are_skipped_and_reported(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    broken = scratch.commit({FILE: "<<<<<<< ours\n" + stack("1.1.0")})
    mended = scratch.commit({FILE: stack("1.1.0")})
    history = read_pin_history(scratch.repository, "main", FILES)
    assert [(s.environment, s.commit) for s in history.skipped] == [("prod", broken)]
    change = since(scratch)
    assert change is not None
    assert (change.before, change.after, change.commit) == ("1.0.0", "1.1.0", mended)


def test_a_chart_that_was_never_pinned_has_no_date(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    assert since(scratch, "nowhere") is None


def test_a_file_that_never_existed_has_no_history(scratch: Scratch) -> None:
    scratch.commit({"README.md": "empty\n"})
    assert since(scratch) is None


def test_a_symlink_in_place_of_the_file_is_read_as_the_text_it_is(scratch: Scratch) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    (scratch.path / FILE).unlink()
    (scratch.path / FILE).symlink_to("elsewhere.yaml")
    linked = scratch.commit({})
    history = read_pin_history(scratch.repository, "main", FILES)
    assert [skipped.commit for skipped in history.skipped] == [linked]


def test_a_shallow_clone_answers_what_it_holds_and_refuses_the_rest(
    estate: EstateRepo, tmp_path: Path
) -> None:
    with estate.story() as story:
        story.promote("monitoring", "prod", "1.3.0")
    shallow = estate.clone_to(tmp_path / "shallow", "--depth=2")
    repository = open_repository(shallow.path)
    history = read_pin_history(repository, "origin/main", FILES)
    assert [change.after for change in history.of("prod", "monitoring")] == ["1.3.0"]
    assert history.of("prod", "vault") == ()
    with pytest.raises(HistoryIncompleteError, match=r"of prod .*git fetch --unshallow --tags"):
        history.require_complete()


def test_a_folder_that_once_had_the_name_of_the_stack_file_is_no_version_of_it(
    scratch: Scratch,
) -> None:
    scratch.commit({FILE: stack("1.0.0")})
    (scratch.path / FILE).unlink()
    scratch.commit({f"{FILE}/x": "1"})
    scratch.commit({f"{FILE}/x": "2"})
    scratch.git("rm", "-rq", FILE)
    back = scratch.commit({FILE: stack("1.0.0")})
    scratch.commit({FILE: stack("1.0.0", other="1.1.0")})
    found = since(scratch)
    assert found is not None
    assert found.commit == back
