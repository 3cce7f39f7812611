"""Workflows that watch: the drift of every environment, and who approved a promotion."""

from typing import Final

from release.github.workflows.parts import (
    HMCO,
    TOKEN_ENV,
    Sources,
    begin,
    engine_job,
    outcomes,
    results,
)
from release.github.workflows.workflow import Noted, job, workflow
from release.settings.governance import APPROVALS_CHECK

DRIFT_AT: Final = "23 4 * * *"
"""An odd minute, because GitHub starts what is due on the hour late."""


def drift_workflow(sources: Sources) -> str:
    """Return the daily look at every environment that workflows bring up."""
    looks = [
        engine_job(place, "drift", "Look for drift", ref=sources.branch)
        for place in sources.applied
    ]
    names = [name for name, _ in looks]
    issue = job(
        "issue",
        15,
        [
            *begin(ref=sources.branch),
            {
                "name": "Open, update or close the issue",
                "run": f"{HMCO} ci drift-issue",
                "env": {**outcomes(names), **results(names), **TOKEN_ENV},
            },
        ],
        needs=names,
        condition="${{ always() }}",
        rights={
            "actions": Noted("read", "compare GitHub's environments with the stack files"),
            "issues": Noted("write", "keep the one issue that reports drift"),
        },
    )
    return workflow(
        "Drift",
        "Checks daily that every environment is as the stack files say; changes nothing.",
        {"schedule": [{"cron": DRIFT_AT}], "workflow_dispatch": {}},
        *looks,
        issue,
        concurrency={"group": "drift", "cancel-in-progress": False},
        folder=sources.folder,
    )


def approvals_workflow(sources: Sources) -> str:
    """Return the check that counts approvals without those who started the promotion.

    An App is the author of a promotion's pull request, so GitHub itself would let the person who
    started it approve it. It runs for reviews alone: a second run for another event would report
    the same check beside this one.
    """
    return workflow(
        "Approvals",
        "Counts a promotion's approvals without those who started it.",
        {
            "pull_request_review": {"types": ["submitted", "edited", "dismissed"]},
            "merge_group": {},
        },
        job(
            APPROVALS_CHECK,
            10,
            [
                *begin(ref=sources.branch),
                {
                    "name": "Count the approvals",
                    "run": f'{HMCO} ci approvals --number="$NUMBER"',
                    "env": {"NUMBER": "${{ github.event.pull_request.number }}", **TOKEN_ENV},
                },
            ],
            rights={
                "pull-requests": Noted("read", "read the reviews and who started the promotion")
            },
        ),
        concurrency={
            "group": "approvals-${{ github.event.pull_request.number || github.ref }}",
            "cancel-in-progress": False,
        },
        folder=sources.folder,
    )
