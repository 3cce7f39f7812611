"""Whole runs of act that are killed in the middle; then once more."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.workflows.run_steps import REHEARSALS
from tests.workflows.stage import Stage
from tests.workflows.world import Kept, look


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


@pytest.mark.parametrize("name", MOMENTS)
def test_a_run_that_is_killed_in_the_middle_is_finished_by_the_next(
    stage: Stage, name: str
) -> None:
    rehearsal = REHEARSALS[name](stage)
    state = stage.folder / "state"
    start = Kept(stage.forge, state, stage.folder / "start")
    assert set(rehearsal.run().values()) <= {"success", "skipped"}, rehearsal.said
    wanted = look(stage.forge, state)
    start.bring_back(stage.forge)
    stage.github.forget()

    killed = rehearsal.act(killed_when=lambda: MOMENTS[name](stage))
    left = look(stage.forge, state)
    ran = rehearsal.act()

    assert ran.failed() == [], ran.told
    assert killed.jobs != ran.jobs, "the run was over before it could be killed"
    run = "/actions/runs/1"
    assert look(stage.forge, state).replace(run, "") == wanted.replace(run, "")
    assert left != wanted
