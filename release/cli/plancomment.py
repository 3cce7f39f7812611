"""What `hmco plan` says of a change, as Markdown for a pull request."""

from collections.abc import Iterator, Mapping
from typing import Final

from release.cli.rendering import open_renderer, states_of
from release.github.markdown import escape
from release.plan.applications import ProgramError
from release.plan.compare import compare
from release.plan.markdown import to_markdown
from release.promotion.decision import Action, Reason
from release.rendering.renderedobjects import Rendering
from release.rendering.renderer import Wanted
from release.repository.git.checkout import Repository
from release.repository.git.errors import GitError
from release.repository.picture import Picture
from release.settings.problems import SettingsError

LIMIT: Final = 30_000
"""Half of what a comment or a body takes; the other half belongs to what was decided."""


def outlook(here: Picture, base: str, head: str) -> str:
    """Return what the step from `base` to `head` does to every environment.

    Where that cannot be told it says so: a plan that fails must not keep the rest from being told.
    """
    try:
        with states_of(here) as states:
            before, after = states.side(base), states.side(head)
            made = compare(before, after, open_renderer(), here.registry)
        return to_markdown(made, f"hmco plan --base {base} --head {head}", LIMIT)
    except (GitError, SettingsError, ProgramError) as error:
        return f"What this does to the environments is unknown: {escape(str(error))}"


def unfit(here: Picture, head: str, action: Action) -> Iterator[Reason]:
    """Yield why a promotion's chart would not deploy: rendered and linted with the target's values.

    What cannot be rendered here, for want of Helm or of a chart's dependencies, is told by the
    outlook and stops nobody. Nor does anything stop a rollback, whose version has run there before.
    """
    moved = {each.chart for each in action.each if action.command == "promote"}
    renderer = open_renderer()
    with states_of(here) as states:
        side = states.side(head)
        for ready in side.applications({}):
            if ready.chart not in moved or ready.environment != action.environment:
                continue
            wanted = side.prepared(ready, renderer)
            found = renderer.linted(wanted) if isinstance(wanted, Wanted) else wanted
            if isinstance(found, Rendering) and found.failure:
                yield Reason(
                    "rendering-fails",
                    f"{ready.chart} {ready.version} does not pass with the values of "
                    f"{ready.environment}: {found.failure}",
                    f"correct the chart, cut another version (hmco cut {ready.chart} patch) and "
                    "promote that",
                )


def edited_commit(repository: Repository, edits: Mapping[str, str]) -> str:
    """Return a commit that no branch leads to: HEAD with these files, to be looked at alone."""
    # The clock would give each look another name, and a pull request's text would change with it.
    head, moment = repository.run("log", "-1", "--format=%H %ct", "HEAD").decode().split()
    person = f"hmco <hmco@localhost> {moment} +0000"
    lines = [f"commit {_ASIDE}", "mark :1", f"author {person}", f"committer {person}"]
    lines += ["data 10", "Looked at", "", f"from {head}"]
    for path, text in edits.items():
        # Neither a name nor a text can say more: one is quoted, the other's length is told.
        lines += [
            f'M 100644 inline "{path.translate(_QUOTED)}"',
            f"data {len(text.encode())}",
            text,
        ]
    lines += ["get-mark :1", f"reset {_ASIDE}", f"from {'0' * len(head)}", ""]
    stream = "\n".join(lines).encode(errors="surrogateescape")
    made = repository.run("fast-import", "--quiet", "--date-format=raw", stdin=stream)
    return made.decode().strip()


_QUOTED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_ASIDE: Final = "refs/hmco/looked-at"
"""What fast-import calls the commit; it is taken back before Git writes it anywhere."""
