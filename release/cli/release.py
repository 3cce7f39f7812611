"""`hmco release`: tags and GitHub releases of the versions that have landed."""

from collections.abc import Iterator

import click

from release.charts import changelog
from release.cli.hub import hub_of
from release.cli.options import json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.github.hub.client import HubError
from release.github.hub.publish import Published, publish
from release.github.unpublished import Publication, Standing, parent_of, publication, wanted
from release.promotion.gather import carried_versions
from release.repository.charttree import CHART_FILE
from release.repository.clone import Clone
from release.repository.files import split
from release.repository.git.errors import HistoryIncompleteError
from release.repository.picture import Picture
from release.repository.releases import cut_commits, statements
from release.repository.revision import Revision
from release.versions import is_version, lower, parse_version


@click.command
@click.option("--dry-run", is_flag=True, help="Show what would be tagged and change nothing.")
@json_option
@repo_option
@click.pass_obj
def release(session: Session, *, dry_run: bool) -> int:
    """Tag and release every version that has landed and is not published yet.

    Looks at what Chart.yaml on the trunk and the pins name. Running it again finishes what an
    earlier run could not; an existing tag is never moved. Needs GITHUB_TOKEN.
    """
    picture = session.committed()
    decided = [publication(picture.estate, standing) for standing in _standings(picture)]
    told = [each for each in decided if isinstance(each, str)]
    due = [each for each in decided if isinstance(each, Publication)]
    done: list[Published] = []
    if dry_run:
        due = [each for each in due if each.commit is not None]
    elif due:
        hub = hub_of(picture.estate, beside=not picture.one_clone)
        for each in due:
            try:
                done.append(publish(hub, each))
            except HubError as error:
                # One version that cannot be published must not keep the others waiting.
                told.append(f"{each.tag}: {error}")
    _report(due if dry_run else [], done, told, as_json=session.as_json)
    return int(bool(told))


def _report(
    due: list[Publication], done: list[Published], told: list[str], *, as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "due": [each.tag for each in due],
                "tagged": [each.tag for each in done if each.tagged],
                "released": [each.tag for each in done if each.released],
                "told": told,
            }
        )
        return
    for each in due:
        say(f"{each.tag}: would be tagged on {(each.commit or '')[:12]}")
    for made in done:
        what = [w for w, is_new in (("tagged", made.tagged), ("released", made.released)) if is_new]
        if what:
            say(f"{made.tag}: {' and '.join(what)}")
    for line in told:
        say(line, err=True)
    if not told and not due and not any(made.tagged or made.released for made in done):
        say("every version that has landed is tagged and released")


def _standings(picture: Picture) -> Iterator[Standing]:
    """Yield every wanted version as Git has it; HistoryIncompleteError in a shallow clone."""
    clone, registry = picture.charts.clone, picture.registry
    if clone.incomplete:
        raise HistoryIncompleteError(clone.incomplete, clone.repository.git)
    places = {
        chart: f"{clone.trunk.commit}:{picture.folder_of(chart)}/{CHART_FILE}"
        for chart in (*registry.by_name, *registry.sub_by_name)
    }
    stated = {
        chart: said.version
        for chart, said in statements(clone, places).items()
        if said and is_version(said.version)
    }
    cut = cut_commits(picture, *places)
    for chart, version in wanted(picture.estate, stated):
        yield _standing(picture, chart, version, cut.get((chart, version)))


def _standing(picture: Picture, chart: str, version: str, cut: str | None) -> Standing:
    clone, folder = picture.charts.clone, picture.folder_of(chart)
    tags = clone.tags_of(chart)
    tag = tags.get(version)
    landed = None if tag else cut
    tagged = carried_versions(picture, [(chart, version)])[chart, version] if tag else None
    earlier = [each for each in tags if lower(each, version)]
    return Standing(
        chart=chart,
        version=version,
        landed=landed,
        cut=() if landed is None else _changed_since_cut(clone, folder, version, landed),
        tagged=(tagged or "") if tag else None,
        section=_section(picture, chart, version, tag.commit if tag else landed),
        previous=max(earlier, key=parse_version, default=None),
    )


def _changed_since_cut(clone: Clone, folder: str, version: str, landed: str) -> tuple[str, ...]:
    """Return the chart's files that a merge holds otherwise than the commit that cut the version.

    A landing with one parent is the cut itself: squashed, rebased or pushed.
    """
    run = clone.repository.run
    parents = run("rev-list", "--parents", "-n", "1", landed).decode().split()[1:]
    if len(parents) < 2:  # noqa: PLR2004 -- a merge is a commit of two parents
        return ()
    since, file = f"{parents[0]}..{landed}", f"{folder}/{CHART_FILE}"
    output = run("log", "--no-merges", "--format=%H", since, "--", file)
    places = {commit: f"{commit}:{file}" for commit in output.decode().split()}
    said = statements(clone, places).items()
    cut = next((commit for commit, stated in said if stated and stated.version == version), None)
    if cut is None:
        return ()
    return tuple(split(run("diff", "--name-only", "-z", cut, landed, "--", folder)))


def _section(picture: Picture, chart: str, version: str, commit: str | None) -> str | None:
    """Return what the changelog says of the version; a sub-chart has none of its own."""
    if commit is None:
        return None
    if chart in picture.registry.sub_by_name:
        return f"See the changelog of {parent_of(picture.registry, chart)}."
    text = Revision(picture.charts.clone, commit).text(f"{picture.folder_of(chart)}/CHANGELOG.md")
    found = changelog.parse(text).find(version) if text is not None else None
    return found.body.strip("\r\n") if found else None
