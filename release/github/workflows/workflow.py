"""A workflow file as data, in GitHub's words; every scope of a token carries its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from release.github.workflows.actions import Action

Level = Literal["read", "write"]
Values = Mapping[str, "str | bool | int"]


@dataclass(frozen=True, slots=True)
class Scope:
    """One right of a job's token, and what the job does with it."""

    name: str
    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: an action, or one call of our command line with its values in `env`."""

    name: str
    uses: Action | None = None
    run: str | None = None
    id: str | None = None
    condition: str | None = None
    inputs: Values = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The GitHub environment of a job: its rules and secrets, and the page it deploys to.

    Without `deployment` the job uses secrets and rules and leaves no record of a deployment.
    """

    name: str
    url: str | None = None
    deployment: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """Which runs wait for each other.

    A group keeps one waiting run and drops the one before it, unless `queue` keeps all in order.
    """

    group: str
    cancel: bool = False
    queue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. `name` is also what its check is called."""

    id: str
    name: str
    runner: str
    minutes: int
    steps: tuple[Step, ...]
    permissions: tuple[Scope, ...] = ()
    needs: tuple[str, ...] = ()
    condition: str | None = None
    place: Place | None = None
    concurrency: Concurrency | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One file below `.github/workflows`; `triggers` is its `on:`."""

    file: str
    name: str
    purpose: str
    triggers: Mapping[str, object]
    jobs: tuple[Job, ...]
    run_name: str | None = None
    concurrency: Concurrency | None = None
    folder: str = ""
