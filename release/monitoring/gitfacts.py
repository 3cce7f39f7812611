"""What Git says of one environment, as far as rules and messages carry it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from release.argocd.manifests import HOLD_ANNOTATION, PIN_ANNOTATION
from release.estate import Estate
from release.metrics.deployments import deployments
from release.metrics.numbers import standing_of
from release.metrics.openmetrics_families import Family, families
from release.metrics.reading import read_timeline
from release.metrics.timeline import Timeline, told
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.git.commits import Commit
from release.repository.git.log import read_landings
from release.repository.pinhistory import PinChange
from release.versions import tag_ref

_LONGEST: Final = 200
"""Characters of a reason that a message has room for."""


@dataclass(frozen=True)
class History:
    """The trunk's history, and the commits that messages quote."""

    timeline: Timeline
    commits: Mapping[str, Commit]

    def facts(self, environment: str, days: int) -> tuple[Family, ...]:
        """Return the families of the environment's last days before the newest landing.

        Nothing in them depends on the clock, so that they change when something landed.
        """
        newest = max((move.landed_at for move in self.timeline.moves), default=None)
        first = newest - timedelta(days=days) if newest else None
        return families(
            self.timeline,
            (
                item
                for item in told(self.timeline)
                if item.deployment.environment == environment
                and (first is None or item.deployment.at > first)
            ),
            standing_of(self.timeline, lambda place: place[0] == environment),
        )

    def annotations(self, environment: str, chart: str, version: str) -> dict[str, str]:
        """Return who pinned the version and why, and the hold on it; nothing if it has not landed.

        The newest landing counts: an older one with the same version is not why it runs now.
        """
        place = (environment, chart)
        moves = [m for m in self.timeline.moves if (m.environment, m.chart) == place]
        pin = next((move for move in moves if move.moved), None)
        found: dict[str, str] = {}
        if pin is not None and pin.after == version:
            kinds = {d.commit: d.kind.value for d in deployments(moves)}
            found |= self._pin(pin, kinds.get(pin.commit, "return"))
        if moves and moves[0].hold_after is not None:
            found |= _hold(moves)
        return dict(sorted((key, one_line(value)) for key, value in found.items() if value))

    def _pin(self, pin: PinChange, kind: str) -> dict[str, str]:
        commit = self.commits[pin.commit]
        return {
            f"{PIN_ANNOTATION}before": pin.before or "nothing",
            f"{PIN_ANNOTATION}by": commit.author.name,
            f"{PIN_ANNOTATION}commit": pin.commit,
            f"{PIN_ANNOTATION}kind": kind,
            f"{PIN_ANNOTATION}revision": tag_ref(pin.chart, pin.after or ""),
            f"{PIN_ANNOTATION}why": commit.why,
        }


def _hold(newest_first: list[PinChange]) -> dict[str, str]:
    changes = (move for move in newest_first if move.hold_after != move.hold_before)
    set_by = next(changes, newest_first[0])
    hold = set_by.hold_after
    return {
        f"{HOLD_ANNOTATION}by": hold.by if hold else "",
        f"{HOLD_ANNOTATION}commit": set_by.commit,
        f"{HOLD_ANNOTATION}reason": hold.reason if hold else "",
        f"{HOLD_ANNOTATION}until": (hold.until if hold else None) or "",
    }


def one_line(text: str) -> str:
    """Return a person's text as messages may carry it: one line, printable, not too long."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def read_history(estate: Estate, program: Path) -> History:
    """Return the history of the checkout that the program lies in.

    HistoryIncompleteError in a shallow clone, another GitError outside of a repository.
    """
    clone = Clone(open_repository(program))
    folder = program.resolve().relative_to(clone.repository.toplevel.resolve())
    files = {
        name: (folder / environment.stack_file.name).as_posix()
        for name, environment in estate.environments.items()
    }
    timeline = read_timeline(estate, clone, clone, files)
    newest = {(m.environment, m.chart): m.commit for m in reversed(timeline.moves) if m.moved}
    trunk, ids = clone.trunk.commit, {*newest.values()}
    return History(timeline, read_landings(clone.repository, trunk, ids, files.values()))
