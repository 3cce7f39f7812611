"""Asking every rule of an estate that a test has broken in one place."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.repository import EstateRepo
from release.charts.record import Registry
from release.repository.picture import work_tree
from release.repository.workspace import find_workspace
from release.rules.evaluation import Report, run_checks
from release.rules.facts import Facts
from release.rules.rule import Finding

IDLE_NAMESPACE = "fixed-namespace-idle"
"""The estate's templates are small, so its clean state has these notes and nothing else."""
CHANGED = "released-files-changed"
"""What every edit of a released chart's file brings with it."""


def facts_of(estate: EstateRepo, registry: Registry | None = None) -> Facts:
    """Return what the checkout says on the estate's own day."""
    picture = work_tree(registry or estate.registry, find_workspace(estate.program_path))
    return Facts(picture, estate.until.date())


def ask(estate: EstateRepo, registry: Registry | None = None) -> Report:
    """Ask every rule."""
    return run_checks(facts_of(estate, registry))


def told(
    report: Report, *, but: tuple[str, ...] = (IDLE_NAMESPACE, CHANGED)
) -> list[tuple[str, str, int]]:
    """Return rule, file and line of every finding, except for the rules that `but` names."""
    return [
        (finding.rule, finding.file, finding.line)
        for finding in report.findings
        if finding.rule not in but
    ]


def the_one(report: Report, rule: str) -> Finding:
    """Return the only finding of a rule."""
    (finding,) = (finding for finding in report.findings if finding.rule == rule)
    return finding


def line_of(estate: EstateRepo, file: str, text: str) -> int:
    """Return the line of a file that holds this text, 0 for no text; it stands there once."""
    if not text:
        return 0
    lines = (estate.path / file).read_text().splitlines()
    (line,) = (number for number, line in enumerate(lines, 1) if text in line)
    return line


@dataclass(frozen=True)
class Case:
    """One thing broken, and the one finding that it must bring, at the line that holds `at`."""

    rule: str
    file: str
    at: str
    breaks: Callable[[EstateRepo], object]
    id: str = ""

    def assert_told(self, estate: EstateRepo) -> None:
        """Break the estate and compare everything that is then told."""
        self.breaks(estate)
        expected = (self.rule, self.file, line_of(estate, self.file, self.at))
        assert told(ask(estate)) == [expected], "one broken thing is one finding at its place"


def edit(file: str, old: str, new: str) -> Callable[[EstateRepo], None]:
    """Return a break that replaces one text of a file."""
    return lambda estate: estate.edit(file, old, new)


def remove(file: str) -> Callable[[EstateRepo], None]:
    """Return a break that removes a file."""
    return lambda estate: (estate.path / file).unlink()


def write(file: str, text: str) -> Callable[[EstateRepo], None]:
    """Return a break that writes a file."""
    return lambda estate: estate.write(file, text)


def append(file: str, text: str) -> Callable[[EstateRepo], None]:
    """Return a break that adds text at a file's end."""

    def breaks(estate: EstateRepo) -> None:
        path = estate.path / file
        path.write_bytes(path.read_bytes() + text.encode())

    return breaks


def both(*breaks: Callable[[EstateRepo], object]) -> Callable[[EstateRepo], None]:
    """Return a break of several steps."""

    def all_of(estate: EstateRepo) -> None:
        for step in breaks:
            step(estate)

    return all_of
