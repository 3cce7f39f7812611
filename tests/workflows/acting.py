"""What a person does on GitHub's pages, in the scenarios."""

from typing import Any, Final

from tests.workflows.stage import Ran, Stage

SOURCE: Final = {"staging": "dev", "prod": "staging"}


def promote(stage: Stage, chart: str, version: str, target: str, **options: Any) -> Ran:
    """Press "Run workflow" of the promotion pipeline."""
    inputs = {
        "chart_name": chart,
        "new_version": version,
        "source_env": SOURCE.get(target, "dev"),
        "target_env": target,
    }
    return stage.run("promotion.yml", "workflow_dispatch", inputs=inputs, **options)


def only_pull(stage: Stage) -> dict[str, Any]:
    """Return the only open pull request."""
    (pull,) = stage.forge.open_pulls()
    shown: dict[str, Any] = stage.forge.shown(pull)
    return shown


def merge(stage: Stage) -> str:
    """Merge the only open pull request."""
    return stage.forge.merge(only_pull(stage)["number"])


def pull_event(stage: Stage, number: int, head: str) -> dict[str, Any]:
    """Return what GitHub sends of a pull request, and make the commit that it would merge to."""
    base = stage.forge.git("rev-parse", "main")
    tree = stage.forge.git("merge-tree", "--write-tree", base, head).splitlines()[0]
    commit = stage.forge.git("commit-tree", tree, "-p", base, "-p", head, "-m", "Merge")
    stage.forge.git("update-ref", f"refs/pull/{number}/merge", commit)
    name = f"{stage.forge.owner}/{stage.forge.name}"
    return {
        "pull_request": {
            "number": number,
            "base": {"sha": base, "ref": "main"},
            "head": {"sha": head, "repo": {"full_name": name}},
        }
    }


def preview(stage: Stage, number: int, head: str, **options: Any) -> Ran:
    """Run what a push to a pull request starts."""
    payload = pull_event(stage, number, head)
    merged = f"refs/pull/{number}/merge"
    return stage.run("preview.yml", "pull_request", payload=payload, commit=merged, **options)
