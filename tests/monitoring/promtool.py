"""The real promtool, as the judge of rules, of their tests and of what is printed for it."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from release.argocd.manifests import Manifest
from tools.toolchain.locate import locate

SECONDS = 300


def program(name: str) -> Path:
    """Return promtool or prometheus from the tool chain."""
    found = locate(("prometheus",))
    assert not found.missing, f"run make setup-dev; missing: {', '.join(found.missing)}"
    return found.bins["prometheus"] / name


def promtool(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run promtool; whoever calls judges its exit code."""
    return subprocess.run(
        [program("promtool"), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def groups_of(manifests: Iterable[Manifest]) -> list[object]:
    """Return the rule groups of all PrometheusRules among the objects."""
    groups: list[object] = []
    for manifest in manifests:
        spec = manifest.get("spec")
        if manifest["kind"] == "PrometheusRule" and isinstance(spec, dict):
            groups += spec["groups"]
    return groups


def rule_file(folder: Path, groups: Sequence[object]) -> Path:
    """Write groups as Prometheus reads them; JSON is YAML."""
    path = folder / "rules.yaml"
    path.write_text(json.dumps({"groups": groups}), encoding="utf-8")
    return path


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rules, series from the start on, and what questions answer at a time: (labels, value)."""

    name: str
    groups: Sequence[object]
    at: str
    answers: Mapping[str, Sequence[tuple[str, float]]]
    series: Mapping[str, str] = field(default_factory=dict)
    interval: str = "1m"
    start: str = "1970-01-01T00:00:00Z"


def judged(folder: Path, cases: Sequence[Case]) -> str:
    """Return what promtool, started once, has against the cases; empty if it agrees with all."""
    files = []
    for number, case in enumerate(cases):
        rules = folder / f"rules-{number}.yaml"
        rules.write_text(json.dumps({"groups": case.groups}), encoding="utf-8")
        path = folder / f"tests-{number}.yaml"
        # Evaluated no more often than there are samples: a month by the minute takes minutes.
        content = {
            "rule_files": [str(rules)],
            "evaluation_interval": case.interval,
            "tests": [_test(case)],
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        files.append(str(path))
    done = promtool("test", "rules", *files)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _test(case: Case) -> dict[str, object]:
    return {
        "name": case.name,
        "interval": case.interval,
        "start_timestamp": case.start,
        "input_series": [{"series": s, "values": v} for s, v in case.series.items()],
        "promql_expr_test": [
            {
                "expr": expr,
                "eval_time": case.at,
                "exp_samples": [{"labels": labels, "value": value} for labels, value in told],
            }
            for expr, told in case.answers.items()
        ],
    }
