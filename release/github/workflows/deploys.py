"""Release and deploy: what has landed gets its tags, then goes up in the order of promotion."""

import posixpath

from release.estate import Environment
from release.github.workflows.parts import (
    APP_TOKEN_ENV,
    HMCO,
    KEEPER,
    Sources,
    app_token,
    begin,
    deployment_of,
    engine_job,
    keep,
)
from release.github.workflows.workflow import Node, job, workflow
from release.settings.model import ManifestsDelivery

RELEASE = "release"


def release_workflow(sources: Sources) -> str:
    """Return the workflow of every push to the default branch; it can also be started by hand."""
    return workflow(
        "Release and deploy",
        "Tags and releases of the versions that have landed, then each environment.",
        {"push": {"branches": [sources.branch]}, "workflow_dispatch": {}},
        job(
            RELEASE,
            20,
            [
                *begin(ref=sources.branch),
                app_token(pull_requests=False),
                {"name": "Tag and release", "run": f"{HMCO} release", "env": APP_TOKEN_ENV},
            ],
            environment=KEEPER,
            # Each run looks at all of the trunk, so runs in order leave nothing out.
            concurrency={"group": RELEASE, "cancel-in-progress": False, "queue": "max"},
        ),
        *(_deploy(place, sources) for place in sources.applied),
        folder=sources.folder,
    )


def _deploy(place: Environment, sources: Sources) -> tuple[str, Node]:
    before = [
        f"deploy-{name}"
        for name in place.settings.promotes_from
        if deployment_of(sources.estate.environments[name]) is not None
    ]
    delivery = place.settings.delivery
    kept = []
    if isinstance(delivery, ManifestsDelivery):
        what = f"manifests-{place.name}"
        path = posixpath.join(sources.folder, delivery.directory)
        kept.append(keep("Keep the manifests", what, path, days=30))
    return engine_job(
        place, "deploy", "Bring it up", writes=True, needs=(RELEASE, *before), then=kept
    )
