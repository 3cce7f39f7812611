"""The numbers as one HTML file: no script, nothing fetched, good on screens and on paper."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Final

from release.metrics.definitions import DEFINITIONS
from release.metrics.deployments import Kind
from release.metrics.numbers import Metrics
from release.metrics.plotting import Style, pygal
from release.metrics.row import COLUMNS, NONE, texts
from release.metrics.timeline import Timeline
from release.text.times import told_moment

_SCRIPT: Final = re.compile(r"(?s)<script.*?</script>|<!--.*?-->")
_MOST_BARS: Final = 53
"""Weeks of a year; a longer period gets wider bars instead of more."""
_MOST_LINES: Final = 5
_MOST_ROWS: Final = 500
_STYLE: Final = {
    "background": "transparent",
    "plot_background": "transparent",
    "foreground": "var(--text)",
    "foreground_strong": "var(--text)",
    "foreground_subtle": "var(--faint)",
    "guide_stroke_color": "var(--faint)",
    "major_guide_stroke_color": "var(--faint)",
    "opacity": "1",
    "opacity_hover": "1",
    "transition": "0s",
    "font_family": "system-ui, sans-serif",
}
_NEUTRAL: Final = ("var(--third)", "var(--fourth)", "var(--good)", "var(--text)", "var(--bad)")
"""Colours of environments, none of which is better or worse."""
_CSS: Final = """
:root { color-scheme: light dark; --text: #1c2430; --back: #fff; --faint: #c9d1db; --soft: #f3f5f8;
  --good: #1b7f4d; --bad: #c2362b; --third: #2f5fb3; --fourth: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaf0; --back: #14181f; --faint: #47505c;
  --soft: #1d232c; --good: #4cc38a; --bad: #ff7b6e; --third: #7ea8f8; --fourth: #e0a93b; } }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; width: 100%; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .4rem; border-bottom: 1px solid var(--faint);
  vertical-align: top; overflow-wrap: break-word; max-width: 30rem; }
