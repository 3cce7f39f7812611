"""Preview: what a pull request would do, in one comment, and whether it may be merged."""

import posixpath
from collections.abc import Sequence
from typing import Final

from release.estate import Environment
from release.github.workflows.parts import (
    HMCO,
    TOKEN_ENV,
    Sources,
    begin,
    engine_job,
    keep,
    outcomes,
    results,
)
from release.github.workflows.workflow import Node, Noted, job, workflow
from release.settings.governance import REQUIRED_CHECK

CHANGES: Final = "changes"
CHECK: Final = "check"
BASE: Final = "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}"
_OURS: Final = (
    "github.event_name == 'pull_request' && "
    "github.event.pull_request.head.repo.full_name == github.repository"
)
"""The branch lies in this repository: a fork's pull request gets neither secrets nor a comment."""


def preview_workflow(sources: Sources) -> str:
    """Return the workflow of pull requests and of the merge queue."""
    changes = _asked(
        CHANGES, 15, "Find the stacks that it can touch", "touched", "stacks", *begin()
    )
    check = _asked(CHECK, 30, "Ask every rule", "check", "result", *begin("helm"))
    others = (changes, check, *(_preview(place, sources) for place in sources.applied))
    judged = [name for name, _ in others]
    required = job(
        REQUIRED_CHECK,
        5,
        [
            # Standard library alone, so that no registry of packages can hold a merge up.
            *begin(packages=False),
            {
                "name": "Judge the other jobs",
                "run": "python3 -m release.github.workflows.required",
                "env": outcomes(judged),
            },
        ],
        needs=judged,
        condition="${{ always() }}",
    )
    return workflow(
        "Preview",
        "What a pull request would change, told in one comment, and its required check.",
        # No `paths:` here: a required check of a workflow that does not start waits for ever.
        {"pull_request": {"branches": [sources.branch]}, "merge_group": {}},
        *others,
        _report(judged),
        required,
        concurrency={
            "group": "preview-${{ github.event.pull_request.number || github.ref }}",
            "cancel-in-progress": True,
        },
        folder=sources.folder,
    )


def _asked(
    name: str, minutes: int, step: str, command: str, output: str, *before: Node
) -> tuple[str, Node]:
    """Return a job that asks our command line about the step from the base, and hands it on."""
    asks = {
        "name": step,
        "id": command,
        "run": f'{HMCO} ci {command} --base="$BASE"',
        "env": {"BASE": BASE},
    }
    handed = {output: f"${{{{ steps.{command}.outputs.{output} }}}}"}
    return job(name, minutes, [*before, asks], outputs=handed)


def _preview(place: Environment, sources: Sources) -> tuple[str, Node]:
    kept = keep(
        "Keep the whole preview",
        f"preview-{place.name}",
        posixpath.join(sources.folder, f"build/preview/{place.name}.txt"),
        days=14,
        condition="${{ !cancelled() && steps.preview.outcome != 'skipped' }}",
    )
    return engine_job(
        place,
        "preview",
        "Preview",
        needs=(CHANGES,),
        condition=f"{_OURS} && contains(fromJSON(needs.{CHANGES}.outputs.stacks), '{place.name}')",
        then=[kept],
    )


def _report(judged: Sequence[str]) -> tuple[str, Node]:
    told = [name for name in judged if name != CHANGES]
    return job(
        "report",
        15,
        [
            # Code of the base: nothing that the pull request brings runs with these rights.
            *begin(ref="${{ github.event.pull_request.base.sha }}"),
            {
                "name": "Report it in one comment",
                "run": f"{HMCO} ci comment",
                "env": {**outcomes(judged), **results(told), **TOKEN_ENV},
            },
            {
                "name": "Hand the findings to code scanning",
                "if": "${{ !cancelled() }}",
                "run": f"{HMCO} ci findings",
                "env": {"FINDINGS": f"${{{{ needs.{CHECK}.outputs.result }}}}", **TOKEN_ENV},
            },
        ],
        needs=judged,
        condition=f"${{{{ always() && {_OURS} }}}}",
        rights={
            "pull-requests": Noted("write", "keep the one comment of this pull request"),
            "security-events": Noted("write", "hand the findings to code scanning"),
        },
    )
