"""The steps that report on GitHub what the others found; they run code of the base alone."""

import base64
import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from release.cli.ci.runner import outcomes, result_text
from release.cli.hub import hub_of, run_page
from release.cli.live import live_governance
from release.cli.output import say
from release.cli.session import Session
from release.github.comment import MARKER, Found, Telling
from release.github.comment import comment as told
from release.github.driftissue import LABEL, TITLE, is_clean, issue_body
from release.github.driftissue import MARKER as DRIFT_MARKER
from release.github.hub.client import Hub, HubError, Json, field
from release.github.results import StackResult, decoded, unpack

_NO_SCANNING: Final = frozenset({403, 404})
"""Code scanning is off in the repository, or not part of what its owner pays for."""


@click.command
@click.pass_obj
def comment(session: Session) -> None:
    """Make or replace the one comment of the pull request that this run is for."""
    ran = outcomes()
    checked = _checked(result_text("check"))
    event = _event()
    text = told(
        Telling(
            outcomes=ran,
            results=tuple(_results("preview", ran)),
            findings=checked[0] if checked else None,
            stale=checked[1] if checked else (),
            outlook=checked[2] if checked else "",
            commit=str(event.get("pull_request", {}).get("head", {}).get("sha", "")),
            run=run_page(),
        )
    )
    hub = hub_of(session.committed().estate)
    number = field(event, "pull_request.number", int)
    say(f"comment {_keep_comment(hub, number, text)}")


def _keep_comment(hub: Hub, number: int, text: str) -> str:
    """Replace our comment, found by marker and author over all pages, or make it."""
    place = f"/issues/{number}/comments"
    mine = next((each for each in hub.every(place) if _is_ours(each, MARKER)), None)
    if mine is None:
        hub.post(place, {"body": text})
        return "made"
    if mine.get("body") == text:
        return "unchanged"
    hub.patch(f"/issues/comments/{field(mine, 'id', int)}", {"body": text})
    return "updated"


def _is_ours(thing: Json, marker: str) -> bool:
    """Tell whether a bot wrote it with our marker: a person may quote the marker."""
    user = thing.get("user") or {}
    by_bot = user.get("type") == "Bot" or str(user.get("login", "")).endswith("[bot]")
    return by_bot and str(thing.get("body") or "").startswith(marker)


@click.command
@click.pass_obj
def findings(session: Session) -> None:
    """Upload the check's findings as SARIF; where code scanning is off, say so and go on."""
    said = unpack(os.environ.get("FINDINGS", ""))
    sarif = said.get("sarif") if isinstance(said, Mapping) else None
    if not isinstance(sarif, str):
        say("the check left no findings, so code scanning gets nothing")
        return
    hub = hub_of(session.committed().estate)
    body = {
        "commit_sha": os.environ.get("GITHUB_SHA", ""),
        "ref": os.environ.get("GITHUB_REF", ""),
        "sarif": base64.b64encode(gzip.compress(sarif.encode(), mtime=0)).decode(),
        "tool_name": "hmco",
    }
    try:
        hub.post("/code-scanning/sarifs", body)
    except HubError as error:
        if error.status not in _NO_SCANNING:
            raise
        say(f"code scanning takes nothing ({error.status}); switch it on in the repository")
        return
    say("code scanning has the findings")


@click.command
@click.pass_obj
def drift_issue(session: Session) -> None:
    """Open, update or close the one issue that says which environments have drifted."""
    ran = outcomes()
    results = tuple(_results("drift", ran))
    picture = session.committed()
    hub = hub_of(picture.estate)
    governed = picture.estate.governed
    live = live_governance(picture, picture.estate, hub) if governed else ()
    mine = next(
        (
            each
            for each in hub.every("/issues", state="open", labels=LABEL)
            if "pull_request" not in each and _is_ours(each, DRIFT_MARKER)
        ),
        None,
    )
    if is_clean(ran, results, live):
        if mine is not None:
            hub.patch(f"/issues/{field(mine, 'number', int)}", {"state": "closed"})
        say("no drift" if mine is None else f"no drift any more; closed {mine['html_url']}")
        return
    text = issue_body(ran, results, live, run_page())
    if mine is None:
        mine = hub.post("/issues", {"title": TITLE, "body": text, "labels": [LABEL]})
        say(f"opened {mine['html_url']}")
    elif mine.get("body") != text:
        hub.patch(f"/issues/{field(mine, 'number', int)}", {"body": text})
        say(f"updated {mine['html_url']}")


def _results(kind: str, ran: Mapping[str, str]) -> Iterator[StackResult]:
    for job in ran:
        stack = job.removeprefix(f"{kind}-")
        if job != stack and (result := decoded(stack, result_text(job))) is not None:
            yield result


def _checked(text: str) -> tuple[tuple[Found, ...], tuple[str, ...], str] | None:
    """Return findings, stale files and outlook as the check left them, None if nothing usable."""
    said = unpack(text)
    try:
        found = tuple(Found(**{k: str(v) for k, v in each.items()}) for each in said["findings"])
        return found, tuple(map(str, said["stale"])), str(said["outlook"])
    except (TypeError, KeyError, AttributeError):
        return None


def _event() -> Mapping[str, Any]:
    """Return what started the workflow."""
    file = os.environ.get("GITHUB_EVENT_PATH")
    if not file:
        raise HubError("this step belongs in a workflow: GITHUB_EVENT_PATH is not set")
    event = json.loads(Path(file).read_text(encoding="utf-8"))
    return event if isinstance(event, dict) else {}
