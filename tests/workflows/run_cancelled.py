"""Whole runs of act that are killed or cancelled in the middle; then once more."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.workflows.run_steps import REHEARSALS, Rehearsal, engine
from tests.workflows.stage import Stage
from tests.workflows.world import Kept, look
from tools.engine.environment import Places
from tools.engine.launch import _mend


def _asked(operation: str) -> Callable[[Stage], bool]:
    """Return whether GitHub has been asked for this."""
    return lambda stage: any(operation in call.operation for call in stage.github.requests)


MOMENTS: Final[Mapping[str, Callable[[Stage], bool]]] = {
    "promotion": _asked("POST /repos/{owner}/{repo}/git/refs"),
    "rollback": _asked("POST /repos/{owner}/{repo}/pulls"),
    "hold": _asked("POST /repos/{owner}/{repo}/git/commits"),
    "unhold": _asked("POST /repos/{owner}/{repo}/git/trees"),
    "preview": _asked("GET /repos/{owner}/{repo}/issues"),
    "drift": _asked("GET /repos/{owner}/{repo}/rulesets"),
}
_SOME: Final = 3


@pytest.mark.parametrize("name", MOMENTS)
def test_a_run_that_is_killed_in_the_middle_is_finished_by_the_next(
    stage: Stage, name: str
) -> None:
    rehearsal, wanted = _rehearsed(stage, name)

    killed = rehearsal.act(killed_when=lambda: MOMENTS[name](stage))
    left = _world(stage)
    ran = rehearsal.act()

    assert ran.failed() == [], ran.told
    assert killed.jobs != ran.jobs, "the run was over before it could be killed"
    assert _world(stage) == wanted
    assert left != wanted


def test_an_up_that_is_killed_is_finished_once_a_person_has_removed_its_lock(stage: Stage) -> None:
    rehearsal, wanted = _rehearsed(stage, "release")

    rehearsal.act(killed_when=lambda: _half_up(stage, "staging"))
    # A folder keeps half a write, which no backend does that workflows may have.
    _mend("staging", Places(work=stage.folder, plugins=stage.folder, path=(), ambient={}))
    left = _world(stage)
    blocked = rehearsal.act()

    assert '"locked"' in left
    assert blocked.failed() == ["deploy-staging"], blocked.told
    assert _world(stage) == left
    told = re.search(r"pulumi (cancel --stack staging --yes), then", blocked.output)
    assert told, blocked.told
    engine(stage, *told[1].split())
    rehearsal.act().done()
    assert _world(stage) == wanted


def test_an_up_that_is_cancelled_gives_its_lock_back_and_is_finished_by_the_next(
    stage: Stage,
) -> None:
    rehearsal, wanted = _rehearsed(stage, "release")

    cancelled = rehearsal.act(cancelled_when=lambda: _half_up(stage, "staging"))
    left = _world(stage)

    assert cancelled.failed() == ["deploy-staging"], cancelled.told
    assert '"locked"' not in left
    assert left != wanted
    rehearsal.act().done()
    assert _world(stage) == wanted


def _rehearsed(stage: Stage, name: str) -> tuple[Rehearsal, str]:
    """Return a workflow in the world before it, and the world that it makes."""
    rehearsal = REHEARSALS[name](stage)
    start = Kept(stage.forge, stage.folder / "state", stage.folder / "start")
    assert set(rehearsal.run().values()) <= {"success", "skipped"}, rehearsal.said
    wanted = _world(stage)
    start.bring_back(stage.forge)
    stage.github.forget()
    return rehearsal, wanted


def _world(stage: Stage) -> str:
    """Return the world without the address of the run that made it."""
    return look(stage.forge, stage.folder / "state").replace("/actions/runs/1", "")


def _half_up(stage: Stage, name: str) -> bool:
    """Tell whether the engine has made some of a stack's resources and is at work on the others."""
    state = stage.folder / "state" / ".pulumi"
    made = [file.read_bytes() for file in state.glob(f"stacks/*/{name}.json")]
    return any(state.glob(f"locks/*/*/{name}/*.json")) and any(
        each.count(b'"urn"') > _SOME for each in made
    )
