"""Workflows that watch: the drift of every environment, and who approved a promotion."""

from typing import Final

from release.estate import Environment
from release.github.names import DRIFT_FILE, preview_place
from release.github.workflows.parts import (
    HMCO,
    READ_CODE,
    RUNNER,
    Sources,
    begin,
    engine_steps,
    login_scopes,
    runner_of,
)
from release.github.workflows.previews import result_variable
from release.github.workflows.workflow import Concurrency, Job, Place, Scope, Step, Workflow
from release.settings.repository import APPROVALS_CHECK

DRIFT_AT: Final = "23 4 * * *"
"""An odd minute, because GitHub starts what is due on the hour late."""


def drift_id(environment: str) -> str:
    """Return the id of the job that looks for drift in an environment."""
    return f"drift-{environment}"


def drift_workflow(sources: Sources) -> Workflow:
    """Return the daily look at every environment that workflows bring up."""
    looks = tuple(_look(place, sources) for place in sources.applied)
    return Workflow(
        file=DRIFT_FILE,
        name="Drift",
        purpose="Checks daily that every environment is as the stack files say; changes nothing.",
        triggers={"schedule": [{"cron": DRIFT_AT}], "workflow_dispatch": {}},
        concurrency=Concurrency(group="drift"),
        folder=sources.folder,
        jobs=(*looks, _issue(tuple(job.id for job in looks), sources)),
    )


def _look(place: Environment, sources: Sources) -> Job:
    return Job(
        id=drift_id(place.name),
        name=drift_id(place.name),
        runner=runner_of(place),
        minutes=30,
        permissions=(READ_CODE, *login_scopes(place)),
        place=Place(name=preview_place(place.name), deployment=False),
        outputs={"result": "${{ steps.drift.outputs.result }}"},
        steps=engine_steps(place, "Look for drift", "drift", ref=sources.branch),
    )


def _issue(looks: tuple[str, ...], sources: Sources) -> Job:
    outcomes = " ".join(f"{job}=${{{{ needs.{job}.result }}}}" for job in looks)
    results = {result_variable(job): f"${{{{ needs.{job}.outputs.result }}}}" for job in looks}
    return Job(
        id="issue",
        name="issue",
        runner=RUNNER,
        minutes=15,
        needs=looks,
        condition="${{ always() }}",
        permissions=(
            READ_CODE,
            Scope("actions", "read", "compare GitHub's environments with the stack files"),
            Scope("issues", "write", "keep the one issue that reports drift"),
        ),
        steps=(
            *begin(ref=sources.branch),
            Step(
                name="Open, update or close the issue",
                run=f"{HMCO} ci drift-issue",
                env={"OUTCOMES": outcomes, **results, "GITHUB_TOKEN": "${{ github.token }}"},
            ),
        ),
    )


def approvals_workflow(sources: Sources) -> Workflow:
    """Return the check that counts approvals without those who started the promotion.

    An App is the author of a promotion's pull request, so GitHub itself would let the person who
    started it approve it. It runs for reviews alone: a second run for another event would report
    the same check beside this one.
    """
    job = Job(
        id=APPROVALS_CHECK,
        name=APPROVALS_CHECK,
        runner=RUNNER,
        minutes=10,
        permissions=(
            READ_CODE,
            Scope("pull-requests", "read", "read the reviews and who started the promotion"),
        ),
        steps=(
            *begin(ref=sources.branch),
            Step(
                name="Count the approvals",
                run=f'{HMCO} ci approvals --number="$NUMBER"',
                env={
                    "NUMBER": "${{ github.event.pull_request.number }}",
                    "GITHUB_TOKEN": "${{ github.token }}",
                },
            ),
        ),
    )
    return Workflow(
        file="approvals.yml",
        name="Approvals",
        purpose="Counts a promotion's approvals without those who started it.",
        triggers={
            "pull_request_review": {"types": ["submitted", "edited", "dismissed"]},
            "merge_group": {},
        },
        concurrency=Concurrency(
            group="approvals-${{ github.event.pull_request.number || github.ref }}"
        ),
        folder=sources.folder,
        jobs=(job,),
    )
