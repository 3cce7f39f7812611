"""The dashboard: the same bytes each time, keys that Grafana knows, queries that parse."""

import json
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from release.monitoring.dashboards import UID, dashboard_json, panels
from tests.monitoring.picture import PICTURE, mark
from tests.monitoring.promtool import promtool, rule_file


def dashboard() -> Any:
    return json.loads(dashboard_json())


def resolved(expr: str, days: str = "30", rate: str = "5m") -> str:
    """Return a panel's query with Grafana's variables filled in."""
    return expr.replace("$days", days).replace("$__rate_interval", rate)


def test_two_runs_make_the_same_bytes() -> None:
    assert dashboard_json() == dashboard_json()
    assert dashboard()["uid"] == UID


def test_grafanas_own_model_reads_every_key_back() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: PLC0415
        from grafana_foundation_sdk.cog.plugins import register_default_plugins  # noqa: PLC0415
        from grafana_foundation_sdk.models.dashboard import Dashboard  # noqa: PLC0415

        register_default_plugins()
        again = JSONEncoder(sort_keys=True, indent=2).encode(Dashboard.from_json(dashboard()))
    assert json.loads(again) == dashboard()


def test_the_real_parser_takes_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": resolved(target["expr"])}
        for number, panel in enumerate(dashboard()["panels"])
        for target in panel["targets"]
    ]
    path = rule_file(tmp_path, [{"name": "panels", "rules": rules}])
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_panel_says_what_it_shows_in_which_unit_and_why_it_may_be_empty() -> None:
    for panel in dashboard()["panels"]:
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"]
        assert panel["description"]
        assert defaults["unit"]
        assert "no" in defaults["noValue"]
        assert panel["datasource"]["uid"] == "${datasource}"


def test_ids_are_numbered_and_no_two_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for number, panel in enumerate(dashboard()["panels"], start=1):
        assert panel["id"] == number
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_the_dashboard_cannot_be_edited_away_from_git() -> None:
    made = dashboard()
    assert made["editable"] is False
    assert [item["name"] for item in made["templating"]["list"]] == ["datasource", "days"]


def test_a_unit_is_that_of_its_column_alone_and_an_empty_cell_says_no_more_than_a_dash() -> None:
    for panel in dashboard()["panels"]:
        if panel["type"] == "table":
            rules = {
                (rule["matcher"]["id"], rule["matcher"]["options"]): {
                    each["id"]: each["value"] for each in rule["properties"]
                }
                for rule in panel["fieldConfig"]["overrides"]
            }
            assert panel["fieldConfig"]["defaults"]["unit"] == "none"
            assert rules["byType", "string"] == {"noValue": "-"}
            if panel["title"] == "Landings":
                assert rules["byName", "Landed"]["unit"] == "dateTimeAsIso"


def test_the_picture_is_of_this_dashboard() -> None:
    picture = PICTURE.read_text(encoding="utf-8")
    assert f"<desc>{mark()}</desc>" in picture, "run: python -m tests.monitoring.picture"
    shown = "".join(ET.fromstring(picture).itertext())  # noqa: S314 -- our own file
    assert [panel.title for panel in panels() if panel.title not in shown] == []


def test_counters_stand_below_a_rate_with_grafanas_own_interval() -> None:
    for panel in panels():
        if "_total{" in panel.expr:
            assert "increase(" in panel.expr
            assert "[$__rate_interval]" in panel.expr


def test_the_empty_panel_of_wanted_versions_names_the_flag_that_fills_it() -> None:
    (panel,) = (p for p in dashboard()["panels"] if p["title"] == "Versions that Argo CD wants")
    text = panel["fieldConfig"]["defaults"]["noValue"]
    assert "--metrics-application-labels release.254carbon.com/chart," in text
