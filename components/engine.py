"""The environment of the running stack, from the settings as the engine hands them over."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from release.charts.record import Registry
from release.estate import Environment, load_environment
from release.settings.engineconfig import stack_file_from_engine
from release.settings.problems import SettingsError
from release.settings.stackfile import parse_stack_file


def running_environment(registry: Registry) -> Environment:
    """Return the environment that the engine runs; RunError lists all that its settings get wrong.

    The public Config can only ask for keys that are known, and unknown ones must be refused, hence
    the two calls of the runtime.
    """
    name = pulumi.get_stack()
    try:
        return load_environment(
            registry, stack_file_from_engine(name, {**get_config_env(), **CONFIG.get()})
        )
    except SettingsError as error:
        raise pulumi.RunError(str(_told_by_the_file(registry, name) or error)) from None


def _told_by_the_file(registry: Registry, name: str) -> SettingsError | None:
    """Tell the same mistakes from the stack file: it knows their lines, and `1.10` from 1.1."""
    path = Path(f"Pulumi.{name}.yaml")
    try:
        load_environment(registry, parse_stack_file(path.name, path.read_text(encoding="utf-8")))
    except SettingsError as error:
        return error
    except (OSError, UnicodeDecodeError):
        return None
    return None
