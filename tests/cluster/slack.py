"""A stand-in for Slack's API on loopback: it keeps what is posted, and refuses when told to."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
            body = json.dumps(slack.take(form)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slack.address = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
