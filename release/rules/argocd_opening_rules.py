"""Rules on what else in the checkout opens Argo CD beyond what the stack files say."""

from collections.abc import Iterator
from typing import Final

from release.argocd.manifests import ENVIRONMENT_LABEL, source_repositories
from release.estate import Environment
from release.rules.argocd_rules import ours
from release.rules.argomanifests import PROJECT
from release.rules.argonodes import shown
from release.rules.argopermits import permitted_sources, plain_address, reached_namespaces
from release.rules.argosettings import Scoped, openings, scoped
from release.rules.facts import Facts
from release.rules.rule import Breach, Need, Severity, rule
from release.text.counted import first_few

_NAMED: Final = 3


@rule(
    severity=Severity.WARNING,
    fix="narrow its destinations to its own namespaces and its sourceRepos to its repositories",
    source="Argo CD, projects (sourceRepos, destinations)",
    example="apps/project.yaml:2: AppProject default permits vault and 12 more namespaces of prod",
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


@rule(
    severity=Severity.WARNING,
    fix="narrow the setting, or say in the stack file's roles who may do it",
    source="Argo CD, RBAC configuration, argocd-cm, project-scoped repositories and clusters",
    example="argocd/rbac.yaml:9: argocd-rbac-cm policy.csv lets role:dev sync the Applications of "
    "production",
    needs={Need.ESTATE},
)
def argocd_setting_opens(facts: Facts) -> Iterator[Breach]:
    """No setting of Argo CD in the checkout opens what the stack files close.

    Roles, permitted repositories and pins of a project count for nothing where the instance lets
    everybody in, gives somebody all projects, or adds to what a project permits.
    """
    projects = {e.settings.project: e for e in facts.environments}
    for path, text in facts.argo_texts:
        for line, what in openings(text, projects, (ENVIRONMENT_LABEL,)):
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
