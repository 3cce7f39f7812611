"""Rules on what else in the checkout deploys our charts, or opens Argo CD beyond our settings."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import Final

from release.argocd.manifests import (
    ENVIRONMENT_LABEL,
    ApplicationRow,
    project_manifest,
    source_repositories,
)
from release.estate import Environment
from release.rules.argomanifests import PROJECT, ArgoManifest, ArgoSource, unreadable_manifests
from release.rules.argonodes import child, fits, is_open, may_be, plain_data, shown, text_of
from release.rules.argosettings import (
    Scoped,
    openings,
    permitted_sources,
    plain_address,
    reached_namespaces,
    scoped,
)
from release.rules.facts import Facts
from release.rules.rule import Breach, Need, Severity, rule, warning
from release.text.counted import first_few

MAY: Final = "may"
"""How a sentence begins that only a template's or generator's values decide."""
_NAMED: Final = 3
_FLOATING: Final = re.compile(r"|HEAD|\*|[xX]|latest|main|master|trunk|develop|.*[*^~<>|].*")


@dataclass(frozen=True, eq=False)
class _Ours:
    """What the stack files make, for comparing with what stands in the checkout."""

    facts: Facts

    @cached_property
    def rows(self) -> Mapping[str, tuple[Environment, ApplicationRow]]:
        """Environment and row of each Application, by its name."""
        return {row.application: (place, row) for place, row in self.facts.applications}

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The chart that is deployed with each chart folder: itself, or the one above it."""
        deployed = {row.chart for _, row in self.rows.values()}
        tops = {top.path: c.name for c, top in self.facts.top_level if c.name in deployed}
        return {
            folder: tops[above]
            for folder in self.facts.tree.folders
            for above in (folder, *map(str, PurePosixPath(folder).parents))
            if above in tops
        }

    @cached_property
    def repositories(self) -> frozenset[str]:
        """The addresses of the charts' repository."""
        settings = (environment.settings for environment in self.facts.environments)
        return frozenset(plain_address(each.source.repository) for each in settings)

    def fights(self, manifest: ArgoManifest) -> str:
        """Return in which way a manifest fights ours, "" if it does not."""
        if manifest.kind == PROJECT:
            owner = self.owner(manifest)
            return self._copied_project(manifest, owner) if owner else ""
        if not is_open(manifest.name) and manifest.name in self.rows:
            return self._copy(manifest, *self.rows[manifest.name])
        chart = next(filter(None, map(self._deploys, manifest.sources)), "")
        if chart:
            return f"deploys {chart}, which the stack files deploy"
        nameless = not shown(manifest.name, as_text="") and not manifest.is_patch
        meant = [name for name in self.rows if not nameless and _means(manifest, name)]
        if meant and not manifest.sources:
            return f"changes {meant[0]}, which the stack files make"
        chart = next(filter(None, map(self._may_deploy, manifest.sources)), "")
        if chart:
            return f"{MAY} deploy {chart}, which the stack files deploy"
        return f"{MAY} be {meant[0]}, which the stack files make" if meant else ""

    def owner(self, manifest: ArgoManifest) -> Environment | None:
        """Return the environment whose project a manifest is or may be."""
        environments = self.facts.environments
        return next((e for e in environments if _means(manifest, e.settings.project)), None)

    def _copied_project(self, manifest: ArgoManifest, owner: Environment) -> str:
        if ENVIRONMENT_LABEL not in manifest.labels:
            return f"is the project that {owner.name} makes"
        ours = project_manifest(owner, self.facts.charts_of(owner))
        same = plain_data(manifest.node) == ours["spec"]
        return "" if same else f"differs from the project that {owner.name} makes"

    def _copy(self, manifest: ArgoManifest, environment: Environment, row: ApplicationRow) -> str:
        """Return how an object of the name of one of ours differs; ours carry our label."""
        if ENVIRONMENT_LABEL not in manifest.labels:
            return "is an Application that the stack files make"
        revisions = [source.revision for source in manifest.sources]
        if revisions != [row.revision]:
            stated = shown(", ".join(revisions)) or "no revision"
            return f"names {stated}, the stack file {row.revision}"
        wanted = environment.settings.sync_policy.automated
        if _automated(manifest) is not wanted:
            told = ("on", "off") if wanted else ("off", "on")
            return f"has automatic sync {told[1]}, the stack file has it {told[0]}"
        return ""

    def _deploys(self, source: ArgoSource) -> str:
        """Return the chart that a source deploys for certain, "" for none."""
        return self.paths.get(_plain_path(source.path), "") if source.path else ""

    def _may_deploy(self, source: ArgoSource) -> str:
        """Return a chart that a source with holes may deploy, "" for none."""
        ours = is_open(source.repository) or plain_address(source.repository) in self.repositories
        if not ours or not is_open(source.path):
            return ""
        path = _plain_path(source.path)
        return next((chart for folder, chart in self.paths.items() if may_be(path, folder)), "")


@lru_cache(maxsize=4)
def ours(facts: Facts) -> _Ours:
    """Return what the stack files make."""
    return _Ours(facts)


def _means(manifest: ArgoManifest, name: str) -> bool:
    """Tell whether a manifest may carry this name; that of a patch without spec is a pattern."""
    return (fits if manifest.is_patch else may_be)(manifest.name, name)


