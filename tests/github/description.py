"""GitHub's published OpenAPI description: fetched once, then asked what a call may look like.

It is fetched by npm from the package that its authors publish, checked against the hash below and
kept outside the clone; nothing of it is ever committed.
"""

import base64
import copy
import fcntl
import hashlib
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tools.toolchain.cache import cache_root

PACKAGE: Final = "@octokit/openapi"
VERSION: Final = "23.0.2"
SHA512: Final = (
    "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
)
_MEMBER: Final = "package/generated/api.github.com.json"
_URI: Final = "urn:github"

Json = Any


def fetched(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the description's file; npm brings it the first time, about 30 MB."""
    folder = cache_root(environment) / "openapi"
    file = folder / f"github-{VERSION}.json"
    if file.is_file():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.is_file():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                _extract(_packed(Path(scratch))).replace(file)
    return file


def _packed(scratch: Path) -> Path:
    answer = subprocess.run(
        ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=scratch,
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    archive = scratch / answer.stdout.strip()
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert found == SHA512, f"{PACKAGE} {VERSION} is not what it was when it was chosen: {found}"
    return archive


def _extract(archive: Path) -> Path:
    with tarfile.open(archive) as package:
        package.extract(_MEMBER, archive.parent, filter="data")
    return archive.parent / _MEMBER


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `pointer` leads to its schema."""

    name: str
    place: str
    required: bool
    schema: Json


@dataclass(frozen=True)
class Operation:
    """One method of one path, such as `GET /repos/{owner}/{repo}`."""

    name: str
    method: str
    form: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    body: Json | None
    responses: Mapping[str, Json]


class Description:
    """The whole description, indexed by operation."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._registry: Registry[Json] = Registry().with_resource(
            _URI, DRAFT4.create_resource(document)
        )

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Return every operation by its name, the more literal paths first."""
        found = [
            self._operation(path, method, item, value)
            for path, item in self.document["paths"].items()
            for method, value in item.items()
            if method in {"get", "put", "post", "patch", "delete"}
        ]
        return {each.name: each for each in sorted(found, key=lambda each: each.name.count("{"))}

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request and the values of its path, still escaped."""
        for operation in self.operations.values():
            if operation.method == method and (found := operation.form.fullmatch(path)):
                return operation, found.groupdict()
        return None

    def example(self, operation: str, status: int) -> Json:
        """Return a copy of the first example of an operation's answer."""
        answer = self.resolved(self.operations[operation].responses[str(status)])
        examples = answer["content"]["application/json"]["examples"]
        return copy.deepcopy(self.resolved(next(iter(examples.values())))["value"])

    def faults(self, schema: Json, value: Json) -> Iterator[str]:
        """Yield how a value differs from its schema, with the place inside the value."""
        for error in OAS30Validator(_absolute(schema), registry=self._registry).iter_errors(value):
            yield f"{'/'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message[:300]}"

    def resolved(self, node: Json) -> Json:
        """Return what a `$ref` stands for, or the node itself."""
        while isinstance(node, dict) and "$ref" in node:
            target: Json = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def _operation(self, path: str, method: str, item: Json, value: Json) -> Operation:
        parameters = [
            self.resolved(each)
            for each in (*item.get("parameters", ()), *value.get("parameters", ()))
        ]
        slashes = {each["name"] for each in parameters if each.get("x-multi-segment")}
        form = re.sub(
            r"\\{([a-z_]+)\\}",
            lambda found: f"(?P<{found[1]}>{'.+' if found[1] in slashes else '[^/]+'})",
            re.escape(path).replace("\\_", "_").replace("\\-", "-"),
        )
        body = self.resolved(value.get("requestBody"))
        content = body["content"].get("application/json") if body else None
        return Operation(
            name=f"{method.upper()} {path}",
            method=method.upper(),
            form=re.compile(form),
            parameters=tuple(
                Parameter(each["name"], each["in"], each.get("required", False), each["schema"])
                for each in parameters
            ),
            body=content["schema"] if content else None,
            responses=value["responses"],
        )


def _absolute(schema: Json) -> Json:
    """Return the schema with references that name the document they lead into.

    They stand as `$ref`, and as plain texts where a discriminator chooses between schemas.
    """
    if isinstance(schema, dict):
        return {key: _absolute(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    is_reference = isinstance(schema, str) and schema.startswith("#/components/")
    return f"{_URI}{schema}" if is_reference else schema


@cache
def description() -> Description:
    """Return the one description of this process."""
    return Description(json.loads(fetched().read_bytes()))
