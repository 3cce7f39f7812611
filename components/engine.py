"""The stack's settings as the engine hands them to the program."""

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from release.stackfile import StackFile, parse_stack_file


def engine_settings() -> StackFile:
    n = pulumi.get_stack()
    return parse_stack_file(f"Pulumi.{n}.yaml", open(f"Pulumi.{n}.yaml").read())
