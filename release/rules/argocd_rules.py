"""Rules on Argo CD manifests that stand in the checkout beside what the program derives."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from release.argocd.manifests import ENVIRONMENT_LABEL, application_row
from release.rules.argomanifests import ArgoManifest
from release.rules.facts import Facts
from release.rules.model import Breach, Need, Severity, rule

_ESTATE: Final = frozenset({Need.ESTATE})
_FLOATING: Final = re.compile(r"|HEAD|\*|[xX]|latest|main|master|trunk|develop|.*[*^~<>|].*")


def _applications(facts: Facts) -> Mapping[str, str]:
    """Return the chart of each Application that the program makes, by the Application's name."""
    by_name = facts.registry.by_name
    return {
        application_row(environment, by_name[chart]).application: chart
        for environment in facts.environments
        for chart in environment.settings.versions
    }


def _foreign(facts: Facts) -> Iterator[ArgoManifest]:
    """Yield manifests that are none of ours: rendered ones carry our label."""
    for manifest in facts.manifests:
        if ENVIRONMENT_LABEL not in manifest.labels:
            yield manifest


def _fights(facts: Facts, manifest: ArgoManifest, applications: Mapping[str, str]) -> str:
    """Return in which way a manifest fights ours, "" if it does not."""
    if manifest.kind == "AppProject":
        owners = [e.name for e in facts.environments if e.settings.project == manifest.name]
        return f"is the project that {owners[0]} makes" if owners else ""
    if manifest.name in applications:
        return "is an Application that the stack files make"
    for source in manifest.sources:
        path = source.path.strip("/").removeprefix("./")
        chart = path.removeprefix(f"{facts.tree.charts}/")
        if chart != path and chart in set(applications.values()):
            return f"deploys {chart}, which the stack files deploy"
    return ""


@rule(
    fix="let the program's object take over first (docs/migration.md), then delete the file from "
    "Git alone: to delete an Application in the cluster deletes what it runs",
    source="guide R25; Argo CD, resource tracking; fault F8",
    example="environments/prod/argocd-applications.yaml:40: Application vault-prod is one that "
    "the stack files make",
    needs=_ESTATE,
)
def legacy_application(facts: Facts) -> Iterator[Breach]:
    """No Argo CD manifest in the checkout fights the program's.

    Whoever applies the file overwrites the pin, or two Applications own the same objects: the last
    sync wins, past every promotion rule.
    """
    applications = _applications(facts)
    for manifest in _foreign(facts):
        how = _fights(facts, manifest, applications)
        if how:
            yield Breach(
                file=manifest.file,
                line=manifest.line,
                what=f"{manifest.kind} {manifest.name} {how}",
                chart=applications.get(manifest.name, ""),
            )


@rule(
    severity=Severity.WARNING,
    fix="name a tag as refs/tags/NAME or a commit, or delete the manifest",
    source="guide R34; Argo CD, tracking strategies",
    example="k8s/gitops/extra.yaml:12: Application extra follows HEAD",
)
def floating_revision(facts: Facts) -> Iterator[Breach]:
    """No Argo CD manifest in the checkout follows a branch or a range.

    Every merge changes what it deploys, without a promotion.
    """
    applications = _applications(facts)
    for manifest in _foreign(facts):
        if manifest.kind != "Application" or _fights(facts, manifest, applications):
            continue
        for source in manifest.sources:
            if _FLOATING.fullmatch(source.revision):
                yield Breach(
                    file=manifest.file,
                    line=source.line,
                    what=f"Application {manifest.name} follows {source.revision or 'HEAD'}",
                )
