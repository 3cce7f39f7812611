"""Where a rule is broken: in a chart's file, at a field, at a registry record, at a setting."""

from release.estate import Environment
from release.repository.charttree import CHART_FILE, ChartFolder
from release.rules.facts import Facts
from release.rules.rule import Breach, Severity


def in_chart(  # noqa: PLR0913 -- a place and what is told of it
    folder: ChartFolder,
    file: str,
    what: str,
    *,
    line: int = 0,
    fix: str = "",
    severity: Severity | None = None,
    environment: str = "",
) -> Breach:
    """Return a breach in a file of a chart's folder."""
    return Breach(
        file=folder.path_of(file),
        line=line,
        what=what,
        fix=fix,
        chart=folder.owner,
        environment=environment,
        severity=severity,
    )


def at_field(folder: ChartFolder, field: str, what: str, *, fix: str = "") -> Breach:
    """Return a breach at a field of a chart's Chart.yaml."""
    line = folder.chart_yaml.lines.get(field, 0)
    return in_chart(folder, CHART_FILE, what, line=line, fix=fix)


def at_record(facts: Facts, chart: str, what: str) -> Breach:
    """Return a breach at a chart's record in the registry."""
    line = facts.registry_lines.get(chart, 0)
    return Breach(file=facts.registry_path, line=line, what=what, chart=chart)


def at_setting(  # noqa: PLR0913 -- as above
    facts: Facts,
    environment: Environment,
    path: tuple[str | int, ...],
    what: str,
    *,
    chart: str = "",
    fix: str = "",
    severity: Severity | None = None,
) -> Breach:
    """Return a breach at a setting of an environment's stack file."""
    return Breach(
        file=facts.stack_path(environment.stack_file.name),
        line=environment.stack_file.line(*path),
        what=what,
        fix=fix,
        chart=chart,
        environment=environment.name,
        severity=severity,
    )


def at_pin(  # noqa: PLR0913 -- as above
    facts: Facts,
    environment: Environment,
    chart: str,
    what: str,
    *,
    severity: Severity | None = None,
    fix: str = "",
) -> Breach:
    """Return a breach at the line that says which version of a chart runs in an environment."""
    path = ("versions", chart)
    return at_setting(facts, environment, path, what, chart=chart, fix=fix, severity=severity)
