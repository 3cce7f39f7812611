"""Files of the fake GitHub's repository, written straight to its default branch."""

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def blob(content: bytes) -> str:
    """Return the id that Git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324 -- Git's


def _content(world: "World", path: str) -> Json:
    content = world.files[path]
    base = f"https://api.github.com/repos/{world.owner}/{world.name}"
    url = f"{base}/contents/{path}?ref={world.default_branch}"
    html = f"https://github.com/{world.owner}/{world.name}/blob/{world.default_branch}/{path}"
    git_url = f"{base}/git/blobs/{blob(content)}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.b64encode(content).decode(),
        "sha": blob(content),
        "url": url,
        "git_url": git_url,
        "html_url": html,
        "download_url": html,
        "_links": {"self": url, "git": git_url, "html": html},
    }


def _is_guarded(world: "World") -> bool:
    """Tell whether a ruleset keeps the writer from writing to the default branch directly."""
    return any(
        ruleset["enforcement"] == "active"
        and any(rule["type"] == "pull_request" for rule in ruleset["rules"])
        and not any(
            actor.get("actor_id") == world.writer_app and actor["bypass_mode"] == "always"
            for actor in ruleset["bypass_actors"]
        )
        for ruleset in world.rulesets.values()
    )


def _contents(world: "World", call: Call) -> Answer:
    """Read, write or delete a file as the contents API does, rules of the branch included."""
    path = call.path["path"]
    if call.operation.startswith("GET "):
        return (
            Answer(200, _content(world, path)) if path in world.files else error(404, "Not Found")
        )
    if _is_guarded(world):
        told = "Repository rule violations found\n\nChanges must be made through a pull request."
        return error(409, told)
    known = blob(world.files[path]) if path in world.files else None
    if known is not None and "sha" not in call.body:
        return error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if known != call.body.get("sha"):
        return error(409, f"{path} does not match {call.body.get('sha')}")
    made = hashlib.sha1(f"{world.number()}".encode()).hexdigest()  # noqa: S324 -- as Git's ids
    world.commits[made] = call.body["message"]
    operation = f"PUT {REPO}/contents/{{path}}"
    if call.operation.startswith("DELETE "):
        del world.files[path]
        body = world.example(operation, 201, content=None)
    else:
        world.files[path] = base64.b64decode(call.body["content"])
        body = world.example(operation, 201, content=_content(world, path))
    body["commit"] |= {"sha": made, "message": call.body["message"]}
    created = known is None and not call.operation.startswith("DELETE ")
    return Answer(201 if created else 200, body)


def _commit(world: "World", call: Call) -> Answer:
    """Show a commit that a write has made."""
    if call.path["ref"] not in world.commits:
        return error(422, f"No commit found for SHA: {call.path['ref']}")
    body = world.example(f"GET {REPO}/commits/{{ref}}", sha=call.path["ref"], files=[])
    body["commit"]["message"] = world.commits[call.path["ref"]]
    return Answer(200, body)


def _branch(world: "World", call: Call) -> Answer:
    """Show the default branch, the only one."""
    if call.path["branch"] != world.default_branch:
        return error(404, "Branch not found")
    return Answer(200, world.example(f"GET {REPO}/branches/{{branch}}", name=call.path["branch"]))


CONTENTS: Final[Mapping[str, Handler]] = {
    **routes("GET PUT DELETE", "/contents/{path}", _contents),
    **routes("GET", "/commits/{ref}", _commit),
    **routes("GET", "/branches/{branch}", _branch),
}
