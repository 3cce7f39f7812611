"""Workflows that a person starts: promotion, rollback, hold, unhold (guide R13 to R18, R28)."""

from collections.abc import Iterable, Iterator

from release.github.workflows.parts import APP_TOKEN_ENV, HMCO, KEEPER, Sources, app_token, begin
from release.github.workflows.workflow import Node, job, workflow

_Input = tuple[str, str, Node]
"""One field of "Run workflow": its name, the variable it becomes, and what it may hold."""


def dispatches(sources: Sources) -> Iterator[tuple[str, str]]:
    """Yield the four files, whose choices are the registry's charts and the environments."""
    chart = _input("chart_name", "CHART", "Chart", sorted(sources.estate.registry.by_name))
    environments = sources.estate.environments
    targets = [name for name, place in environments.items() if place.settings.promotes_from]
    feeding = [name for name in environments if sources.estate.targets[name]]
    pinned = [n for n, place in environments.items() if place.settings.source.branch is None]
    environment = _input("environment", "ENVIRONMENT", "Environment", environments)
    until = _input("until", "UNTIL", "Last day of the hold (2026-12-31)", required=False)
    reason = _input("reason", "REASON", "Why; recorded in the stack file and in the history")
    yield _workflow(
        sources,
        "promotion",
        "Chart Promotion Pipeline",
        "Promote ${{ inputs.chart_name }} ${{ inputs.new_version }} to ${{ inputs.target_env }}",
        'promote --pull-request --from="$SOURCE" --to="$TARGET" --again="$AGAIN" '
        '-- "$CHART" "$VERSION"',
        chart,
        _input("new_version", "VERSION", "Version, such as 1.4.0"),
        _input("source_env", "SOURCE", "From this environment", feeding),
        _input("target_env", "TARGET", "Into this environment", targets),
        _input(
            "again",
            "AGAIN",
            "Why a version that was rolled back there is good after all",
            required=False,
        ),
    )
    yield _workflow(
        sources,
        "rollback",
        "Chart Rollback",
        "Roll ${{ inputs.chart_name }} back in ${{ inputs.environment }}",
        'rollback --pull-request --env="$ENVIRONMENT" --to="$VERSION" --reason="$REASON" '
        '--until="$UNTIL" -- "$CHART"',
        chart,
        _input("environment", "ENVIRONMENT", "In this environment", pinned),
        _input("version", "VERSION", "Version; the last good one if left empty", required=False),
        _input("reason", "REASON", "Why; recorded in the hold", required=False),
        until,
    )
    yield _workflow(
        sources,
        "hold",
        "Chart Hold",
        "Hold ${{ inputs.chart_name }} in ${{ inputs.environment }}",
        'hold --pull-request --env="$ENVIRONMENT" --reason="$REASON" --until="$UNTIL" -- "$CHART"',
        chart,
        environment,
        reason,
        until,
    )
    yield _workflow(
        sources,
        "unhold",
        "Chart Unhold",
        "Lift the hold of ${{ inputs.chart_name }} in ${{ inputs.environment }}",
        'unhold --pull-request --env="$ENVIRONMENT" --reason="$REASON" -- "$CHART"',
        chart,
        environment,
        reason,
    )


def _input(
    name: str,
    variable: str,
    description: str,
    options: Iterable[str] = (),
    *,
    required: bool = True,
) -> _Input:
    listed = list(options)
    kind = {"type": "choice", "options": listed} if listed else {"type": "string"}
    return name, variable, {"description": description, "required": required, **kind}


def _workflow(
    sources: Sources, key: str, name: str, title: str, call: str, *inputs: _Input
) -> tuple[str, str]:
    env = {variable: f"${{{{ inputs.{field} }}}}" for field, variable, _ in inputs}
    steps = [
        # What has landed decides, from whichever branch the run was started.
        *begin("helm", ref=sources.branch),
        app_token(pull_requests=True),
        {"name": name, "run": f"{HMCO} {call}", "env": {**env, **APP_TOKEN_ENV}},
    ]
    return f"{key}.yml", workflow(
        name,
        f"{name}: one pull request that changes one stack file, made by the App.",
        {"workflow_dispatch": {"inputs": {field: declared for field, _, declared in inputs}}},
        job(key, 20, steps, environment=KEEPER),
        run_name=title,
        # One after the other, each seeing what the one before did; none is dropped.
        concurrency={"group": "pins", "cancel-in-progress": False, "queue": "max"},
        folder=sources.folder,
    )
