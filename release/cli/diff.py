"""`hmco diff`: what the stack files here would change in Argo CD, against what has landed."""

from collections.abc import Iterator

import click

from release.argocd.manifestfiles import rendered_files
from release.argocd.manifests import environment_manifests
from release.cli.options import environments_option, json_option, repo_option
from release.cli.output import checkout_json, print_json, say, say_diff
from release.cli.session import Session
from release.plan.applications import past_estate
from release.promotion.knownnames import require_known
from release.promotion.texts import unified_diff
from release.repository.picture import Picture
from release.text.counted import counted


@click.command
@environments_option
@click.option("--base", metavar="REV", help="The state before; the trunk by default.")
@click.option("--exit-code", is_flag=True, help="End with 1 if anything differs.")
@json_option
@repo_option
@click.pass_obj
def diff(
    session: Session, *, environments: tuple[str, ...], base: str | None, exit_code: bool
) -> int:
    """Show what the stack files here change in Argo CD's objects against the trunk.

    Both sides are rendered, so no engine's state is asked: where a preview in a fresh clone says
    that everything is to be created, this says what is new. Charts themselves: hmco plan.
    """
    here = session.work_tree
    require_known(here.estate, environments=environments)
    clone = here.stacks.clone
    revision = base or clone.landed.commit
    before = here.at(revision)
    if before.has_stack_files:
        # Of files that are refused nothing is known; they are not the same as none.
        past_estate(before, base or "the trunk")
    chosen = environments or tuple(
        dict.fromkeys(place.name for side in (before, here) for place in side.environments)
    )
    changes = {name: dict(_changes(before, here, name)) for name in chosen}
    if session.as_json:
        print_json(
            {
                "base": clone.commit_of(revision),
                "checkout": checkout_json(clone.distance),
                "environments": changes,
            }
        )
    else:
        for files in changes.values():
            for text in files.values():
                say_diff(text)
        for name, files in changes.items():
            told = counted(len(files), "object changes", "objects change")
            say(f"{name}: {told if files else _unchanged(before, here, name)}", err=True)
        if base is None and clone.distance is not None and clone.distance.behind:
            say(
                f"this checkout is {clone.distance.told}, so what landed there shows as taken "
                f"back; bring it in first: {clone.distance.remedy(clone.repository.git)}",
                err=True,
            )
    return int(exit_code and any(changes.values()))


def _unchanged(before: Picture, after: Picture, name: str) -> str:
    """Return that no object changes, and where to see what else the stack file says now."""
    path = after.stack_path(f"Pulumi.{name}.yaml")
    if before.stacks.text(path) == after.stacks.text(path):
        return "nothing changes"
    since = (before.stacks.commit or "")[:12]
    return f"nothing changes in Argo CD, but {path} does: git diff {since} -- :/{path}"


def _changes(before: Picture, after: Picture, name: str) -> Iterator[tuple[str, str]]:
    """Yield the diff of each object's file of an environment that differs."""
    old, new = _rendered(before, name), _rendered(after, name)
    for file in sorted({*old, *new}):
        text = unified_diff({f"{name}/{file}": (old.get(file), new.get(file))})
        if text:
            yield file, text


def _rendered(picture: Picture, name: str) -> dict[str, str]:
    environment = next((place for place in picture.environments if place.name == name), None)
    if environment is None:
        return {}
    return rendered_files(environment_manifests(picture.registry, environment).all)
