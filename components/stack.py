"""The environment of the running stack, from the settings as the engine hands them over."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from release.charts.record import Registry
from release.estate import Environment, Estate, load_estate, read_stack_files
from release.settings.engineconfig import stack_file_from_engine
from release.settings.problems import SettingsError


def running_estate(registry: Registry) -> tuple[Estate, Environment]:
    """Return all environments and the one that the engine runs; RunError lists all that is wrong.

    The other stack files count too: two environments must not write to one place. This one's may
    say something else than the engine, which may have been given another file (--config-file). The
    public Config can only ask for keys that are known, and unknown ones must be refused, hence the
    two calls of the runtime.
    """
    name = pulumi.get_stack()
    folder = Path()
    try:
        mine = stack_file_from_engine(name, {**get_config_env(), **CONFIG.get()})
        others = [file for file in read_stack_files(folder) if file.environment != name]
        estate = load_estate(registry, (*others, mine))
    except SettingsError as error:
        raise pulumi.RunError(str(_told_by_the_files(registry, folder, error))) from None
    return estate, estate.environments[name]


def _told_by_the_files(registry: Registry, folder: Path, found: SettingsError) -> SettingsError:
    """Report mistakes as the stack files do, which know their lines and `1.10` from 1.1.

    What only the engine was given, as by `--config`, is reported beside them.
    """
    try:
        load_estate(registry, read_stack_files(folder))
    except SettingsError as error:
        told = {(problem.file, problem.key) for problem in error.problems}
        others = [each for each in found.problems if (each.file, each.key) not in told]
        return SettingsError((*error.problems, *others))
    return found
