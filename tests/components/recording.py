"""A mock engine that records every request whole and refuses what the real engine refuses."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import get_root_resource


@dataclass(frozen=True)
class Recorded:
    """One registered resource as the engine was told of it."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    protect: bool
    retained: bool
    """Whether it stays where it is when the stack goes."""
    custom: bool
    depends_on: frozenset[str]
    inputs: Mapping[str, Any]
    secrets: frozenset[str]
    """The inputs that the engine is to encrypt."""


class DuplicateResourceError(Exception):
    """Two resources share one URN, which the real engine refuses and the SDK's mock does not."""


Calls = Callable[[mocks.MockCallArgs], dict[str, Any]]


def no_call(args: mocks.MockCallArgs) -> dict[str, Any]:
    """Refuse an invoke that nobody expects."""
    msg = f"unexpected call of {args.token}"
    raise NotImplementedError(msg)


def rest_answer(body: object, status: int = 200) -> dict[str, Any]:
    """Return what the GitHub provider hands on of an answer of the REST API."""
    told = {"endpoint": "x", "headers": "", "body": json.dumps(body)}
    return {"id": "x", "code": status, "status": str(status), **told}


@dataclass
class _Echo(mocks.Mocks):
    """Inputs come back as outputs."""

    calls: Calls

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        return self.calls(args)


class RecordingEngine(mocks.MockMonitor):
    """Stands in for the engine's resource monitor."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(_Echo(calls))
        self.recorded: list[Recorded] = []
        self.completed: set[str] = set()
        self.duplicates: list[str] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 -- the name of the remote call
        response = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            return response
        if any(known.urn == response.urn for known in self.recorded):
            # Raised after the run: an error out of the SDK's own thread ends pytest on Python 3.11.
            self.duplicates.append(response.urn)
        inputs = rpc.deserialize_properties(request.object)
        self.recorded.append(
            Recorded(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=request.parent,
                provider=request.provider,
                protect=request.protect,
                retained=request.retainOnDelete,
                custom=request.custom,
                depends_on=frozenset(request.dependencies),
                inputs=_plain(inputs),
                secrets=frozenset(name for name in inputs if rpc.is_rpc_secret(inputs[name])),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 -- as above
        self.completed.add(request.urn)
        return super().RegisterResourceOutputs(request)


def _plain(value: Any) -> Any:
    """Undo what the wire does to data: whole numbers arrive as floats, secrets in an envelope."""
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Deployment:
    """What a program registered, by name, and what it exported."""

    resources: tuple[Recorded, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()

    def of_type(self, suffix: str) -> dict[str, Recorded]:
        return {r.name: r for r in self.resources if r.type.endswith(suffix)}


@contextlib.contextmanager
def fresh_runtime() -> Iterator[None]:
    """Give the SDK an event loop and options of its own, and take both away afterwards."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.reset_options()
    pulumi.runtime.set_all_config({}, [])
    try:
        yield
    finally:
        pulumi.runtime.reset_options()
        pulumi.runtime.set_all_config({}, [])
        asyncio.set_event_loop(None)
        loop.close()


def build(
    program: Callable[[], object],
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    calls: Calls = no_call,
) -> Deployment:
    """Run a program against a recording engine, wait for all of it, and return what it did."""
    engine = RecordingEngine(calls)
    with fresh_runtime():
        mocks.set_mocks(engine.mocks, project="hmco", stack=stack, preview=preview, monitor=engine)
        pulumi.runtime.set_all_config(dict(config or {}), [])
        outputs: dict[str, Any] = {}

        @pulumi.runtime.test
        def run() -> object:
            program()
            root: Any = get_root_resource()
            exported = dict(root.outputs) if root is not None else {}
            return pulumi.Output.all(**exported).apply(outputs.update)

        run()
    if engine.duplicates:
        msg = f"registered twice: {', '.join(engine.duplicates)}"
        raise DuplicateResourceError(msg)
    return Deployment(tuple(engine.recorded), _plain(outputs), frozenset(engine.completed))
