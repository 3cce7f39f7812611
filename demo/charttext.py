"""The edits of a release, done on texts that the estate itself made.

They are plain replacements on purpose: tests of the real editors must not rest on those editors.
"""

import re
from datetime import date


def note_change(changelog: str, line: str) -> str:
    """Return the changelog with a line below Unreleased, which is added if it is not there."""
    if "## [Unreleased]\n\n### Changed\n" in changelog:
        return _once(
            changelog,
            "## [Unreleased]\n\n### Changed\n",
            f"## [Unreleased]\n\n### Changed\n- {line}\n",
        )
    section = f"## [Unreleased]\n\n### Changed\n- {line}\n\n"
    if "## [Unreleased]\n\n" in changelog:
        return _once(changelog, "## [Unreleased]\n\n", section)
    return _once(changelog, "\n## [", f"\n{section}## [")


def release_notes(changelog: str, chart: str, version: str, day: date, releases: str) -> str:
    """Return the changelog in which what was unreleased is the version's section."""
    heading = f"## [Unreleased]\n\n## [{version}] - {day.isoformat()}\n\n"
    changelog = _once(changelog, "## [Unreleased]\n\n", heading)
    return re.sub(
        r"(?m)^\[\d", lambda match: f"[{version}]: {releases}/{chart}-{version}\n{match[0]}",
        changelog, count=1,
    )  # fmt: skip  # the replacement reads as one unit


def bump(chart_text: str, version: str) -> str:
    """Return Chart.yaml with another version of its own."""
    return _sub(r"(?m)^version: .*$", f"version: {version}", chart_text)


def bump_dependency(chart_text: str, name: str, version: str) -> str:
    """Return a parent's Chart.yaml with another version of one sub-chart."""
    return _sub(
        rf'(?m)^(  - name: {re.escape(name)}\n    version: )".*"$', rf'\g<1>"{version}"', chart_text
    )


def version_of(chart_text: str) -> str:
    """Return the version that a Chart.yaml states."""
    found = re.search(r"(?m)^version: (\S+)$", chart_text)
    if found is None:
        raise AssertionError("the chart has no version line")
    return found[1]


def next_revision(values: str) -> str:
    """Return values.yaml with its revision counted up."""
    found = re.search(r"(?m)^revision: (\d+)$", values)
    if found is None:
        raise AssertionError("the values have no revision line")
    return _sub(r"(?m)^revision: \d+$", f"revision: {int(found[1]) + 1}", values)


def pin_of(stack: str, chart: str) -> str:
    """Return the version or branch that a stack file gives a chart."""
    found = re.search(rf"(?m)^    {re.escape(chart)}: ([^\s{{]+)$", stack)
    if found is None:
        raise AssertionError(f"the stack file has no pin of {chart}")
    return found[1]


def set_pin(stack: str, chart: str, version: str) -> str:
    """Return the stack file with another pin of the chart."""
    return _once(stack, f"\n    {chart}: {pin_of(stack, chart)}\n", f"\n    {chart}: {version}\n")


def set_hold(stack: str, chart: str, reason: str, by: str) -> str:
    """Return the stack file with a hold of the chart."""
    entry = f'    {chart}: {{reason: "{reason}", by: {by}}}\n'
    if "  hmco:holds: {}\n" in stack:
        return _once(stack, "  hmco:holds: {}\n", f"  hmco:holds:\n{entry}")
    return _once(stack, "  hmco:holds:\n", f"  hmco:holds:\n{entry}")


def lift_hold(stack: str, chart: str) -> str:
    """Return the stack file without the chart's hold."""
    stack = _sub(rf"(?m)^    {re.escape(chart)}: {{.*}}\n", "", stack)
    return re.sub(r"(?m)^  hmco:holds:\n(?!    )", "  hmco:holds: {}\n", stack)


def _once(text: str, old: str, new: str) -> str:
    if old not in text:
        raise AssertionError(f"the estate's text has no {old!r}")
    return text.replace(old, new, 1)


def _sub(pattern: str, replacement: str, text: str) -> str:
    changed, count = re.subn(pattern, replacement, text, count=1)
    if not count:
        raise AssertionError(f"the estate's text has nothing like {pattern!r}")
    return changed