th { background: var(--soft); }
figure { margin: 1.5rem 0; break-inside: avoid; }
figure svg { width: 100%; height: auto; }
.scroll { overflow-x: auto; }
h2 { break-after: avoid; }
.bad { color: var(--bad); font-weight: 600; }
dt { font-weight: 600; margin-top: .8rem; }
dd { margin: 0; }
@media print { :root { --text: #000; --back: #fff; --faint: #999; --soft: #eee; --good: #1b7f4d;
  --bad: #c2362b; --third: #2f5fb3; --fourth: #8a5a00; }
  body { margin: 0; max-width: none; font-size: 11px; }
  table { font-size: inherit; } thead { display: table-header-group; }
  tr, figure { break-inside: avoid; } .scroll { overflow: visible; } }
"""


def report(timeline: Timeline, metrics: Metrics) -> str:
    """Return the whole page; the same numbers give the same bytes."""
    return "\n".join(_page(timeline, metrics)) + "\n"


def _page(timeline: Timeline, metrics: Metrics) -> Iterator[str]:
    window = metrics.window
    period = f"{told_moment(window.since)} to {told_moment(window.until)}"
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Releases, {escape(period)}</title><style>{_CSS}</style></head><body>"
    yield f"<h1>Releases</h1><p>{escape(period)}, landings on the trunk.</p>"
    yield from _table(
        "By environment",
        ("Environment", *map(str.capitalize, COLUMNS)),
        _numbers(metrics),
    )
    for name in metrics.environments:
        yield from _figure(
            f"Landings in {name}",
            "Promotions and first versions, and rollbacks, in each part of the period.",
            _landings(metrics, name),
        )
    yield from _figure(
        "Days from cut to landing",
        "Each version's way into an environment, one point per landing.",
        _waits(metrics),
    )
    yield from _table("What differs and what is held", _STANDING, _standing(timeline, metrics))
    shown = metrics.told[::-1][:_MOST_ROWS]
    more = len(metrics.told) - len(shown)
    yield from _table(
        "Landings" + (f" (the newest {_MOST_ROWS}, {more} more)" if more else ""),
        ("When", "Environment", "Chart", "Version", "Before", "What", "Skipped gates"),
        (
            (
                told_moment(item.deployment.at),
                item.deployment.environment,
                item.deployment.chart,
                item.deployment.version,
                item.deployment.before or NONE,
                item.deployment.kind.value + (", failed" if item.deployment.failed else ""),
                ", ".join(item.skipped_gates) or NONE,
            )
            for item in shown
        ),
    )
    yield "<h2>What the numbers mean</h2><dl>"
    for definition in DEFINITIONS:
        differs = f" {definition.differs}" if definition.differs else ""
        yield f"<dt>{escape(definition.title)}</dt>"
        yield f"<dd>{escape(definition.meaning + differs)}</dd>"
    yield "</dl></body></html>"


_STANDING: Final = ("Environment", "Chart", "Team", "Pin", "Behind by", "Since", "Hold")


def _numbers(metrics: Metrics) -> Iterator[tuple[str, ...]]:
    for name, numbers in metrics.environments.items():
        places = [place for place in metrics.standing.drift if place[0] == name]
        yield name, *map(_unbroken, texts(metrics, numbers, places))


def _unbroken(text: str) -> str:
    """Keep a number and its unit on one line, however narrow the column."""
    kept = text.replace(" ", "\N{NO-BREAK SPACE}")
    return kept.replace("\N{NO-BREAK SPACE}=", " =").replace(",\N{NO-BREAK SPACE}", ", ")


def _standing(timeline: Timeline, metrics: Metrics) -> Iterator[tuple[str, ...]]:
    standing = metrics.standing
    for place in metrics.places:
        drift, hold = standing.drift.get(place), standing.held.get(place)
        if place not in standing.pins or (hold is None and not (drift and drift.versions)):
            continue
        yield (
            *place,
            timeline.owners.get(place[1], NONE),
            standing.pins[place],
            str(drift.versions) if drift else NONE,
            told_moment(drift.since) if drift and drift.since else NONE,
            f"{hold.reason} (by {hold.by})" if hold else NONE,
        )


def _table(title: str, header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f'<h2>{escape(title)}</h2><div class="scroll"><table><thead><tr>'
    yield "".join(f"<th>{escape(name)}</th>" for name in header) + "</tr></thead><tbody>"
    empty = True
    for row in rows:
        empty = False
        failed = ' class="bad"' if any(cell.endswith("failed") for cell in row) else ""
        yield f"<tr{failed}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    if empty:
        yield f'<tr><td colspan="{len(header)}">Nothing.</td></tr>'
    yield "</tbody></table></div>"


def _figure(title: str, says: str, chart: str) -> Iterator[str]:
    if chart:
        yield f"<h2>{escape(title)}</h2><figure>{chart}"
        yield f"<figcaption>{escape(says)}</figcaption></figure>"


def _options(height: int, colours: Sequence[str]) -> dict[str, object]:
    return {
        "style": Style(**_STYLE, colors=tuple(colours)),
        "width": 960,
        "height": height,
        "disable_xml_declaration": True,
        "js": (),
        "no_data_text": "Nothing landed.",
        "legend_at_bottom": True,
        "margin": 10,
        "max_scale": 6,
    }


def _landings(metrics: Metrics, environment: str) -> str:
    """Return bars of what landed, a bar for each week, or for a longer while in a long period."""
    window = metrics.window
    span = max(timedelta(weeks=1), (window.until - window.since) / _MOST_BARS)
    count = max(1, -(-(window.until - window.since) // span))
    bars: Mapping[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for item in metrics.told:
        deployment = item.deployment
        if deployment.environment == environment:
            place = min(int((deployment.at - window.since) / span), count - 1)
            bars[deployment.kind is Kind.ROLLBACK][place] += 1
    if not any(bars.values()):
        return ""
    chart = pygal.StackedBar(
        x_label_rotation=35,
        show_minor_x_labels=False,
        **_options(260, ("var(--good)", "var(--bad)")),
    )
    chart.uuid = f"landings-{environment}"
    chart.x_labels = [f"{window.since + span * n:%Y-%m-%d}" for n in range(count)]
    chart.x_labels_major_count = 8
    most = max(bars[False][n] + bars[True][n] for n in range(count))
    chart.y_labels = range(0, most + 1, -(-most // _MOST_LINES))
    chart.add("deployed", [bars[False][n] for n in range(count)])
    chart.add("rolled back", [bars[True][n] for n in range(count)])
    return _drawn(chart)


def _waits(metrics: Metrics) -> str:
    points: dict[str, list[tuple[float, float]]] = {}
    for item in metrics.told:
        if item.waited is not None:
            day = (item.deployment.at - metrics.window.until) / timedelta(days=1)
            wait = item.waited / timedelta(days=1)
            name = item.deployment.environment
            points.setdefault(name, []).append((round(day, 2), round(wait, 2)))
    if not points:
        return ""
    chart = pygal.XY(
        stroke=False,
        include_x_axis=True,
        x_title="days, counted from the end of the period",
        y_title="days",
        **_options(320, _NEUTRAL),
    )
    chart.uuid = "waits"
    for environment in metrics.environments:
        if environment in points:
            chart.add(environment, points[environment])
    return _drawn(chart)


def _drawn(chart: pygal.Graph) -> str:
    """Return the drawing without the script of settings that the library always writes."""
    return _SCRIPT.sub("", str(chart.render(is_unicode=True)))
