"""Pull requests of the fake GitHub, their commits, files and reviews."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.forge import Forge

Json = Any


def _pulls(forge: "Forge", call: Call) -> Answer:
    state, head = call.query.get("state", "open"), call.query.get("head")
    found = [
        forge.shown(pull)
        for pull in forge.pulls.values()
        if state in {"all", pull["state"]} and (not head or head == pull["head"]["label"])
    ]
    simple = [{k: v for k, v in pull.items() if k in _simple(forge)} for pull in found]
    return Answer(200, page(simple, call))


def _simple(forge: "Forge") -> set[str]:
    return set(forge.listed(f"GET {REPO}/pulls"))


def _new_pull(forge: "Forge", call: Call) -> Answer:
    body = call.body
    sha = forge.tip(f"refs/heads/{body['head']}")
    if sha is None:
        return error(422, "Validation Failed", errors=["head is invalid"])
    if any(pull["head"]["ref"] == body["head"] for pull in forge.open_pulls()):
        return error(422, "Validation Failed", errors=["A pull request already exists"])
    if sha == forge.tip(f"refs/heads/{body['base']}"):
        return error(422, "Validation Failed", errors=["No commits between main and head"])
    number = forge.number()
    pull = forge.example(
        f"POST {REPO}/pulls",
        201,
        number=number,
        title=body["title"],
        body=body.get("body"),
        draft=body.get("draft", False),
        state="open",
        labels=[],
        requested_teams=[],
        merged_at=None,
        html_url=f"https://github.com/{forge.owner}/{forge.name}/pull/{number}",
    )
    pull["user"] |= {"login": forge.login}
    pull["head"] |= {"ref": body["head"], "sha": sha, "label": f"{forge.owner}:{body['head']}"}
    pull["base"] |= {"ref": body["base"], "sha": forge.tip(f"refs/heads/{body['base']}")}
    forge.pulls[number] = pull
    return Answer(201, forge.shown(pull))


def _one_pull(forge: "Forge", call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    if call.operation.startswith("PATCH "):
        pull |= {name: call.body[name] for name in ("title", "body", "state") if name in call.body}
    return Answer(200, forge.shown(pull))


def _pull_commits(forge: "Forge", call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    head = forge.shown(pull)["head"]["sha"]
    shas = forge.git("rev-list", "--reverse", f"refs/heads/{forge.default_branch}..{head}").split()
    commits = []
    for sha in shas:
        shown = forge.listed(f"GET {REPO}/pulls/{{pull_number}}/commits")
        shown["sha"] = sha
        shown["commit"]["message"] = forge.git("show", "-s", "--format=%B", sha)
        commits.append(shown)
    return Answer(200, page(commits, call))


def _pull_files(forge: "Forge", call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    head = forge.shown(pull)["head"]["sha"]
    base = f"refs/heads/{forge.default_branch}"
    names = forge.git("diff", "--name-only", f"{base}...{head}").split()
    shown = forge.listed(f"GET {REPO}/pulls/{{pull_number}}/files")
    return Answer(200, page([{**shown, "filename": name} for name in names], call))


def _reviews(forge: "Forge", call: Call) -> Answer:
    return Answer(200, page(forge.reviews.get(int(call.path["pull_number"]), []), call))


def review(forge: "Forge", number: int, login: str, state: str = "APPROVED") -> None:
    """Let somebody review a pull request."""
    shown = forge.listed(f"GET {REPO}/pulls/{{pull_number}}/reviews")
    shown |= {"id": forge.number(), "state": state}
    shown["user"] |= {"login": login}
    shown["commit_id"] = forge.shown(forge.pulls[number])["head"]["sha"]
    forge.reviews.setdefault(number, []).append(shown)


PULLS: Final[Mapping[str, Handler]] = {
    **routes("GET", "/pulls", _pulls),
    **routes("POST", "/pulls", _new_pull),
    **routes("GET PATCH", "/pulls/{pull_number}", _one_pull),
    **routes("GET", "/pulls/{pull_number}/commits", _pull_commits),
    **routes("GET", "/pulls/{pull_number}/files", _pull_files),
    **routes("GET", "/pulls/{pull_number}/reviews", _reviews),
}
