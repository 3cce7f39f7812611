"""A stand-in for Slack's API on loopback: it keeps what is posted, and refuses when told to."""

import json
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.loopback import Quiet, served


class Slack:
    """What was posted, oldest first; `refusing` answers every post with that error."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.refusing: str | None = None
        self.address = ""

    def take(self, form: dict[str, str]) -> dict[str, object]:
        """Answer one call as Slack does, with status 200 even for an error."""
        post = {**form, "attachments": json.loads(form.get("attachments") or "[]")}
        if self.refusing is not None:
            self.refused.append(post)
            return {"ok": False, "error": self.refusing}
        self.posts.append(post)
        return {"ok": True, "channel": "C1", "ts": f"{len(self.posts)}.1"}

    def told(self, channel: str) -> list[str]:
        """Return the texts posted to a channel."""
        return [post["text"] for post in self.posts if post["channel"] == channel]


@contextmanager
def running_slack() -> Iterator[Slack]:
    """Serve the stand-in until the block is left."""
    slack = Slack()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 -- the base's name
            length = int(self.headers.get("Content-Length", 0))
            form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
            self.answer(json.dumps(slack.take(form)).encode(), "application/json")

    with served(Handler) as address:
        slack.address = f"{address}/api/"
        yield slack
