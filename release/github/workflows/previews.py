"""Preview: what a pull request would do, in one comment, and whether it may be merged."""

from typing import Final

from release.estate import Environment
from release.github.names import preview_place
from release.github.workflows.parts import (
    HMCO,
    READ_CODE,
    RUNNER,
    Sources,
    begin,
    engine_steps,
    keep,
    login_scopes,
    runner_of,
)
from release.github.workflows.workflow import Concurrency, Job, Place, Scope, Step, Workflow
from release.settings.repository import REQUIRED_CHECK

CHANGES: Final = "changes"
CHECK: Final = "check"
REPORT: Final = "report"
BASE: Final = "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}"
_OURS: Final = (
    "github.event_name == 'pull_request' && "
    "github.event.pull_request.head.repo.full_name == github.repository"
)
"""The branch lies in this repository: a fork's pull request gets neither secrets nor a comment."""


def preview_id(environment: str) -> str:
    """Return the id of the job that previews an environment."""
    return f"preview-{environment}"


def preview_workflow(sources: Sources) -> Workflow:
    """Return the workflow of pull requests and of the merge queue."""
    previews = tuple(_preview(place, sources) for place in sources.applied)
    judged = (CHANGES, CHECK, *(job.id for job in previews))
    return Workflow(
        file="preview.yml",
        name="Preview",
        purpose="What a pull request would change, told in one comment, and its required check.",
        # No `paths:` here: a required check of a workflow that does not start waits for ever.
        triggers={"pull_request": {"branches": [sources.branch]}, "merge_group": {}},
        concurrency=Concurrency(
            group="preview-${{ github.event.pull_request.number || github.ref }}", cancel=True
        ),
        folder=sources.folder,
        jobs=(_changes(), _check(), *previews, _report(judged), _required(judged)),
    )


def _changes() -> Job:
    return Job(
        id=CHANGES,
        name=CHANGES,
        runner=RUNNER,
        minutes=15,
        permissions=(READ_CODE,),
        outputs={"stacks": "${{ steps.touched.outputs.stacks }}"},
        steps=(
            *begin(),
            Step(
                name="Find the stacks that it can touch",
                id="touched",
                run=f'{HMCO} ci touched --base="$BASE"',
                env={"BASE": BASE},
            ),
        ),
    )


def _check() -> Job:
    return Job(
        id=CHECK,
        name=CHECK,
        runner=RUNNER,
        minutes=30,
        permissions=(READ_CODE,),
        outputs={"result": "${{ steps.check.outputs.result }}"},
        steps=(
            *begin("helm"),
            Step(
                name="Ask every rule",
                id="check",
                run=f'{HMCO} ci check --base="$BASE"',
                env={"BASE": BASE},
            ),
        ),
    )


def _preview(place: Environment, sources: Sources) -> Job:
    folder = f"{sources.folder}/" if sources.folder else ""
    return Job(
        id=preview_id(place.name),
        name=preview_id(place.name),
        runner=runner_of(place),
        minutes=30,
        needs=(CHANGES,),
        condition=f"{_OURS} && contains(fromJSON(needs.{CHANGES}.outputs.stacks), '{place.name}')",
        permissions=(READ_CODE, *login_scopes(place)),
        place=Place(name=preview_place(place.name), deployment=False),
        outputs={"result": "${{ steps.preview.outputs.result }}"},
        steps=(
            *engine_steps(place, "Preview", "preview"),
            keep(
                "Keep the whole preview",
                preview_id(place.name),
                f"{folder}build/preview/{place.name}.txt",
                days=14,
                condition="${{ !cancelled() && steps.preview.outcome != 'skipped' }}",
            ),
        ),
    )


def _report(judged: tuple[str, ...]) -> Job:
    return Job(
        id=REPORT,
        name=REPORT,
        runner=RUNNER,
        minutes=15,
        needs=judged,
        condition=f"${{{{ always() && {_OURS} }}}}",
        permissions=(
            READ_CODE,
            Scope("pull-requests", "write", "keep the one comment of this pull request"),
            Scope("security-events", "write", "hand the findings to code scanning"),
        ),
        steps=(
            # Code of the base: nothing that the pull request brings runs with these rights.
            *begin(ref="${{ github.event.pull_request.base.sha }}"),
            Step(
                name="Report it in one comment",
                run=f"{HMCO} ci comment",
                env={**_outcomes(judged), **_results(judged), **_TOKEN},
            ),
            Step(
                name="Hand the findings to code scanning",
                condition="${{ !cancelled() }}",
                run=f"{HMCO} ci findings",
                env={"FINDINGS": f"${{{{ needs.{CHECK}.outputs.result }}}}", **_TOKEN},
            ),
        ),
    )


def _required(judged: tuple[str, ...]) -> Job:
    return Job(
        id=REQUIRED_CHECK,
        name=REQUIRED_CHECK,
        runner=RUNNER,
        minutes=5,
        needs=judged,
        condition="${{ always() }}",
        permissions=(READ_CODE,),
        steps=(
            # Standard library alone, so that no registry of packages can hold a merge up.
            *begin(packages=False),
            Step(
                name="Judge the other jobs",
                run="python3 -m release.github.workflows.required",
                env=_outcomes(judged),
            ),
        ),
    )


_TOKEN: Final = {"GITHUB_TOKEN": "${{ github.token }}"}


def _outcomes(judged: tuple[str, ...]) -> dict[str, str]:
    return {"OUTCOMES": " ".join(f"{job}=${{{{ needs.{job}.result }}}}" for job in judged)}


def _results(judged: tuple[str, ...]) -> dict[str, str]:
    """Return one variable per result, since Linux gives each at most 128 KiB."""
    return {
        result_variable(job): f"${{{{ needs.{job}.outputs.result }}}}"
        for job in judged
        if job != CHANGES
    }


def result_variable(job: str) -> str:
    """Return the variable that carries what a job found."""
    return f"RESULT_{job.upper().replace('-', '_')}"
