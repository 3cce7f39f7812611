"""Rules on dependencies: sub-charts, remote charts and the lock between them."""

import fnmatch
from collections.abc import Iterator
from itertools import zip_longest

from release.charts.chart_yaml import Dependency
from release.repository.bundles import ARCHIVE
from release.repository.charttree import CHART_FILE, LOCK_FILE, ChartFolder
from release.rules.dependencies import (
    difference,
    loaded,
    local_folder,
    locked_versions,
    sub_chart_version,
    unfit,
    update_command,
)
from release.rules.facts import Facts, at_field, at_record, in_chart
from release.rules.rule import Breach, rule, warning
from release.versions import is_version


def _dependencies(facts: Facts) -> Iterator[tuple[ChartFolder, Dependency]]:
    for folder in facts.deployed:
        for dependency in folder.chart_yaml.dependencies:
            if dependency.name:
                yield folder, dependency


def _at(
    folder: ChartFolder, dependency: Dependency, field: str, what: str, *, fix: str = ""
) -> Breach:
    return in_chart(
        folder,
        CHART_FILE,
        f"{folder.name}: dependency {dependency.name} {what}",
        line=dependency.lines.get(field, dependency.line),
        fix=fix,
    )


@rule(
    fix="put the sub-chart into the parent's charts/ folder, or remove the dependency",
    source="Helm, chart dependencies; fault F16",
)
def dependency_folder_missing(facts: Facts) -> Iterator[Breach]:
    """A local dependency leads to a chart inside its parent.

    A tag holds the parent's folder; a sub-chart outside of it changes under a version that was
    released, and a missing one cannot be rendered.
    """
    for folder, dependency in _dependencies(facts):
        if not dependency.is_local:
            continue
        path = local_folder(folder, dependency)
        if not path.startswith(f"{folder.path}/"):
            what = f"leads to {path}, outside {folder.name}"
            yield _at(folder, dependency, "repository", what)
        elif path not in facts.tree.folders and not _packed(folder, dependency):
            what = f"leads to {path}, which holds no chart"
            yield _at(folder, dependency, "repository", what)


def _packed(folder: ChartFolder, dependency: Dependency) -> bool:
    """Tell whether a dependency without repository lies in charts/ as an archive."""
    start = f"charts/{dependency.name}-"
    return not dependency.repository and any(
        file.startswith(start) and file.endswith(ARCHIVE) for file in folder.files
    )


@rule(
    fix="run: helm dependency update, and commit charts/",
    source="Helm, helm dependency list (dependencyStatus); processDependencyEnabled",
)
def dependency_vendored_differs(facts: Facts) -> Iterator[Breach]:
    """charts/ holds what Chart.yaml asks for.

    Helm renders what it finds in charts/ whatever its version is, without its alias if that is
    another one, and Argo CD fetches a dependency only where the chart that it deploys lacks it:
    what was raised in Chart.yaml is never deployed.
    """
    for folder, bundle in loaded(facts):
        fix = f"run: {update_command(folder)} (then commit charts/)"
        versions = locked_versions(folder) if bundle.dependencies else ()
        for asked, locked in zip_longest(bundle.dependencies, versions):
            what = difference(folder, bundle, asked, locked or "") if asked else ""
            if asked and what:
                yield _at(folder, asked, "version", what, fix=fix)


@rule(
    fix="write the sub-chart's version into the parent; `hmco cut` does it in the same change",
    source="Helm, chart dependencies (processDependencyEnabled); guide R4",
)
def dependency_version_differs(facts: Facts) -> Iterator[Breach]:
    """A parent asks for the version that its sub-chart's Chart.yaml has.

    Helm takes a sub-chart of another version for one that Chart.yaml does not mention: its alias,
    and with it the values and the condition under that name, count for nothing, and `helm
    dependency build` fails.
    """
    for folder, dependency in _dependencies(facts):
        present = sub_chart_version(folder, dependency)
        if present and not dependency.takes(present):
            asked = dependency.version or "no version"
            what = f"asks for {asked}, the sub-chart has {present}"
            yield _at(folder, dependency, "version", what)


@rule(
    fix="write the exact version, or run: helm dependency update, and commit Chart.lock",
    source="guide R34; Argo CD, best practices (immutable manifests)",
)
def dependency_range(facts: Facts) -> Iterator[Breach]:
    """Chart.yaml or Chart.lock gives a remote dependency one exact version.

    A range without a lock that fits is resolved anew while Argo CD renders, so one tag gives other
    objects tomorrow than today.
    """
    for folder, dependency in _dependencies(facts):
        exact = dependency.version.removeprefix("v").partition("+")[0]
        if not dependency.is_local and not is_version(exact) and not locked_versions(folder):
            asked = f"the range {dependency.version!r}" if dependency.version else "no version"
            yield _at(folder, dependency, "version", f"has {asked} and no lock that fits")


