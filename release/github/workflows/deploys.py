"""Release and deploy: what has landed gets its tags, then goes up in the order of promotion."""

from release.estate import Environment
from release.github.workflows.parts import (
    APP_TOKEN_ENV,
    HMCO,
    KEEPER,
    READ_CODE,
    RUNNER,
    Sources,
    app_token,
    begin,
    deployment_of,
    engine_steps,
    keep,
    login_scopes,
    runner_of,
)
from release.github.workflows.workflow import Concurrency, Job, Place, Step, Workflow
from release.settings.model import ManifestsDelivery

RELEASE = "release"


def deploy_id(environment: str) -> str:
    """Return the id of the job that brings an environment up."""
    return f"deploy-{environment}"


def release_workflow(sources: Sources) -> Workflow:
    """Return the workflow of every push to the default branch; it can also be started by hand."""
    applied = sources.applied
    return Workflow(
        file="release.yml",
        name="Release and deploy",
        purpose="Tags and releases of the versions that have landed, then each environment.",
        triggers={"push": {"branches": [sources.branch]}, "workflow_dispatch": {}},
        folder=sources.folder,
        jobs=(_release(sources), *(_deploy(place, sources) for place in applied)),
    )


def _release(sources: Sources) -> Job:
    return Job(
        id=RELEASE,
        name=RELEASE,
        runner=RUNNER,
        minutes=20,
        permissions=(READ_CODE,),
        place=KEEPER,
        # Each run looks at all of the trunk, so runs in order leave nothing out.
        concurrency=Concurrency(group=RELEASE, queue=True),
        steps=(
            *begin(ref=sources.branch),
            app_token(pull_requests=False),
            Step(name="Tag and release", run=f"{HMCO} release", env=APP_TOKEN_ENV),
        ),
    )


def _deploy(place: Environment, sources: Sources) -> Job:
    before = [
        deploy_id(name)
        for name in place.settings.promotes_from
        if deployment_of(sources.estate.environments[name]) is not None
    ]
    kept: tuple[Step, ...] = ()
    if isinstance(place.settings.delivery, ManifestsDelivery):
        folder = f"{sources.folder}/" if sources.folder else ""
        kept = (
            keep(
                "Keep the manifests",
                f"manifests-{place.name}",
                f"{folder}{place.settings.delivery.directory}",
                days=30,
            ),
        )
    return Job(
        id=deploy_id(place.name),
        name=deploy_id(place.name),
        runner=runner_of(place),
        minutes=60,
        needs=(RELEASE, *before),
        permissions=(READ_CODE, *login_scopes(place)),
        place=Place(name=place.name, url="${{ steps.deploy.outputs.url }}"),
        # An `up` that is cancelled leaves its lock and half of its changes behind.
        concurrency=Concurrency(group=deploy_id(place.name)),
        steps=(*engine_steps(place, "Bring it up", "deploy", writes=True), *kept),
    )
