"""A fake GitHub on loopback: state behind an HTTP server that judges both sides of every call.

What a client sends and what the fake answers are compared with GitHub's own description; each
difference is a violation, and a test ends by asking that there is none.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.github.description import Description, Operation, description
from tests.github.exceptions import (
    ANSWERS_THAT_FIT_SEVERAL,
    ANY_OPERATION_MAY_ANSWER,
    EXTRA_BODY_FIELDS,
)
from tests.loopback import Quiet, served

PREFIX: Final = "/api/v3"
"""Where an Enterprise Server has its REST API; the provider takes every other host for one."""

Json = Any


@dataclass(frozen=True)
class Call:
    """One request as the state sees it: an operation and its decoded values."""

    operation: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    token: str


@dataclass(frozen=True)
class Answer:
    """What the state says to a call."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


def error(status: int, message: str, **fields: Json) -> Answer:
    """Return an error as GitHub words it."""
    url = "https://docs.github.com/rest"
    return Answer(status, {"message": message, "documentation_url": url, **fields})


@dataclass
class Fault:
    """An answer that takes the place of the state's, to calls of this operation.

    `after` lets so many calls through first, `times` is how often it strikes. Without an answer
    the connection ends in the middle of the real one; `seconds` is how long every answer waits.
    """

    operation: str
    answer: Answer | None = None
    times: int = 1
    after: int = 0
    seconds: float = 0
    cut: bool = False


State = Callable[[Call], Answer]


@dataclass
class FakeGitHub:
    """The server's face for tests: its address, what was asked, and what was wrong with it."""

    state: State
    url: str = ""
    requests: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    described: Description = field(default_factory=description)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counted(self) -> Counter[str]:
        """Return how often each operation was asked since the last `forget`."""
        return Counter(call.operation for call in self.requests)

    def writes(self) -> list[Call]:
        """Return the calls that meant to change something."""
        return [call for call in self.requests if not call.operation.startswith("GET ")]

    def forget(self) -> None:
        """Begin to count anew."""
        self.requests.clear()

    def handle(
        self, method: str, target: str, token: str, raw: bytes
    ) -> tuple[Answer, Fault | None]:
        """Judge one request, let the state answer it, and judge the answer."""
        parts = urlsplit(target)
        found = self.described.match(method, parts.path.removeprefix(PREFIX))
        if not parts.path.startswith(PREFIX) or found is None:
            self.violations.append(f"{method} {parts.path} is no operation of GitHub's API")
            return error(404, "Not Found"), None
        operation, escaped = found
        call = Call(
            operation.name,
            {name: unquote(value) for name, value in escaped.items()},
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            json.loads(raw) if raw else None,
            token,
        )
        with self.lock:
            self.requests.append(call)
            wrong = [*self._parameter_faults(operation, call), *self._body_faults(operation, call)]
            self.violations += [f"request {operation.name}: {each}" for each in wrong]
            fault = self._fault(operation.name)
            if fault is not None and fault.answer is not None:
                answer = fault.answer
            elif wrong:
                answer = error(422, "Validation Failed", errors=[])
            else:
                answer = self.state(call)
            told = self._answer_faults(operation, answer)
            self.violations += [f"answer {operation.name} {answer.status}: {each}" for each in told]
        return answer, fault

    def _fault(self, operation: str) -> Fault | None:
        for fault in self.faults:
            if re.fullmatch(fault.operation, operation) and fault.times:
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def _parameter_faults(self, operation: Operation, call: Call) -> Iterator[str]:
        known = {each.name: each for each in operation.parameters if each.place == "query"}
        for name in call.query.keys() - known.keys():
            yield f"query {name} is not described"
        given = {"path": call.path, "query": call.query}
        for each in operation.parameters:
            values = given.get(each.place, {})
            if each.name in values:
                value = _typed(self.described.resolved(each.schema), values[each.name])
                faults = self.described.faults(each.schema, value)
                yield from (f"{each.place} {each.name}: {fault}" for fault in faults)
            elif each.required and each.place in given:
                yield f"{each.place} {each.name} is missing"

    def _body_faults(self, operation: Operation, call: Call) -> Iterator[str]:
        if operation.body is None:
            if call.body is not None:
                yield "has a body where none is described"
            return
        extra = EXTRA_BODY_FIELDS.get(operation.name, frozenset())
        body = call.body
        if isinstance(body, dict):
            body = {key: value for key, value in body.items() if key not in extra}
        if body is not None:
            yield from (f"body {fault}" for fault in self.described.faults(operation.body, body))

    def _answer_faults(self, operation: Operation, answer: Answer) -> Iterator[str]:
        status = str(answer.status)
        if status not in operation.responses:
            if status not in ANY_OPERATION_MAY_ANSWER:
                yield "this status is not described"
            return
        content = self.described.resolved(operation.responses[status]).get("content", {})
        described = content.get("application/json")
        if described is None:
            if answer.body is not None:
                yield "has a body where none is described"
        else:
            schema = described["schema"]
            if (operation.name, status) in ANSWERS_THAT_FIT_SEVERAL:
                schema = {"anyOf": schema["oneOf"]}
            yield from self.described.faults(schema, answer.body)


def _typed(schema: Json, text: str) -> Json:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


@contextmanager
def serving(state: State) -> Iterator[FakeGitHub]:
    """Serve the state on a free port of loopback for as long as the block lasts."""
    github = FakeGitHub(state)

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"
        # Sent in two pieces, each answer waits 40 ms for the client's system to confirm the first.
        wbufsize = -1

        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            token = self.headers.get("Authorization", "").rpartition(" ")[2]
            answer, fault = github.handle(self.command, self.path, token, self.rfile.read(length))
            if fault is not None:
                time.sleep(fault.seconds)
            self._send(answer, cut=fault is not None and fault.cut)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 -- the base's names

        def _send(self, answer: Answer, *, cut: bool) -> None:
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            # GitHub numbers every answer; the provider takes one without for nothing at all.
            self.send_header("X-GitHub-Request-Id", f"FAKE:{len(github.requests)}")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if content:
                self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            if cut:
                self.close_connection = True

    with served(Handler) as address:
        github.url = f"{address}/"
        yield github
