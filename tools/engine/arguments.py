"""What a `pulumi` command line asks for, as far as the launcher must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OPERATIONS: Final = {
    "preview": "preview",
    "pre": "preview",
    "up": "up",
    "update": "up",
    "refresh": "refresh",
    "destroy": "destroy",
    "down": "destroy",
    "dn": "destroy",
    "import": "import",
}
"""The commands that read a stack file, by every name the engine knows them under."""

_GLOBAL_VALUE_FLAGS: Final = frozenset(
    {"-C", "--cwd", "--color", "--profiling", "--tracing", "-v", "--verbose", "--memprofilerate"}
)

_PARTIAL: Final = frozenset({"-t", "--target", "--target-replace", "--exclude"})


@dataclass(frozen=True, slots=True)
class Request:
    """The words that are not flags, the operation (None for any other command) and its stack.

    `flags` holds every argument as far as its `=`.
    """

    words: tuple[str, ...]
    flags: frozenset[str]
    operation: str | None
    stack: str | None
    refreshes: bool
    is_partial: bool
    asks_for_help: bool
    changes_folder: bool


def read_arguments(arguments: Sequence[str]) -> Request:
    """Return what the command line asks for; unknown flags are left to the engine to judge."""
    words: list[str] = []
    stack = None
    skip = False
    for index, argument in enumerate(arguments):
        following = arguments[index + 1] if index + 1 < len(arguments) else None
        if skip:
            skip = False
        elif argument in {"-s", "--stack"}:
            stack, skip = following, True
        elif argument.startswith("--stack="):
            stack = argument.removeprefix("--stack=")
        elif argument.startswith("-s") and len(argument) > 2 and not argument.startswith("--"):  # noqa: PLR2004 -- "-s" and a name
            stack = argument.removeprefix("-s").removeprefix("=")
        elif argument in _GLOBAL_VALUE_FLAGS:
            skip = True
        elif not argument.startswith("-"):
            words.append(argument)
    operation = OPERATIONS.get(words[0]) if words else None
    flags = frozenset(argument.partition("=")[0] for argument in arguments)
    return Request(
        words=tuple(words),
        flags=flags,
        operation=operation,
        stack=stack,
        refreshes=operation == "refresh" or not flags.isdisjoint({"-r", "--refresh"}),
        is_partial=not flags.isdisjoint(_PARTIAL),
        asks_for_help=not flags.isdisjoint({"-h", "--help"}),
        changes_folder=not flags.isdisjoint({"-C", "--cwd"}),
    )
