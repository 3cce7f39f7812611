"""What the engine's own commands would do to the stack files, and what is done instead.

The engine writes a stack file anew: `10` becomes "10", comments go, a salt comes. So commands that
are about a stack run in a folder with copies, and those that would change a setting are refused.
"""

from typing import Final

from tools.engine.arguments import Request

ABOUT_A_STACK: Final = frozenset({"stack", "config", "state", "history", "cancel", "logs"})
"""Commands that run beside copies of the stack files; none of them needs the program."""

_WRITING_CONFIG: Final = frozenset(
    {"set", "set-all", "rm", "rm-all", "cp", "refresh", "env", "edit"}
)

_SETTINGS: Final = frozenset({"-c", "--config", "--config-file"})


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
