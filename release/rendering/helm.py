"""Running the real Helm on a chart that lies in a folder of its own, and nothing else but that."""

import json
import os
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

import yaml

from release.charts.chart_yaml import dependencies_of
from release.rendering.renderedobjects import (
    OVERSTEPPED,
    Flaw,
    RenderedObject,
    Rendering,
    Unknown,
    data_size,
)
from release.rendering.secrets import Hider
from release.rendering.stream import Found, read_stream
from release.rendering.volatile import settled
from release.repository.charttree import CHART_FILE, LOCK_FILE, REQUIREMENTS_FILE
from release.text import yaml_loading

SECONDS: Final = 60.0
LARGEST_OUTPUT: Final = 64 * 1024**2
_MISSING: Final = re.compile(r"missing in charts/ directory: (.+)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_OUT_OF_MEMORY: Final = ("out of memory", "cannot allocate memory", "runtime: VirtualAlloc")
_ERROR: Final = "[ERROR]"
_LONGEST_WORDS: Final = 600
_TICK: Final = 1.1
"""Seconds between two renderings of a chart that asks for the time."""


@dataclass(frozen=True, slots=True)
class Job:
    """One rendering: where the files are, what is asked of Helm, and how secrets are hidden.

    `folder` is the repository's root as far as the chart reads it. `again` renders a second time to
    find what is made anew, `clock` waits a little before that. With `lint` Helm's lint has a word
    too, with the same values.
    """

    helm: str
    folder: str
    chart: str
    arguments: tuple[str, ...]
    key: str
    again: bool = False
    clock: bool = False
    network: bool = False
    lint: bool = False
    seconds: float = SECONDS

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Return what `to_json` wrote."""
        data: Any = json.loads(line)
        return cls(**{**data, "arguments": tuple(data["arguments"])})


class _Refused(Exception):  # noqa: N818 -- not an error of ours: what Helm says of the chart
    """Helm does not render the chart; the message is its own."""


def render(job: Job) -> Rendering | Unknown:
    """Return what Helm makes of the job; never raises for what a chart does."""
    hider = Hider(bytes.fromhex(job.key))
    try:
        try:
            found, flaws = _template(job)
        except _Refused as refused:
            missing = _MISSING.search(str(refused))
            unknown = _get_dependencies(job, missing[1].strip()) if missing else None
            if unknown is not None:
                return unknown
            if missing is None:
                raise
            found, flaws = _template(job)
        places: list[str] = []
        if job.again:
            if job.clock:
                time.sleep(_TICK)
            found, places = settled(found, _template(job)[0])
        if job.lint:
            _lint(job)
    except _Refused as refused:
        return _refused(job, hider, str(refused))
    return _hidden(hider, found, flaws, places)


def _hidden(
    hider: Hider, found: Sequence[Found], flaws: Sequence[Flaw], places: Sequence[str]
) -> Rendering:
    # Through JSON all keys become text, as they do for Kubernetes.
    texts = [json.dumps(item.body, ensure_ascii=False, separators=(",", ":")) for item in found]
    bodies = [json.loads(text) for text in texts]
    hider.learn(bodies)
    return Rendering(
        objects=tuple(
            RenderedObject(hider.hidden(body), item.source, len(text.encode()), data_size(body))
            for item, text, body in zip(found, texts, bodies, strict=True)
        ),
        flaws=tuple(flaws),
        volatile=tuple(hider.text(place) for place in places),
    )


def _refused(job: Job, hider: Hider, words: str) -> Rendering:
    files = [*Path(job.folder, job.chart).rglob("values.yaml")]
    for argument in job.arguments:
        option, _, given = argument.partition("=")
        if option == "--values":
            files.append(Path(given))
        elif option in {"--set", "--set-string"}:
            name, _, value = given.partition("=")
            hider.learn_values({name.rpartition(".")[2]: _ESCAPED.sub(r"\1", value)})
    for path in files:
        with suppress(OSError, yaml.YAMLError, RecursionError):
            hider.learn_values(yaml_loading.load(path.read_bytes()))
    # Half a secret would not be recognized, so nothing is cut before.
    return Rendering(failure=_shortened(hider.text(words.replace(job.folder + "/", ""))))


def _template(job: Job) -> tuple[list[Found], list[Flaw]]:
    output = _run(job, "template", *job.arguments)
    try:
        return read_stream(output.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = output[: error.start].decode("utf-8")
        source = before.rpartition("\n# Source: ")[2].partition("\n")[0]
        raise _Refused(f"{source} renders bytes that are not UTF-8") from error
    except MemoryError as error:
        raise _Refused(f"renders more than fits into memory; {OVERSTEPPED}") from error


def _lint(job: Job) -> None:
    """Ask Helm's lint, which takes of a rendering's arguments the values and the version."""
    taken = ("--values=", "--set=", "--set-string=", "--kube-version=", "--namespace=")
    asked = [argument for argument in job.arguments[2:] if argument.startswith(taken)]
    _run(job, "lint", "--quiet", job.arguments[1], *asked)


def _get_dependencies(job: Job, missing: str) -> Unknown | None:
    """Fetch what is missing the way Argo CD does before it renders; Unknown where that may not be.

    Charts of this repository need no network. Any other is fetched on request alone, and by its
    lock: without one nobody can tell what Argo CD would fetch tomorrow.
    """
    chart = Path(job.folder, job.chart)
    stated, required = (
        file.read_text(encoding="utf-8-sig") if file.is_file() else ""
        for file in (chart / CHART_FILE, chart / REQUIREMENTS_FILE)
    )
    asked = dependencies_of(stated, required)
    far = {each.repository: each.name for each in asked if not each.is_local}
    listed = [each for each in far if each.startswith(("http://", "https://"))]
    if far and not job.network:
        reason = f"it depends on {missing}, which is not in its charts/ folder"
        # Helm builds from repositories alone that have a name with it.
        added = [f"helm repo add {shlex.join((far[each], each))} && " for each in listed]
        return Unknown(reason, f"{''.join(added)}helm dependency build {job.chart}")
    if far and not any((chart / lock).is_file() for lock in (LOCK_FILE, "requirements.lock")):
        reason = "it has dependencies and no lock that fixes them"
        return Unknown(reason, f"helm dependency update {job.chart}")
    for index, address in enumerate(listed):
        _run(job, "repo", "add", f"source-{index}", address)
    _run(job, "dependency", "build", str(chart))
    return None


def _run(job: Job, *arguments: str) -> bytes:
    """Return what Helm prints; _Refused with its words when it fails or takes too much."""
    homes = Path(job.folder).with_name("helm-home")
    homes.mkdir(exist_ok=True)
    with subprocess.Popen(
        [job.helm, *arguments],
        cwd=job.folder,
        env={
            "HOME": str(homes),
            "TMPDIR": str(homes),
            "PATH": os.devnull,
            "HELM_CACHE_HOME": str(homes / "cache"),
            "HELM_CONFIG_HOME": str(homes / "config"),
            "HELM_DATA_HOME": str(homes / "data"),
            # A rendering is over before collecting garbage pays; a fifth of it went into that.
            "GOGC": "off",
            "GOMEMLIMIT": "768MiB",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            output, errors = _read(process, job.seconds)
        finally:
            process.kill()
        code = process.wait()
    words = errors.decode(errors="replace").strip()
    if code == 0:
        return output
    # What lint objects to is told on the other pipe, before the sum of it.
    objections = [line for line in output.decode(errors="replace").splitlines() if _ERROR in line]
    words = "\n".join((*objections, words))
    if any(sign in words for sign in _OUT_OF_MEMORY) or code == -signal.SIGKILL:
        raise _Refused(f"takes more memory or time than a chart may; {OVERSTEPPED}")
    raise _Refused(words if _shortened(words) else f"Helm ended with {code} and said nothing")


def _read(process: "subprocess.Popen[bytes]", seconds: float) -> tuple[bytes, bytes]:
    """Read both pipes to their ends, but never more or longer than a chart may take."""
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("Helm was started without pipes")
    pieces: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
    open_pipes = set(pieces)
    total, until = 0, time.monotonic() + seconds
    while open_pipes:
        ready, _, _ = select.select(sorted(open_pipes), (), (), max(0.0, until - time.monotonic()))
        if not ready:
            raise _Refused(f"did not finish within {seconds:g} seconds; {OVERSTEPPED}")
        for pipe in ready:
            piece = os.read(pipe, 1 << 20)
            if not piece:
                open_pipes.discard(pipe)
            pieces[pipe].append(piece)
            total += len(piece)
        if total > LARGEST_OUTPUT:
            raise _Refused(f"renders more than {LARGEST_OUTPUT >> 20} MiB; {OVERSTEPPED}")
    output, errors = (b"".join(part) for part in pieces.values())
    return output, errors


def _shortened(words: str) -> str:
    """Return Helm's words on one line, without its advice on flags, and never endless."""
    lines = [line.strip() for line in words.splitlines()]
    kept = [line for line in lines if line and not line.startswith(("Use --debug", "level="))]
    text = " ".join(kept).removeprefix("Error: ")
    if len(text) <= _LONGEST_WORDS:
        return text
    # The place is told first and the reason last.
    return f"{text[: _LONGEST_WORDS // 2]} … {text[-_LONGEST_WORDS // 2 :]}"