def _automated(manifest: ArgoManifest) -> bool:
    """Tell whether Argo CD syncs by itself: an empty `automated` means yes."""
    automated = child(manifest.node, "syncPolicy", "automated")
    stated = text_of(child(automated, "enabled"))
    return automated is not None and text_of(automated) == "" and stated.lower() != "false"


def _plain_path(path: str) -> str:
    return posixpath.normpath(path.strip("/"))


@rule(
    fix="let the program's object take over first (docs/migration.md), then delete the file from "
    "Git alone: deleting an Application in the cluster deletes what it runs",
    source="guide R25; Argo CD, resource tracking; fault F8",
    needs={Need.ESTATE},
)
def legacy_application(facts: Facts) -> Iterator[Breach]:
    """No Argo CD manifest in the checkout fights the program's own.

    Whoever applies the file overwrites the pin, or two Applications own the same objects: the last
    sync wins, past every promotion rule.
    """
    ours_here = ours(facts)
    told = set[tuple[str, int, str]]()
    for manifest in facts.manifests:
        how = ours_here.fights(manifest)
        name = shown(manifest.name) or "without a name"
        if not how or (manifest.file, manifest.line, how) in told:
            continue
        told.add((manifest.file, manifest.line, how))
        _, row = ours_here.rows.get(manifest.name, (None, None))
        yield Breach(
            file=manifest.file,
            line=manifest.line,
            what=f"{manifest.kind} {name} {how}",
            chart=row.chart if row else "",
            severity=Severity.WARNING if how.startswith(MAY) else None,
        )


@warning(
    fix="name a tag as refs/tags/NAME or a commit, or delete the manifest",
    source="guide R34; Argo CD, tracking strategies",
)
def floating_revision(facts: Facts) -> Iterator[Breach]:
    """No Argo CD manifest in the checkout follows a branch or a range.

    Every merge changes what it deploys, without a promotion.
    """
    told = set[tuple[str, int]]()
    for manifest in facts.manifests:
        if manifest.kind == PROJECT or ours(facts).fights(manifest):
            continue
        for source in manifest.sources:
            here = (manifest.file, source.line)
            if _FLOATING.fullmatch(source.revision) and here not in told:
                told.add(here)
                kind, name = manifest.kind, shown(manifest.name)
                what = f"{kind} {name} follows {source.revision or 'HEAD'}"
                yield Breach(file=manifest.file, line=source.line, what=what)


@warning(
    fix="make it YAML without template actions, or move it out of the checkout",
    source="Helm, templates; Argo CD, declarative setup",
)
def argo_manifest_unreadable(facts: Facts) -> Iterator[Breach]:
    """Every Argo CD manifest in the checkout can be read.

    What cannot be read may deploy a chart or loosen a project past every rule.
    """
    for path, text in facts.argo_texts:
        for each in unreadable_manifests(text):
            what = "names a kind of Argo CD and cannot be read"
            yield Breach(file=path, line=each.line, what=what)


@warning(
    fix="narrow its destinations to its own namespaces and its sourceRepos to its repositories",
    source="Argo CD, projects (sourceRepos, destinations)",
    needs={Need.ESTATE},
)
def foreign_project_permits(facts: Facts) -> Iterator[Breach]:
    """No other AppProject in the checkout permits what ours guard.

    An Application of that project may write to the same namespaces, past the sync windows, roles
    and pins of the stack files; one that may write to Argo CD's own namespace may do everything.
    """
    for manifest in facts.manifests:
        if manifest.kind != PROJECT or ours(facts).owner(manifest):
            continue
        for environment in facts.environments:
            reached = reached_namespaces(manifest.node, environment, facts.charts_of(environment))
            if not reached:
                continue
            source = permitted_sources(manifest.node, environment)
            where = f", and our charts from {shown(source)}" if source else ""
            yield Breach(
                file=manifest.file,
                line=manifest.line,
                what=f"AppProject {shown(manifest.name)} permits the namespaces "
                f"{first_few(reached, _NAMED)} of {environment.name}{where}",
                environment=environment.name,
            )


@warning(
    fix="narrow the setting, or say in the stack file's roles who may do it",
    source="Argo CD, RBAC configuration, argocd-cm, project-scoped repositories and clusters",
    needs={Need.ESTATE},
)
def argocd_setting_opens(facts: Facts) -> Iterator[Breach]:
    """No setting of Argo CD in the checkout opens what the stack files close.

    Roles, permitted repositories and pins of a project count for nothing where the instance lets
    everybody in, gives somebody all projects, or adds to what a project permits.
    """
    projects = {e.settings.project: e for e in facts.environments}
    for path, text in facts.argo_texts:
        for line, what in openings(text, projects):
            yield Breach(file=path, line=line, what=what)
        for item in scoped(text):
            environment = projects.get(item.project)
            if environment is not None and not _permitted(facts, environment, item):
                yield Breach(
                    file=path,
                    line=item.line,
                    what=f"the {item.kind} {item.address} is added to what the project of "
                    f"{environment.name} permits",
                    environment=environment.name,
                )


def _permitted(facts: Facts, environment: Environment, item: Scoped) -> bool:
    """Tell whether the project permits the repository anyway; a cluster comes with every name."""
    if item.kind == "cluster":
        return False
    known = source_repositories(environment.settings, facts.charts_of(environment))
    return plain_address(item.address) in set(map(plain_address, known))
