"""The environment of the running stack, read from the stack files themselves.

The engine's configuration has been through Go's YAML, which makes 1.1 of `1.10` and a time of a
date, knows no line, and holds one environment alone; two of them must not write to one place.
"""

from pathlib import Path

import pulumi

from release.charts.record import Registry
from release.estate import Environment, Estate, load_estate, read_stack_files
from release.settings.problems import SettingsError


def running_estate(registry: Registry) -> tuple[Estate, Environment]:
    """Return all environments and the one that the engine runs; RunError tells all mistakes."""
    name = pulumi.get_stack()
    try:
        estate = load_estate(registry, read_stack_files(Path()))
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    if name not in estate.environments:
        raise pulumi.RunError(f"there is no Pulumi.{name}.yaml; write one or name another stack")
    return estate, estate.environments[name]
