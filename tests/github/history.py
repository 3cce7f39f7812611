"""Refs, commits, trees and tags of the fake GitHub, kept in the bare repository."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.forge import Forge

Json = Any
BOT: Final = {
    "GIT_AUTHOR_NAME": "hmco-release[bot]",
    "GIT_AUTHOR_EMAIL": "hmco-release[bot]@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}
"""Who GitHub says made a commit that an App asked for."""


def _ref(forge: "Forge", call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    return _shown_ref(forge, name, 200) if forge.tip(name) else error(404, "Not Found")


def _shown_ref(forge: "Forge", name: str, status: int) -> Answer:
    kind = forge.git("cat-file", "-t", name)
    answer = forge.example(f"GET {REPO}/git/ref/{{ref}}", ref=name)
    answer["object"] |= {"sha": forge.tip(name), "type": kind}
    return Answer(status, answer)


def _new_ref(forge: "Forge", call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    if forge.tip(name):
        return error(422, "Reference already exists")
    forge.git("check-ref-format", name)
    forge.git("update-ref", name, sha)
    return _shown_ref(forge, name, 201)


def _moved_ref(forge: "Forge", call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    if not forge.tip(name):
        return error(422, "Reference does not exist")
    if name.startswith("refs/tags/"):
        return error(422, "Repository rule violations found: tags are never moved")
    forge.git("update-ref", name, call.body["sha"])
    return _shown_ref(forge, name, 200)


def _commit(forge: "Forge", call: Call) -> Answer:
    try:
        return Answer(200, _shown_commit(forge, call.path["commit_sha"]))
    except LookupError:
        return error(404, "Not Found")


def _shown_commit(forge: "Forge", sha: str) -> Json:
    form = "%T%x00%P%x00%B%x00%cn"
    tree, parents, message, committer = forge.git(
        "show", "-s", f"--format={form}", f"{sha}^{{commit}}"
    ).split("\0")
    answer = forge.example(f"GET {REPO}/git/commits/{{commit_sha}}", sha=sha)
    link = answer["parents"][0] if answer["parents"] else {"url": "", "html_url": ""}
    answer |= {"message": message, "parents": [{**link, "sha": each} for each in parents.split()]}
    answer["tree"] |= {"sha": tree}
    answer["verification"] |= {"verified": committer == "GitHub", "reason": "valid"}
    return answer


def _new_commit(forge: "Forge", call: Call) -> Answer:
    body = call.body
    parents = [part for parent in body.get("parents", ()) for part in ("-p", parent)]
    own = body.get("author") or body.get("committer")
    sha = forge.git(
        "commit-tree",
        body["tree"],
        *parents,
        "-F",
        "-",
        given=body["message"].encode(),
        env={**BOT, **({"GIT_COMMITTER_NAME": own["name"]} if own else {})},
    )
    return Answer(201, _shown_commit(forge, sha))


def _new_tree(forge: "Forge", call: Call) -> Answer:
    index = forge.bare / f"index-{forge.number()}"
    env = {"GIT_INDEX_FILE": str(index)}
    if base := call.body.get("base_tree"):
        forge.git("read-tree", base, env=env)
    for entry in call.body["tree"]:
        blob = forge.git("hash-object", "-w", "--stdin", given=entry["content"].encode())
        place = f"{entry['mode']},{blob},{entry['path']}"
        forge.git("update-index", "--add", "--cacheinfo", place, env=env)
    sha = forge.git("write-tree", env=env)
    index.unlink()
    return Answer(201, forge.example(f"POST {REPO}/git/trees", 201, sha=sha))


def _new_tag(forge: "Forge", call: Call) -> Answer:
    body = call.body
    said = f"object {body['object']}\ntype {body['type']}\ntag {body['tag']}\n"
    tagger = "hmco-release[bot] <hmco-release[bot]@users.noreply.github.com> 1781514000 +0000"
    text = f"{said}tagger {tagger}\n\n{body['message'].rstrip()}\n"
    sha = forge.git("hash-object", "-t", "tag", "-w", "--stdin", given=text.encode())
    answer = forge.example(f"POST {REPO}/git/tags", 201, sha=sha, tag=body["tag"])
    answer["object"] |= {"sha": body["object"], "type": body["type"]}
    return Answer(201, answer)


def _one_tag(forge: "Forge", call: Call) -> Answer:
    text = forge.git("cat-file", "tag", call.path["tag_sha"])
    answer = forge.example(f"GET {REPO}/git/tags/{{tag_sha}}", sha=call.path["tag_sha"])
    answer["object"] |= {"sha": text.split()[1], "type": "commit"}
    return Answer(200, answer)


def _compare(forge: "Forge", call: Call) -> Answer:
    base, _, head = call.path["basehead"].partition("...")
    base = f"refs/heads/{base}" if forge.tip(f"refs/heads/{base}") else base
    try:
        counts = forge.git("rev-list", "--left-right", "--count", f"{base}...{head}")
    except LookupError:
        return error(404, "Not Found")
    behind, ahead = map(int, counts.split())
    answer = forge.example(f"GET {REPO}/compare/{{basehead}}", ahead_by=ahead, behind_by=behind)
    return Answer(200, answer)


HISTORY: Final[Mapping[str, Handler]] = {
    **routes("GET", "/git/ref/{ref}", _ref),
    **routes("POST", "/git/refs", _new_ref),
    **routes("PATCH", "/git/refs/{ref}", _moved_ref),
    **routes("GET", "/git/commits/{commit_sha}", _commit),
    **routes("POST", "/git/commits", _new_commit),
    **routes("POST", "/git/trees", _new_tree),
    **routes("POST", "/git/tags", _new_tag),
    **routes("GET", "/git/tags/{tag_sha}", _one_tag),
    **routes("GET", "/compare/{basehead}", _compare),
}