@warning(
    fix="add it to the parent's dependencies with its version and condition",
    source="Helm, chart dependencies; guide R1",
)
def sub_chart_not_dependency(facts: Facts) -> Iterator[Breach]:
    """What is in charts/ is a dependency.

    Helm renders every chart of the charts/ folder; one that Chart.yaml does not mention cannot be
    switched off, and no version is asked of it.
    """
    for folder, bundle in loaded(facts):
        mentioned = {dependency.name for dependency in bundle.dependencies}
        for sub in bundle.charts:
            if sub.name not in mentioned:
                what = f"{folder.name} does not mention its sub-chart {sub.name}"
                owner = facts.tree.folders.get(sub.origin, folder).owner
                yield at_field(folder, "dependencies", what)._replace(chart=owner)


@rule(
    fix="remove the archive and keep *.tgz of sub-charts out of Git",
    source="Helm chart loader (LoadFiles visits them in no order)",
)
def sub_chart_twice(facts: Facts) -> Iterator[Breach]:
    """A sub-chart is in charts/ once, as a folder or as an archive.

    Helm loads both and takes either one, so a change of the folder may not be what is deployed.
    """
    clone = facts.picture.charts.clone
    untracked, git = clone.state.untracked, clone.repository.git
    for folder in facts.deployed:
        for beside in (f"charts/{sub.name}" for sub in folder.sub_folders):
            for file in fnmatch.filter(folder.files, f"{beside}-[0-9]*{ARCHIVE}"):
                path = folder.path_of(file)
                # What `helm dependency build` left behind and Git ignores is not deployed.
                if file.count("/") == 1 and path in facts.tree.known:
                    remove = f"{git} clean --force" if path in untracked else f"{git} rm"
                    what = f"{folder.name}: {file} stands beside the folder {beside}"
                    yield in_chart(folder, file, what, fix=f"run: {remove} -- :/{path}")


@rule(
    fix="add a Dependency to the chart's record in release/registry.py",
    source="Argo CD, projects (sourceRepos)",
)
def dependency_repository_unlisted(facts: Facts) -> Iterator[Breach]:
    """A remote dependency's repository is in the chart's registry record.

    The AppProject permits the repositories of the registry and no others, so Argo CD would refuse
    to render the chart.
    """
    for chart, top in facts.top_level:
        listed = {_address(item.repository) for item in chart.dependencies}
        for dependency in top.chart_yaml.dependencies:
            if "://" not in dependency.repository or dependency.is_local:
                continue
            if _address(dependency.repository) not in listed:
                what = f"comes from {dependency.repository}, which its record does not list"
                yield _at(top, dependency, "repository", what)


@warning(
    fix="remove the Dependency from the chart's record in release/registry.py",
    source="design, least privilege of AppProjects",
)
def dependency_idle(facts: Facts) -> Iterator[Breach]:
    """The registry lists no dependency that the chart does not have.

    The AppProject would trust a repository that nothing comes from.
    """
    for chart, top in facts.top_level:
        if top.text(CHART_FILE) is None:
            continue
        named = {(each.name, _address(each.repository)) for each in top.chart_yaml.dependencies}
        for listed in chart.dependencies:
            if (listed.name, _address(listed.repository)) not in named:
                what = f"the registry lists {listed.name} from {listed.repository} for {chart.name}"
                yield at_record(facts, chart.name, f"{what}, whose Chart.yaml does not have it")


def _address(repository: str) -> str:
    return repository.rstrip("/")


@warning(
    fix="run: helm dependency update, and commit Chart.lock",
    source="Helm, helm dependency update",
)
def lock_missing(facts: Facts) -> Iterator[Breach]:
    """A chart with dependencies has a Chart.lock.

    Without it nothing ties what was tested to what Argo CD fetches.
    """
    for name, folder, chart in facts.registered:
        if chart.dependencies and not folder.has(LOCK_FILE):
            what = f"{name} has dependencies and no {LOCK_FILE}"
            fix = f"run: {update_command(folder)} (then commit {LOCK_FILE})"
            yield at_field(folder, "dependencies", what, fix=fix)


@rule(
    fix="run: helm dependency update, and commit Chart.lock",
    source="Helm, helm dependency build (resolver.HashReq)",
)
def lock_stale(facts: Facts) -> Iterator[Breach]:
    """Chart.lock matches Chart.yaml.

    `helm dependency build`, which Argo CD runs, refuses a lock of another digest; the chart
    cannot be rendered then.
    """
    for name, folder, _ in facts.registered:
        for line, what, remedy in unfit(folder):
            fix = remedy or f"run: {update_command(folder)}"
            yield in_chart(folder, LOCK_FILE, f"{name}: {what}", line=line, fix=fix)
