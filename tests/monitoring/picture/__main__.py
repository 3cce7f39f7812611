"""`python -m tests.monitoring.picture` draws docs/dashboard.svg anew.

It needs npm and Chromium. Months of the demonstration go into a real Prometheus, as if rules had
carried each landing from its time on; the dashboard's own queries are put to it.
"""

import functools
import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from prometheus_client.utils import floatToGoString

from demo.builder import build_estate
from demo.repository import EstateRepo
from release.estate import Estate, load_estate, read_stack_files
from release.metrics.numbers import standing_of
from release.metrics.openmetrics_families import families
from release.metrics.timeline import Timeline, told
from release.monitoring.dashboards import dashboard_json, panels
from release.monitoring.gitfacts import read_history
from release.monitoring.queries import CHART, ENVIRONMENT, VERSION
from tests.loopback import served
from tests.monitoring.picture import PICTURE, mark
from tests.monitoring.promtool import promtool
from tests.monitoring.server import Server, serving
from tests.monitoring.test_dashboards import resolved

HERE: Final = Path(__file__).parent
_STEP: Final = 12 * 3600
_DAYS: Final = 90
_WAITS: Final = 12 * 86_400
_BROWSER: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000")


def series(estate: Estate, timeline: Timeline, times: range) -> Iterator[str]:
    """Yield OpenMetrics text: Git's facts since they landed, and what Argo CD would export."""
    items = told(timeline)
    landed = {(d.commit[:12], d.place): d.at.timestamp() for d in timeline.deployments}
    for family in families(timeline, items, standing_of(timeline, lambda _: True)):
        yield f"# TYPE {family.name} gauge"
        for sample in family.samples:
            place = (sample.labels["environment"], sample.labels["chart"])
            since = landed.get((sample.labels.get("landing", ""), place), 0)
            for time in times:
                if time >= since:
                    yield _line(family.name, sample.labels, sample.value, time)
    exported: dict[str, list[str]] = {"argocd_app_info": [], "argocd_app_labels": []}
    syncs: list[str] = []
    for number, (name, environment) in enumerate(estate.environments.items()):
        for chart, version in environment.settings.versions.items():
            here = [d.at.timestamp() for d in timeline.deployments if d.place == (name, chart)]
            automated = environment.settings.sync_policy.automated
            base = {
                "name": f"{chart}-{name}",
                "namespace": "argocd",
                "project": environment.settings.project,
            }
            labels = {**base, CHART: chart, ENVIRONMENT: name, VERSION: version}
            for time in times:
                waits = not automated and any(at <= time < at + _WAITS for at in here)
                ill = (len(chart) * 5 + number + time // _STEP) % 53 == 0
                info = {
                    **base,
                    "autosync_enabled": str(automated).lower(),
                    "sync_status": "OutOfSync" if waits else "Synced",
                    "health_status": "Degraded" if ill else "Healthy",
                }
                exported["argocd_app_info"].append(_line("argocd_app_info", info, 1, time))
                exported["argocd_app_labels"].append(_line("argocd_app_labels", labels, 1, time))
                done = sum(at <= time for at in here)
                failed = (time - times.start) * (len(chart) % 3) // (20 * 86_400)
                for phase, count in (("Succeeded", done), ("Failed", failed)):
                    told_by = {**base, "phase": phase, "dry_run": "false"}
                    syncs.append(_line("argocd_app_sync_total", told_by, count, time))
    for name, lines in exported.items():
        yield from (f"# TYPE {name} gauge", *lines)
    yield from ("# TYPE argocd_app_sync counter", *syncs, "# EOF")


def _line(name: str, labels: Any, value: float, time: int) -> str:
    told_by = ",".join(f"{key}={json.dumps(text)}" for key, text in sorted(labels.items()))
    return f"{name}{{{told_by}}} {floatToGoString(value)} {time}"


def answers(folder: Path, repo: EstateRepo) -> dict[str, object]:
    """Return what a real Prometheus answers to every query of the dashboard."""
    estate = load_estate(repo.registry, read_stack_files(repo.path))
    end = int(repo.until.timestamp())
    times = range(end - _DAYS * 86_400, end + 1, _STEP)
    text = folder / "series.txt"
    timeline = read_history(estate, repo.path).timeline
    text.write_text("\n".join(series(estate, timeline, times)) + "\n", encoding="utf-8")
    blocks = ("tsdb", "create-blocks-from", "openmetrics", "--quiet")
    done = promtool(*blocks, "--max-block-duration=2400h", str(text), str(folder / "data"))
    assert done.returncode == 0, done.stdout + done.stderr
    flags = ("--storage.tsdb.retention.time=100y", f"--query.lookback-delta={_STEP}s")
    with serving(folder, {}, *flags) as server:
        server.wait_for("vector(1)")
        found = {panel.expr: _asked(server, panel.kind, panel.expr, times) for panel in panels()}
    return {"from": times.start, "to": end, "series": found}


def _asked(server: Server, kind: str, expr: str, times: range) -> list[dict[str, Any]]:
    query = resolved(expr, days=str(_DAYS), rate="2d")
    if kind == "timeseries":
        return server.call("query_range", query=query, start=times.start, end=times[-1], step=_STEP)
    now = server.call("query", query=query, time=times[-1])
    return [{"metric": each["metric"], "values": [each["value"]]} for each in now]


def drawn(folder: Path) -> str:
    """Return the built page as a browser shows it, as SVG."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    with served(handler) as address:
        dom = _run(["chromium", *_BROWSER, "--dump-dom", f"{address}/index.html"], folder)
    found = re.search(r"(?s)<body>(.*)</body>", dom)
    assert found, dom
    page = html.unescape(found[1]).strip()
    size = re.search(r"width: (\d+)px; height: (\d+)px", page)
    assert size, page[:1000]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[1]}" height="{size[2]}">\n'
        f"<title>The dashboard of releases</title>\n<desc>{mark()}</desc>\n"
        f'<foreignObject width="100%" height="100%">\n{page}\n</foreignObject>\n</svg>\n'
    )


def _run(command: list[str], folder: Path) -> str:
    return subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, timeout=900
    ).stdout


def main() -> None:
    """Build the page around the answers, and write the picture."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        repo = build_estate(folder / "repository")
        site = shutil.copytree(HERE, folder / "site")
        (site / "answers.json").write_text(json.dumps(answers(folder, repo)))
        (site / "dashboard.json").write_text(dashboard_json())
        _run(
            [
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--force",
                "--loglevel=error",
            ],
            site,
        )
        _run(
            [
                "npx",
                "vite",
                "build",
                "--base=./",
                "--target=esnext",
                "--minify=false",
                "--logLevel=error",
            ],
            site,
        )
        PICTURE.write_text(drawn(site / "dist"), encoding="utf-8")


if __name__ == "__main__":
    main()
