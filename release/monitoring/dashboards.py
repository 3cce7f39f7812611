"""The dashboard of releases, by Grafana's own builders; uids, ids and order never change alone."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from release.monitoring import queries

with warnings.catch_warnings():
    # The SDK advises the format of Grafana 12, which older servers and their sidecars cannot read.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, timeseries
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import common
    from grafana_foundation_sdk.models import dashboard as models
    from grafana_foundation_sdk.models.prometheus import PromQueryFormat

UID: Final = "hmco-releases"
_DAYS: Final = "$days"
_SOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
_NO_FACTS: Final = "no data: no stack sends Git's facts (hmco:monitoring.historyDays)"
_NO_METRICS: Final = "no data: Argo CD's metrics are not scraped (docs/monitoring.md)"
_NO_LABELS: Final = (
    "no data: the application controller exports no labels; start it with "
    "--metrics-application-labels " + ",".join(queries.NEEDED_LABELS)
)
_WIDTH: Final = 24
_NARROWEST: Final = 80
"""Pixels of a column; what Grafana takes by itself cuts the last of three off."""
_MOMENT: Final = "dateTimeAsIso"
_MOMENT_WIDTH: Final = 160
_Built = stat.Panel | table.Panel | timeseries.Panel
_KINDS: Final[Mapping[str, type[_Built]]] = {
    "stat": stat.Panel,
    "table": table.Panel,
    "timeseries": timeseries.Panel,
}


class Panel(NamedTuple):
    """One panel: what it asks, how it is shown, and what it says where there is no answer.

    `legend` names the series; `columns` turns a table of labels into a matrix of rows, columns
    and cells; `shown` are the columns of another table, in their order, each with its title.
    """

    kind: str
    title: str
    says: str
    expr: str
    unit: str
    missing: str
    width: int
    height: int = 8
    legend: str = ""
    columns: tuple[str, str, str] | None = None
    shown: tuple[tuple[str, str], ...] = ()


def panels() -> Sequence[Panel]:
    """Return all panels in their order: numbers first, then what runs, then how it got there."""
    return (*_numbers(), *_versions(), *_argocd())


def _numbers() -> Iterator[Panel]:
    def number(title: str, says: str, expr: str, unit: str) -> Panel:
        return Panel(
            "stat", title, says, expr, unit, _NO_FACTS, 6, height=5, legend="{{environment}}"
        )

    yield number(
        "Deployments",
        "Landings of pins on the trunk in the chosen days. A landing is not yet a sync.",
        queries.deployments(_DAYS),
        "short",
    )
    yield number(
        "Change fail rate",
        "Promotions that the next landing rolled back, of all promotions. Blank without any.",
        queries.change_fail_rate(_DAYS),
        "percentunit",
    )
    yield number(
        "Time to restore",
        "Median from a failed promotion's landing to its rollback's; an upper bound.",
        queries.median_of(queries.RECOVERY, _DAYS),
        "s",
    )
    yield number(
        "Time to production",
        "Median from a version's cut to its first landing in the environment.",
        queries.median_of(queries.WAITED, _DAYS),
        "s",
    )


def _versions() -> Iterator[Panel]:
    yield Panel(
        "table",
        "Versions by environment",
        "What the trunk pins: a version, or the branch that an environment follows.",
        "hmco_pin_info",
        "none",
        _NO_FACTS,
        10,
        height=12,
        columns=("chart", "environment", "version"),
    )
    yield Panel(
        "table",
        "Where environments differ",
        "Released versions that an environment lacks and its sources have.",
        "hmco_pin_drift_versions > 0",
        "short",
        "nothing differs, or no stack sends Git's facts",
        7,
        height=12,
        shown=(("chart", "Chart"), ("environment", "Environment"), ("Value", "Behind by")),
    )
    yield Panel(
        "table",
        "Waiting for a person's sync",
        "Applications without automatic sync that do not run what is pinned.",
        'argocd_app_info{autosync_enabled="false",sync_status="OutOfSync"} == 1',
        "none",
        "nothing waits, or Argo CD's metrics are not scraped",
        7,
        height=12,
        shown=(("name", "Application"), ("health_status", "Health")),
    )
    yield Panel(
        "timeseries",
        "Landings of the last seven days, sliding",
        "Promotions and rollbacks; the marks below are the landings themselves.",
        f"count by (environment, kind) ({queries.LANDINGS} > time() - 7 * 86400)",
        "short",
        _NO_FACTS,
        10,
        legend="{{environment}} {{kind}}",
    )
    yield Panel(
        "table",
        "Landings",
        "Every landing in the chosen days, newest first; its time is the value.",
        f"sort_desc({queries.landed(_DAYS)} * 1000)",
        _MOMENT,
        _NO_FACTS,
        14,
        shown=(
            ("Value", "Landed"),
            ("environment", "Environment"),
            ("chart", "Chart"),
            ("version", "Version"),
            ("before", "Before"),
            ("kind", "What"),
            ("failed", "Failed"),
        ),
    )


def _argocd() -> Iterator[Panel]:
    for title, says, phases in (
        (
            "Syncs that succeeded",
            "Finished syncs, those that changed nothing included.",
            "Succeeded",
        ),
        ("Syncs that failed", "Finished syncs that failed; no dry runs.", "Error|Failed"),
    ):
        yield Panel(
            "timeseries",
            title,
            says,
            f"sum by (project) (increase({queries.syncs(phases)}[$__rate_interval]))",
            "short",
            _NO_METRICS,
            6,
            legend="{{project}}",
        )
    for title, says, label in (
        ("Sync status", "Applications by what Argo CD says of Git and cluster.", "sync_status"),
        ("Health", "Applications by the health of what they own.", "health_status"),
    ):
        yield Panel(
            "timeseries",
            title,
            says,
            f"count by (project, {label}) (argocd_app_info)",
            "short",
            _NO_METRICS,
            6,
            legend=f"{{{{project}}}} {{{{{label}}}}}",
        )
    yield Panel(
        "table",
        "Versions that Argo CD wants",
        "The version labels of the Applications: what is wanted, not yet what runs.",
        f'argocd_app_labels{{{queries.CHART}!=""}}',
        "none",
        _NO_LABELS,
        24,
        columns=(queries.CHART, queries.ENVIRONMENT, queries.VERSION),
    )


def dashboard_json() -> str:
    """Return the dashboard as the text that a ConfigMap carries; equal on every run."""
    builder = (
        dashboard.Dashboard("HMCo releases")
        .uid(UID)
        .description("What runs where, how it got there, and what waits. Numbers: docs/metrics.md.")
        .tags(["hmco", "releases"])
        .editable()
        .readonly()
        .refresh("5m")
        .time("now-30d", "now")
        .timezone("utc")
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(_days())
        .annotation(_landings())
    )
    left = top = height = 0
    for number, panel in enumerate(panels(), start=1):
        if left + panel.width > _WIDTH:
            left, top, height = 0, top + height, 0
        place = models.GridPos(h=panel.height, w=panel.width, x=left, y=top)
        builder = builder.with_panel(_built(panel).id(number).grid_pos(place))
        left, height = left + panel.width, max(height, panel.height)
    return str(JSONEncoder(sort_keys=True, indent=2).encode(builder.build())) + "\n"


def _days() -> dashboard.CustomVariable:
    days = ("7", "30", "90", "365")
    return (
        dashboard.CustomVariable("days")
        .label("Days")
        .values(", ".join(days))
        .current(models.VariableOption(selected=True, text="30", value="30"))
        .options([models.VariableOption(selected=d == "30", text=d, value=d) for d in days])
    )


def _landings() -> Builder[models.AnnotationQuery]:
    return (
        dashboard.AnnotationQuery()
        .name("Landings")
        .enable(enable=True)
        .datasource(_SOURCE)
        .icon_color("blue")
        .expr(f"{queries.LANDINGS} * 1000")
        .title_format("{{chart}} {{version}} in {{environment}}")
        .text_format("{{kind}}")
        .use_value_for_time(use_value_for_time=True)
    )


def _built(panel: Panel) -> _Built:
    made: _Built = _KINDS[panel.kind]()
    query = prometheus.Dataquery().expr(panel.expr).ref_id("A").datasource(_SOURCE)
    if panel.kind == "timeseries":
        query = query.range().legend_format(panel.legend)
    else:
        query = query.instant()
        if isinstance(made, table.Panel):
            query = query.format(PromQueryFormat.TABLE)
            made = _columns(made.min_width(_NARROWEST), panel)
        else:
            query = query.legend_format(panel.legend)
    made = (
        made.title(panel.title)
        .description(panel.says)
        .datasource(_SOURCE)
        .unit("none" if panel.kind == "table" else panel.unit)
        .no_value(panel.missing)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
        .with_target(query)
    )
    for transformation in _transformations(panel):
        made = made.with_transformation(transformation)
    return made


def _columns(made: table.Panel, panel: Panel) -> table.Panel:
    """Keep a table's unit to its values, and what it says when empty out of its empty cells."""
    value = dict(panel.shown).get("Value")
    if value is not None:
        unit = [models.DynamicConfigValue("unit", panel.unit)]
        if panel.unit == _MOMENT:
            unit.append(models.DynamicConfigValue("custom.width", _MOMENT_WIDTH))
        made = made.override_by_name(value, unit)
    return made.override_by_field_type("string", [models.DynamicConfigValue("noValue", "-")])


def _transformations(panel: Panel) -> Iterator[models.DataTransformerConfig]:
    if panel.columns is not None:
        row, column, cell = panel.columns
        yield models.DataTransformerConfig(
            id_val="groupingToMatrix",
            options={
                "rowField": row,
                "columnField": column,
                "valueField": cell,
                "emptyValue": "empty",
            },
        )
        titles = {f"{row}\\{column}": "Chart"}
        yield models.DataTransformerConfig(id_val="organize", options={"renameByName": titles})
    if panel.shown:
        names = [name for name, _ in panel.shown]
        yield models.DataTransformerConfig(
            id_val="filterFieldsByName", options={"include": {"names": names}}
        )
        yield models.DataTransformerConfig(
            id_val="organize",
            options={
                "indexByName": {name: place for place, name in enumerate(names)},
                "renameByName": dict(panel.shown),
            },
        )
