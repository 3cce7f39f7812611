"""What happens in the estate: changes, cuts, promotions and rollbacks as landed pull requests."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from demo import charttext
from demo.chartfiles import lock_of
from demo.stream import ImportStream, Person, Stamp
from release.versions import parse_version, tag_of

if TYPE_CHECKING:
    from demo.repository import EstateRepo

RITA: Final = Person("Rita Releaser", "rita@254carbon.example")
DEVI: Final = Person("Devi Developer", "devi@254carbon.example")
SAM: Final = Person("Sam Reliable", "sam@254carbon.example")
TESS: Final = Person("Tess Lead", "tess@254carbon.example")
FORGE: Final = Person("GitHub", "noreply@github.example")

_LIGHT_TAG_EVERY: Final = 4
"""One tag in so many is a light one, as people make them by hand."""


class Story:
    """Writes landings on the default branch; every method is one pull request.

    `read` gives the text of a file at the start; later reads see what the story wrote. `at` is
    when a request lands, an hour after the one before if it is left out.
    """

    def __init__(
        self, estate: "EstateRepo", read: Callable[[str], bytes], stream: ImportStream
    ) -> None:
        self._estate = estate
        self._registry = estate.registry
        self._read = read
        self._stream = stream
        self._written: dict[str, bytes | None] = {}
        self._tags = 0
        self._pins: dict[tuple[str, str], list[str]] = {}

    def text(self, path: str) -> str:
        """Return a file's text as the story has it now."""
        content = self._written.get(path)
        return (self._read(path) if content is None else content).decode()

    def chart_path(self, chart: str, file: str) -> str:
        """Return the path of a chart's or sub-chart's file."""
        return f"{self._registry.path_of(chart, self._estate.charts)}/{file}"

    def stack_path(self, environment: str) -> str:
        """Return the path of an environment's stack file."""
        return f"{self._estate.program}Pulumi.{environment}.yaml"

    def version_of(self, chart: str) -> str:
        """Return the version that the chart's Chart.yaml states now."""
        return charttext.version_of(self.text(self.chart_path(chart, "Chart.yaml")))

    def pin_of(self, environment: str, chart: str) -> str:
        """Return what the environment's stack file gives the chart now."""
        return charttext.pin_of(self.text(self.stack_path(environment)), chart)

    def previous_pin(self, environment: str, chart: str) -> str:
        """Return what this story's last promotion of the chart replaced there."""
        return self._pins[environment, chart][-1]

    def change(self, chart: str, *, at: datetime | None = None) -> str:
        """Change the chart's values on the trunk and say so in its changelog; squash-merged."""
        parent = self._parent(chart)
        values = self.chart_path(chart, "values.yaml")
        log = self.chart_path(parent, "CHANGELOG.md")
        files = {
            values: charttext.next_revision(self.text(values)),
            log: charttext.note_change(self.text(log), f"Tuned the settings of {chart}"),
        }
        return self.squash(files, f"fix({chart}): tune settings", author=DEVI, at=at)

    def cut(self, chart: str, version: str | None = None, *, at: datetime | None = None) -> str:
        """Cut a version of the chart (the next minor one) and tag where it lands.

        A sub-chart's new version stands in its parent too, so the parent gets one with it.
        """
        parent = self._parent(chart)
        chosen = version or str(parse_version(self.version_of(chart)).bump_minor())
        files: dict[str, str] = {}
        tags = {chart: chosen}
        chart_file = self.chart_path(parent, "Chart.yaml")
        chart_text = self.text(chart_file)
        if chart != parent:
            sub_file = self.chart_path(chart, "Chart.yaml")
            files[sub_file] = charttext.bump(self.text(sub_file), chosen)
            chart_text = charttext.bump_dependency(chart_text, chart, chosen)
            files[self.chart_path(parent, "Chart.lock")] = lock_of(chart_text)
            tags[parent] = str(parse_version(self.version_of(parent)).bump_minor())
        files[chart_file] = charttext.bump(chart_text, tags[parent])
        log = self.chart_path(parent, "CHANGELOG.md")
        when = at or self._estate.last_landing + timedelta(hours=1)
        files[log] = charttext.release_notes(
            self.text(log), parent, tags[parent], when.date(), self._estate.releases
        )
        title = f"Cut {chart} {chosen}"
        mark = self.squash(files, title, author=RITA, at=when)
        for name, tagged in tags.items():
            self.tag(name, tagged, mark)
        return mark

    def tag(self, chart: str, version: str, target: str) -> None:
        """Tag a commit as a version of the chart; every fourth tag is a light one."""
        self._tags += 1
        light = self._tags % _LIGHT_TAG_EVERY == 0
        self._stream.tag(
            tag_of(chart, version),
            target,
            tagger=None if light else Stamp(RITA, self._estate.last_landing),
            message=f"{chart} {version}\n",
        )

    def promote(
        self, chart: str, environment: str, version: str, *, at: datetime | None = None
    ) -> str:
        """Pin the version in the environment; a merge commit with approvals lands it."""
        stack = self.stack_path(environment)
        self._pins.setdefault((environment, chart), []).append(self.pin_of(environment, chart))
        return self.merge(
            {stack: charttext.set_pin(self.text(stack), chart, version)},
            f"Promote {chart} {version} to {environment}",
            branch=f"promote/{chart}-{version}-to-{environment}",
            at=at,
        )

    def roll_back(
        self, chart: str, environment: str, version: str, *, at: datetime | None = None
    ) -> str:
        """Pin an older version and hold the chart there, in one request."""
        stack = self.stack_path(environment)
        before = self.pin_of(environment, chart)
        text = charttext.set_pin(self.text(stack), chart, version)
        return self.merge(
            {stack: charttext.set_hold(text, chart, f"rolled back from {before}", RITA.name)},
            f"Roll back {chart} to {version} in {environment}",
            branch=f"rollback/{chart}-{version}-in-{environment}",
            at=at,
        )

    def hold(self, chart: str, environment: str, reason: str, *, at: datetime | None = None) -> str:
        """Hold the chart in the environment."""
        stack = self.stack_path(environment)
        text = charttext.set_hold(self.text(stack), chart, reason, RITA.name)
        return self.squash({stack: text}, f"Hold {chart} in {environment}", author=RITA, at=at)

    def unhold(self, chart: str, environment: str, *, at: datetime | None = None) -> str:
        """Lift the chart's hold in the environment."""
        stack = self.stack_path(environment)
        text = charttext.lift_hold(self.text(stack), chart)
        why = f"Unhold: {chart} in {environment}: settled"
        return self.squash(
            {stack: text}, f"Unhold {chart} in {environment}", author=RITA, at=at, body=why
        )

    def squash(
        self,
        files: Mapping[str, str | bytes | None],
        title: str,
        *,
        author: Person = DEVI,
        at: datetime | None = None,
        body: str = "",
    ) -> str:
        """Land files as one commit with the request's number in its subject."""
        when, number = self._land(at)
        content = self._write(files)
        message = f"{title} (#{number})\n" + (f"\n{body}\n" if body else "")
        return self._stream.commit(
            content, message, author=Stamp(author, when), committer=Stamp(FORGE, when)
        )

    def merge(
        self,
        files: Mapping[str, str | bytes | None],
        title: str,
        *,
        branch: str,
        at: datetime | None = None,
    ) -> str:
        """Land files as a branch with one commit and the merge commit that GitHub makes of it."""
        when, number = self._land(at)
        content = self._write(files)
        written = Stamp(RITA, when - timedelta(minutes=40))
        side = self._stream.commit(
            content, f"{title}\n", author=written, committer=written, side=True
        )
        message = (
            f"Merge pull request #{number} from 254CARBON/{branch}\n\n{title}\n\n"
            f"Approved-by: {TESS}\nApproved-by: {SAM}\n"
        )
        return self._stream.commit(
            content, message, author=Stamp(TESS, when), committer=Stamp(FORGE, when), merges=side
        )

    def _land(self, at: datetime | None) -> tuple[datetime, int]:
        estate = self._estate
        estate.last_landing = at or estate.last_landing + timedelta(hours=1)
        estate.next_request += 1
        return estate.last_landing, estate.next_request - 1

    def _write(self, files: Mapping[str, str | bytes | None]) -> dict[str, bytes | None]:
        content = {
            path: text.encode() if isinstance(text, str) else text for path, text in files.items()
        }
        self._written |= content
        return content

    def _parent(self, chart: str) -> str:
        sub_chart = self._registry.sub_by_name.get(chart)
        return sub_chart.parent if sub_chart else chart
