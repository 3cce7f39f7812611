"""CODEOWNERS: whose review GitHub asks for by itself. What must be approved is in the rulesets."""

from release.charts.record import Registry
from release.estate import Estate
from release.github.names import WORKFLOWS, below, stack_file_path
from release.github.paths import PROGRAM_FILES, PROGRAM_FOLDERS, chart_folders
from release.settings.governance import RepositorySettings
from release.settings.governance_constraints import PLATFORM

HEADER = "# Made by `hmco render --repository` from the registry and the stack files; edit those.\n"


def codeowners(registry: Registry, estate: Estate, repository: RepositorySettings) -> str:
    """Return the owners file: of the lines that match a file the last one counts (GitHub).

    To GitHub, owners on one line are alternatives; that team lead *and* SRE approve (guide R18) is
    the rulesets' work; this file only asks them to look.
    """
    platform = repository.owners[PLATFORM]
    charts = next(iter(estate.environments.values())).settings.source.charts
    lines: list[tuple[str, tuple[str, ...]]] = [(f"/{WORKFLOWS.partition('/')[0]}/", (platform,))]
    lines += [(f"/{below(repository, folder)}/", (platform,)) for folder in PROGRAM_FOLDERS]
    lines += [(f"/{below(repository, file)}", (platform,)) for file in PROGRAM_FILES]
    owned = [
        (folder, repository.owners[team])
        for team, folders in chart_folders(registry, charts).items()
        for folder in folders
    ]
    # A sub-chart's folder sorts after its parent's, so that its own line wins.
    lines += [(f"/{folder}/", (slug,)) for folder, slug in sorted(owned)]
    lines += [
        (f"/{pattern}", (rule.team,)) for rule in repository.paths for pattern in rule.patterns
    ]
    lines += [
        (f"/{stack_file_path(repository, name)}", environment.settings.approvals.teams)
        for name, environment in estate.environments.items()
        if environment.settings.approvals.teams
    ]
    return HEADER + "".join(
        f"{pattern} {' '.join(f'@{repository.owner}/{slug}' for slug in slugs)}\n"
        for pattern, slugs in lines
    )
