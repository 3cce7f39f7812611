"""Issues of the fake GitHub, their labels, and comments on them and on pull requests."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.forge import Forge

Json = Any


def _issue_labels(forge: "Forge", call: Call) -> Answer:
    number = int(call.path["issue_number"])
    target = forge.pulls.get(number) or forge.issues.get(number)
    if target is None:
        return error(404, "Not Found")
    present = {label["name"] for label in target["labels"]}
    for name in call.body["labels"]:
        if name not in present:
            target["labels"].append(_label(forge, name))
    return Answer(200, target["labels"])


def _label(forge: "Forge", name: str) -> Json:
    operation = f"GET {REPO}/labels/{{name}}"
    return forge.example(operation, id=forge.number(), name=name, default=False)


def _issues(forge: "Forge", call: Call) -> Answer:
    state, label = call.query.get("state", "open"), call.query.get("labels")
    found = [
        issue
        for issue in forge.issues.values()
        if state in {"all", issue["state"]}
        and (not label or any(each["name"] == label for each in issue["labels"]))
    ]
    return Answer(200, page(found, call))


def _new_issue(forge: "Forge", call: Call) -> Answer:
    number = forge.number()
    issue = forge.example(
        f"POST {REPO}/issues",
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


def _one_issue(forge: "Forge", call: Call) -> Answer:
    issue = forge.issues.get(int(call.path["issue_number"]))
    if issue is None:
        return error(404, "Not Found")
    issue |= {name: call.body[name] for name in ("title", "body", "state") if name in call.body}
    return Answer(200, issue)


def _comments(forge: "Forge", call: Call) -> Answer:
    number = int(call.path["issue_number"])
    if call.operation.startswith("GET "):
        found = [
            each for each in forge.comments.values() if each["issue_url"].endswith(f"/{number}")
        ]
        return Answer(200, page(found, call))
    comment(forge, number, call.body["body"], forge.login)
    return Answer(201, list(forge.comments.values())[-1])


def comment(forge: "Forge", number: int, text: str, login: str) -> None:
    """Let somebody comment on an issue or a pull request."""
    made = forge.example(f"POST {REPO}/issues/{{issue_number}}/comments", 201)
    base = f"https://api.github.com/repos/{forge.owner}/{forge.name}"
    made |= {"id": forge.number(), "body": text, "issue_url": f"{base}/issues/{number}"}
    made["user"] |= {"login": login}
    forge.comments[made["id"]] = made


def _one_comment(forge: "Forge", call: Call) -> Answer:
    made = forge.comments.get(int(call.path["comment_id"]))
    if made is None:
        return error(404, "Not Found")
    made["body"] = call.body["body"]
    return Answer(200, made)


ISSUES: Final[Mapping[str, Handler]] = {
    **routes("POST", "/issues/{issue_number}/labels", _issue_labels),
    **routes("GET", "/issues", _issues),
    **routes("POST", "/issues", _new_issue),
    **routes("PATCH", "/issues/{issue_number}", _one_issue),
    **routes("GET POST", "/issues/{issue_number}/comments", _comments),
    **routes("PATCH", "/issues/comments/{comment_id}", _one_comment),
}
