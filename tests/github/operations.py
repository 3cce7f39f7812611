"""How the fake GitHub's operations are named, and how its lists are cut into pages."""

from collections.abc import Callable
from typing import Any, Final

from tests.github.server import Answer, Call

Json = Any
Handler = Callable[[Any, Call], Answer]
REPO: Final = "/repos/{owner}/{repo}"


def routes(methods: str, path: str, handler: Handler) -> dict[str, Handler]:
    """Return one operation a method on a path below the repository."""
    return {f"{method} {REPO}{path}": handler for method in methods.split()}


def page(items: list[Json], call: Call) -> list[Json]:
    """Return the entries of a list that a call asks for."""
    size, number = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
    return items[(number - 1) * size : number * size]
