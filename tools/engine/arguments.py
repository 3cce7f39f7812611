"""What a `pulumi` command line asks for, as far as the launcher must know, and what is refused.

The engine writes a stack file anew: `10` becomes "10", comments go, a salt comes. So commands that
are about a stack run in a folder with copies, and those that would change a setting are refused.
"""

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

ABOUT_A_STACK: Final = frozenset({"stack", "config", "state", "history", "cancel", "logs"})
"""Commands that run beside copies of the stack files; none of them needs the program."""

_WRITING_CONFIG: Final = frozenset(
    {"set", "set-all", "rm", "rm-all", "cp", "refresh", "env", "edit"}
)

_SETTINGS: Final = frozenset({"-c", "--config", "--config-file"})


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
    # The engine also takes ORGANIZATION/PROJECT/STACK; files and locks are named by the last.
    stack = stack and stack.rpartition("/")[2]
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


def refusal(request: Request) -> str | None:
    """Return why a command is not run here and what to do instead, or None if it runs."""
    stack = request.stack or "STACK"
    match request.words:
        case ("config", verb, *_) if verb in _WRITING_CONFIG:
            return (
                f"config {verb} would write the stack file anew, without its comments and with "
                f"other types; edit Pulumi.{stack}.yaml, then: hmco check"
            )
        case ("stack", "rename", *_):
            return (
                "the name of a stack is that of its file and of its objects; bring up a new one "
                "as docs/runbooks/new-environment.md says"
            )
        case ("watch", *_):
            return (
                f"watch applies every edit as it is saved; apply what is reviewed: pulumi up "
                f"--stack {stack}"
            )
        case ("new", *_):
            return "this folder holds a program already; make another one outside this clone"
    return _refused_flag(request, stack)


def _refused_flag(request: Request, stack: str) -> str | None:
    if request.operation and not _SETTINGS.isdisjoint(request.flags):
        return (
            "a setting on the command line is in no file that anybody reviews; edit "
            f"Pulumi.{stack}.yaml, then: hmco check"
        )
    if request.operation == "destroy" and "--remove" in request.flags:
        return (
            f"destroy --remove would delete Pulumi.{stack}.yaml; run: pulumi destroy --stack "
            f"{stack} && pulumi stack rm {stack}"
        )
    return None
