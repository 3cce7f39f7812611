"""The fake GitHub in front of a bare Git repository: refs, pull requests, issues, releases.

What GitHub keeps in Git is kept in Git here too, so that a clone sees what the API did and the API
sees what was pushed.
"""

import copy
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.github.server import Answer, Call, error
from tests.github.world import OPERATIONS, World

Json = Any
_REPO: Final = "/repos/{owner}/{repo}"
_BOT: Final = {
    "GIT_AUTHOR_NAME": "hmco-release[bot]",
    "GIT_AUTHOR_EMAIL": "hmco-release[bot]@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}


@dataclass
class Forge(World):
    """A repository whose content is the bare repository `bare`."""

    bare: Path = Path()
    login: str = "hmco-release[bot]"
    """Who the tokens speak for."""
    pulls: dict[int, Json] = field(default_factory=dict)
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)
    releases: dict[int, Json] = field(default_factory=dict)
    sarifs: list[Json] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    secrets: set[tuple[str, str]] = field(default_factory=set)
    """Environment and name of each secret."""
    required: tuple[str, ...] = ()
    """The checks that a ruleset requires on the default branch."""

    @property
    def operations(self) -> Mapping[str, Callable[[Any, Call], Answer]]:
        """What World can do, and what is below."""
        return {**OPERATIONS, **FORGE}

    def git(self, *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git in the bare repository and return what it prints."""
        answer = subprocess.run(
            ["git", "-C", str(self.bare), *arguments],
            input=given,
            check=False,
            capture_output=True,
            env={**os.environ, **(env or {})},
        )
        if answer.returncode:
            raise LookupError(answer.stderr.decode())
        return answer.stdout.decode().strip()

    def listed(self, operation: str) -> Json:
        """Return the description's example of one entry of a list."""
        return copy.deepcopy(self.described.example(operation, 200)[0])

    def tip(self, ref: str) -> str | None:
        """Return the object at a full ref, None if there is no such ref."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", ref)
        except LookupError:
            return None

    def open_pulls(self) -> list[Json]:
        """Return the pull requests that are open."""
        return [pull for pull in self.pulls.values() if pull["state"] == "open"]

    def merge(self, number: int, *, by: str = "ada") -> str:
        """Merge a pull request as GitHub's button does, and return the commit."""
        pull = self.pulls[number]
        base, head = self.tip(f"refs/heads/{self.default_branch}"), self._head(pull)
        tree = self.git("merge-tree", "--write-tree", str(base), head).splitlines()[0]
        subject = f"Merge pull request #{number} from {self.owner}/{pull['head']['ref']}"
        commit = self.git(
            "commit-tree",
            tree,
            "-p",
            str(base),
            "-p",
            head,
            "-m",
            f"{subject}\n\n{pull['title']}",
            env={**_BOT, "GIT_AUTHOR_NAME": by},
        )
        self.git("update-ref", f"refs/heads/{self.default_branch}", commit)
        self.git("update-ref", "-d", f"refs/heads/{pull['head']['ref']}")
        pull |= {"state": "closed", "merged_at": "2026-06-15T09:00:00Z"}
        return commit

    def _head(self, pull: Json) -> str:
        return self.tip(f"refs/heads/{pull['head']['ref']}") or str(pull["head"]["sha"])

    def shown(self, pull: Json) -> Json:
        """Return a pull request with its head as it is now."""
        seen = copy.deepcopy(pull)
        seen["head"]["sha"] = self._head(pull)
        return seen


def _page(items: list[Json], call: Call) -> list[Json]:
    size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
    return items[(page - 1) * size : page * size]


def _ref(forge: Forge, call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    return _shown_ref(forge, name, 200) if forge.tip(name) else error(404, "Not Found")


def _shown_ref(forge: Forge, name: str, status: int) -> Answer:
    kind = forge.git("cat-file", "-t", name)
    answer = forge.example(f"GET {_REPO}/git/ref/{{ref}}", ref=name)
    answer["object"] |= {"sha": forge.tip(name), "type": kind}
    return Answer(status, answer)


def _new_ref(forge: Forge, call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    if forge.tip(name):
        return error(422, "Reference already exists")
    forge.git("check-ref-format", name)
    forge.git("update-ref", name, sha)
    return _shown_ref(forge, name, 201)


def _moved_ref(forge: Forge, call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    if not forge.tip(name):
        return error(422, "Reference does not exist")
    if name.startswith("refs/tags/"):
        return error(422, "Repository rule violations found: tags are never moved")
    forge.git("update-ref", name, call.body["sha"])
    return _shown_ref(forge, name, 200)


def _commit(forge: Forge, call: Call) -> Answer:
    try:
        return Answer(200, _shown_commit(forge, call.path["commit_sha"]))
    except LookupError:
        return error(404, "Not Found")


def _shown_commit(forge: Forge, sha: str) -> Json:
    form = "%T%x00%P%x00%B%x00%cn"
    tree, parents, message, committer = forge.git(
        "show", "-s", f"--format={form}", f"{sha}^{{commit}}"
    ).split("\0")
    answer = forge.example(f"GET {_REPO}/git/commits/{{commit_sha}}", sha=sha)
    link = answer["parents"][0] if answer["parents"] else {"url": "", "html_url": ""}
    answer |= {"message": message, "parents": [{**link, "sha": each} for each in parents.split()]}
    answer["tree"] |= {"sha": tree}
    answer["verification"] |= {"verified": committer == "GitHub", "reason": "valid"}
    return answer


def _new_commit(forge: Forge, call: Call) -> Answer:
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
        env={**_BOT, **({"GIT_COMMITTER_NAME": own["name"]} if own else {})},
    )
    return Answer(201, _shown_commit(forge, sha))


def _new_tree(forge: Forge, call: Call) -> Answer:
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
    return Answer(201, forge.example(f"POST {_REPO}/git/trees", 201, sha=sha))


def _new_tag(forge: Forge, call: Call) -> Answer:
    body = call.body
    said = f"object {body['object']}\ntype {body['type']}\ntag {body['tag']}\n"
    tagger = "hmco-release[bot] <hmco-release[bot]@users.noreply.github.com> 1781514000 +0000"
    text = f"{said}tagger {tagger}\n\n{body['message'].rstrip()}\n"
    sha = forge.git("hash-object", "-t", "tag", "-w", "--stdin", given=text.encode())
    answer = forge.example(f"POST {_REPO}/git/tags", 201, sha=sha, tag=body["tag"])
    answer["object"] |= {"sha": body["object"], "type": body["type"]}
    return Answer(201, answer)


def _one_tag(forge: Forge, call: Call) -> Answer:
    text = forge.git("cat-file", "tag", call.path["tag_sha"])
    answer = forge.example(f"GET {_REPO}/git/tags/{{tag_sha}}", sha=call.path["tag_sha"])
    answer["object"] |= {"sha": text.split()[1], "type": "commit"}
    return Answer(200, answer)


def _compare(forge: Forge, call: Call) -> Answer:
    base, _, head = call.path["basehead"].partition("...")
    base = f"refs/heads/{base}" if forge.tip(f"refs/heads/{base}") else base
    try:
        counts = forge.git("rev-list", "--left-right", "--count", f"{base}...{head}")
    except LookupError:
        return error(404, "Not Found")
    behind, ahead = map(int, counts.split())
    answer = forge.example(f"GET {_REPO}/compare/{{basehead}}", ahead_by=ahead, behind_by=behind)
    return Answer(200, answer)


def _pulls(forge: Forge, call: Call) -> Answer:
    state, head = call.query.get("state", "open"), call.query.get("head")
    found = [
        forge.shown(pull)
        for pull in forge.pulls.values()
        if state in {"all", pull["state"]} and (not head or head == pull["head"]["label"])
    ]
    simple = [{k: v for k, v in pull.items() if k in _simple(forge)} for pull in found]
    return Answer(200, _page(simple, call))


def _simple(forge: Forge) -> set[str]:
    return set(forge.listed(f"GET {_REPO}/pulls"))


def _new_pull(forge: Forge, call: Call) -> Answer:
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
        f"POST {_REPO}/pulls",
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


def _one_pull(forge: Forge, call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    if call.operation.startswith("PATCH "):
        pull |= {name: call.body[name] for name in ("title", "body", "state") if name in call.body}
    return Answer(200, forge.shown(pull))


def _pull_commits(forge: Forge, call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    head = forge.shown(pull)["head"]["sha"]
    shas = forge.git("rev-list", "--reverse", f"refs/heads/{forge.default_branch}..{head}").split()
    commits = []
    for sha in shas:
        shown = forge.listed(f"GET {_REPO}/pulls/{{pull_number}}/commits")
        shown["sha"] = sha
        shown["commit"]["message"] = forge.git("show", "-s", "--format=%B", sha)
        commits.append(shown)
    return Answer(200, _page(commits, call))


def _pull_files(forge: Forge, call: Call) -> Answer:
    pull = forge.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        return error(404, "Not Found")
    head = forge.shown(pull)["head"]["sha"]
    base = f"refs/heads/{forge.default_branch}"
    names = forge.git("diff", "--name-only", f"{base}...{head}").split()
    shown = forge.listed(f"GET {_REPO}/pulls/{{pull_number}}/files")
    return Answer(200, _page([{**shown, "filename": name} for name in names], call))


def _reviews(forge: Forge, call: Call) -> Answer:
    return Answer(200, _page(forge.reviews.get(int(call.path["pull_number"]), []), call))


def review(forge: Forge, number: int, login: str, state: str = "APPROVED") -> None:
    """Let somebody review a pull request."""
    shown = forge.listed(f"GET {_REPO}/pulls/{{pull_number}}/reviews")
    shown |= {"id": forge.number(), "state": state}
    shown["user"] |= {"login": login}
    shown["commit_id"] = forge.shown(forge.pulls[number])["head"]["sha"]
    forge.reviews.setdefault(number, []).append(shown)


def _issue_labels(forge: Forge, call: Call) -> Answer:
    number = int(call.path["issue_number"])
    target = forge.pulls.get(number) or forge.issues.get(number)
    if target is None:
        return error(404, "Not Found")
    present = {label["name"] for label in target["labels"]}
    for name in call.body["labels"]:
        if name not in present:
            target["labels"].append(_label(forge, name))
    return Answer(200, target["labels"])


def _label(forge: Forge, name: str) -> Json:
    operation = f"GET {_REPO}/labels/{{name}}"
    return forge.example(operation, id=forge.number(), name=name, default=False)


def _issues(forge: Forge, call: Call) -> Answer:
    state, label = call.query.get("state", "open"), call.query.get("labels")
    found = [
        issue
        for issue in forge.issues.values()
        if state in {"all", issue["state"]}
        and (not label or any(each["name"] == label for each in issue["labels"]))
    ]
    return Answer(200, _page(found, call))


def _new_issue(forge: Forge, call: Call) -> Answer:
    number = forge.number()
    issue = forge.example(
        f"POST {_REPO}/issues",
        201,
        number=number,
        title=call.body["title"],
        body=call.body.get("body"),
        state="open",
        labels=[_label(forge, name) for name in call.body.get("labels", ())],
        html_url=f"https://github.com/{forge.owner}/{forge.name}/issues/{number}",
    )
    issue["user"] |= {"login": forge.login}
    issue.pop("pull_request", None)
    forge.issues[number] = issue
    return Answer(201, issue)


def _one_issue(forge: Forge, call: Call) -> Answer:
    issue = forge.issues.get(int(call.path["issue_number"]))
    if issue is None:
        return error(404, "Not Found")
    issue |= {name: call.body[name] for name in ("title", "body", "state") if name in call.body}
    return Answer(200, issue)


def _comments(forge: Forge, call: Call) -> Answer:
    number = int(call.path["issue_number"])
    if call.operation.startswith("GET "):
        found = [
            each for each in forge.comments.values() if each["issue_url"].endswith(f"/{number}")
        ]
        return Answer(200, _page(found, call))
    comment(forge, number, call.body["body"], forge.login)
    return Answer(201, list(forge.comments.values())[-1])


def comment(forge: Forge, number: int, text: str, login: str) -> None:
    """Let somebody comment on an issue or a pull request."""
    made = forge.example(f"POST {_REPO}/issues/{{issue_number}}/comments", 201)
    base = f"https://api.github.com/repos/{forge.owner}/{forge.name}"
    made |= {"id": forge.number(), "body": text, "issue_url": f"{base}/issues/{number}"}
    made["user"] |= {"login": login}
    forge.comments[made["id"]] = made


def _one_comment(forge: Forge, call: Call) -> Answer:
    made = forge.comments.get(int(call.path["comment_id"]))
    if made is None:
        return error(404, "Not Found")
    made["body"] = call.body["body"]
    return Answer(200, made)


def _releases(forge: Forge, call: Call) -> Answer:
    return Answer(200, _page(list(forge.releases.values()), call))


def _release_of_tag(forge: Forge, call: Call) -> Answer:
    found = [each for each in forge.releases.values() if each["tag_name"] == call.path["tag"]]
    return Answer(200, found[0]) if found else error(404, "Not Found")


def _new_release(forge: Forge, call: Call) -> Answer:
    body = call.body
    if not forge.tip(f"refs/tags/{body['tag_name']}"):
        return error(422, "Validation Failed", errors=["tag_name is no tag"])
    if any(each["tag_name"] == body["tag_name"] for each in forge.releases.values()):
        fault = {"resource": "Release", "code": "already_exists", "field": "tag_name"}
        return error(422, "Validation Failed", errors=[fault])
    number = forge.number()
    changes = {name: body[name] for name in ("tag_name", "name", "body", "prerelease", "draft")}
    forge.releases[number] = forge.example(f"POST {_REPO}/releases", 201, id=number, **changes)
    return Answer(201, forge.releases[number])


def _sarif(forge: Forge, call: Call) -> Answer:
    forge.sarifs.append(call.body)
    return Answer(202, forge.example(f"POST {_REPO}/code-scanning/sarifs", 202))


def _variable(forge: Forge, call: Call) -> Answer:
    name = call.path["name"]
    if name not in forge.variables:
        return error(404, "Not Found")
    return Answer(200, forge.example(f"GET {_REPO}/actions/variables/{{name}}", name=name))


def _secret(forge: Forge, call: Call) -> Answer:
    name = call.path["secret_name"]
    if (call.path["environment_name"], name) not in forge.secrets:
        return error(404, "Not Found")
    operation = f"GET {_REPO}/environments/{{environment_name}}/secrets/{{secret_name}}"
    return Answer(200, forge.example(operation, name=name))


def _branch_rules(forge: Forge, _: Call) -> Answer:
    checks = [{"context": name} for name in forge.required]
    rule = {
        "type": "required_status_checks",
        "ruleset_source_type": "Repository",
        "ruleset_source": f"{forge.owner}/{forge.name}",
        "ruleset_id": 1,
        "parameters": {
            "required_status_checks": checks,
            "strict_required_status_checks_policy": True,
        },
    }
    return Answer(200, [rule] if checks else [])


def _each(methods: str, path: str, handler: Any) -> dict[str, Any]:
    return {f"{method} {_REPO}{path}": handler for method in methods.split()}


FORGE: Final[Mapping[str, Callable[[Any, Call], Answer]]] = {
    **_each("GET", "/git/ref/{ref}", _ref),
    **_each("POST", "/git/refs", _new_ref),
    **_each("PATCH", "/git/refs/{ref}", _moved_ref),
    **_each("GET", "/git/commits/{commit_sha}", _commit),
    **_each("POST", "/git/commits", _new_commit),
    **_each("POST", "/git/trees", _new_tree),
    **_each("POST", "/git/tags", _new_tag),
    **_each("GET", "/git/tags/{tag_sha}", _one_tag),
    **_each("GET", "/compare/{basehead}", _compare),
    **_each("GET", "/pulls", _pulls),
    **_each("POST", "/pulls", _new_pull),
    **_each("GET PATCH", "/pulls/{pull_number}", _one_pull),
    **_each("GET", "/pulls/{pull_number}/commits", _pull_commits),
    **_each("GET", "/pulls/{pull_number}/files", _pull_files),
    **_each("GET", "/pulls/{pull_number}/reviews", _reviews),
    **_each("POST", "/issues/{issue_number}/labels", _issue_labels),
    **_each("GET", "/issues", _issues),
    **_each("POST", "/issues", _new_issue),
    **_each("PATCH", "/issues/{issue_number}", _one_issue),
    **_each("GET POST", "/issues/{issue_number}/comments", _comments),
    **_each("PATCH", "/issues/comments/{comment_id}", _one_comment),
    **_each("GET", "/releases", _releases),
    **_each("GET", "/releases/tags/{tag}", _release_of_tag),
    **_each("POST", "/releases", _new_release),
    **_each("POST", "/code-scanning/sarifs", _sarif),
    **_each("GET", "/actions/variables/{name}", _variable),
    **_each("GET", "/environments/{environment_name}/secrets/{secret_name}", _secret),
    **_each("GET", "/rules/branches/{branch}", _branch_rules),
}
