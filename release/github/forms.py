"""Forms for issues and the notes of a release, as the guide names them (R43, R44)."""

from typing import Any

import yaml

from release.charts.record import Registry
from release.estate import Estate
from release.github.labels import CHART, PROMOTION, ROLLBACK, URGENT
from release.github.owners import HEADER

FORMS = ".github/ISSUE_TEMPLATE"
RELEASE_NOTES = ".github/RELEASE_TEMPLATE.md"
"""Where the guide's readers look for it."""


def issue_forms(registry: Registry, estate: Estate) -> dict[str, str]:
    """Return GitHub's issue forms by path: about a chart, a promotion, a rollback."""
    charts = sorted((*registry.by_name, *registry.sub_by_name))
    deployed = sorted(registry.by_name)
    environments = list(estate.environments)
    forms = {
        "helm-chart": _form(
            "Helm chart",
            "A bug in a chart, or a request for one",
            [CHART.name],
            [
                _field("dropdown", "chart", "Chart", options=charts),
                _field("input", "version", "Version", placeholder="1.4.0"),
                _field("textarea", "what", "What happens, and what should happen instead"),
            ],
        ),
        "promotion": _form(
            "Promotion",
            "A version that should move on, or one that cannot",
            [PROMOTION.name],
            [
                _field("dropdown", "chart", "Chart", options=deployed),
                _field("input", "version", "Version", placeholder="1.4.0"),
                _field("dropdown", "environment", "Into which environment", options=environments),
                _field("textarea", "why", "Why now, and what `hmco status` says"),
            ],
        ),
        "rollback": _form(
            "Rollback",
            "What was rolled back, or should be",
            [ROLLBACK.name, URGENT.name],
            [
                _field("dropdown", "chart", "Chart", options=deployed),
                _field("dropdown", "environment", "In which environment", options=environments),
                _field(
                    "textarea", "seen", "What was seen, since when, and how many users are affected"
                ),
                _field("textarea", "next", "What must be true before the version may return"),
            ],
        ),
    }
    return {f"{FORMS}/{name}.yml": text for name, text in forms.items()}


def _form(name: str, description: str, labels: list[str], body: list[dict[str, Any]]) -> str:
    form = {"name": name, "description": description, "labels": labels, "body": body}
    return HEADER + yaml.safe_dump(form, sort_keys=False, allow_unicode=True, width=100)


def _field(kind: str, identity: str, label: str, **more: object) -> dict[str, Any]:
    return {
        "type": kind,
        "id": identity,
        "attributes": {"label": label, **more},
        "validations": {"required": True},
    }


_SECTIONS = (
    ("Summary", "One paragraph: what this version is for."),
    ("What's New", "### Added\n\n### Changed\n\n### Fixed\n\n### Removed"),
    ("Configuration Changes", "- [ ] New values\n- [ ] Changed defaults\n- [ ] Removed values"),
    (
        "Performance & Resource Impact",
        "\n".join(
            (
                "| Resource | Before | After |",
                "| --- | --- | --- |",
                *(f"| {name} | | |" for name in ("CPU", "Memory", "Storage", "Network")),
            )
        ),
    ),
    ("Security Updates", "None."),
    (
        "Deployment Notes",
        "Prerequisites (Kubernetes, Helm, dependencies):\n\n1. Before:\n2. Deploy:\n3. After:",
    ),
    ("Verification Steps", "- [ ] Applications are Synced and Healthy"),
    ("Rollback Procedure", "`hmco rollback {chart} --env {environment}`"),
    ("Monitoring & Alerts", "Metrics, dashboards and alerts to watch:"),
    ("Known Issues", "None."),
    ("Documentation", "-"),
    ("Contributors", "-"),
    ("References", "-"),
)


def release_template() -> str:
    """Return the notes of a release with the sections of the guide's template, in its order.

    `{chart}`, `{version}`, `{previous}`, `{environment}` and `{date}` stand for what a release
    fills in.
    """
    head = (
        "# {chart} v{version} - {environment}\n\n"
        "Date: {date}. Environment: {environment}. Previous version: {previous}.\n"
    )
    sections = "".join(f"\n## {title}\n\n{text}\n" for title, text in _SECTIONS)
    return f"{head}{sections}\n---\n\nRelease manager: . Reviewers: . Deployer: .\n"
