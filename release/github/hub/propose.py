"""A change as a pull request: one branch, one commit that GitHub signs, one pull request.

Every step looks first, so that running again after a failure anywhere ends in the same place.
A commit made through the API without author and committer is the token's own and gets signed by
GitHub where the token is an App's ("Commit signature verification for bots").
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from release.github.hub.client import Hub, HubError, Json, escaped, field

TRAILER: Final = "Proposed-by: hmco"
"""Marks commits of ours, which a later run may replace."""
COMMAND: Final = "Command: "
"""Names the command whose outcome the commit is."""
REQUESTER: Final = "Requested-by: @"
"""Names who started it; their approval does not count (docs/workflows.md)."""


class Proposal(NamedTuple):
    """What to propose: `files` as they are to be, on top of the commit that the decision saw."""

    branch: str
    base: str
    parent: str
    files: Mapping[str, str]
    message: str
    title: str
    body: str
    labels: tuple[str, ...]
    draft: bool


class Proposed(NamedTuple):
    """What stands on GitHub now."""

    number: int
    url: str
    commit: str
    signed: bool
    outcome: str


def propose(hub: Hub, proposal: Proposal) -> Proposed:
    """Make or update branch and pull request; HubError where somebody else's work is in the way."""
    tip = _tip(hub, proposal.branch)
    standing = None if tip is None else _ours(hub, proposal, tip)
    tree = _tree(hub, proposal)
    if standing is not None and _says_the_same(standing, tree, proposal):
        commit, moved = standing, False
    else:
        body = {"message": proposal.message, "tree": tree, "parents": [proposal.parent]}
        commit, moved = hub.post("/git/commits", body), True
        _point(hub, proposal.branch, field(commit, "sha", str), exists=tip is not None)
    pull, opened = _pull(hub, proposal)
    number = field(pull, "number", int)
    changed = _update(hub, proposal, pull) if not opened else False
    _label(hub, proposal, pull)
    return Proposed(
        number,
        field(pull, "html_url", str),
        field(commit, "sha", str),
        field(commit, "verification.verified", bool),
        "opened" if opened else "updated" if moved or changed else "unchanged",
    )


def _tip(hub: Hub, branch: str) -> str | None:
    ref = hub.find(f"/git/ref/heads/{escaped(branch)}")
    return None if ref is None else field(ref, "object.sha", str)


def _ours(hub: Hub, proposal: Proposal, tip: str) -> Json:
    """Return the commit at the branch's tip; HubError unless it is the only one and ours."""
    commit = hub.get(f"/git/commits/{tip}")
    parents = field(commit, "parents", list)
    compared = hub.get(f"/compare/{escaped(proposal.base)}...{tip}")
    ahead = field(compared, "ahead_by", int)
    if ahead == 0:
        return commit
    if ahead == 1 and len(parents) == 1 and TRAILER in field(commit, "message", str):
        return commit
    raise HubError(
        f"the branch {proposal.branch} holds commits that hmco did not make (tip {tip[:12]}); "
        "merge or close its pull request, then delete it: git push origin --delete "
        f"{proposal.branch}"
    )


def _tree(hub: Hub, proposal: Proposal) -> str:
    parent = hub.get(f"/git/commits/{proposal.parent}")
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in proposal.files.items()
    ]
    made = hub.post("/git/trees", {"base_tree": field(parent, "tree.sha", str), "tree": entries})
    return field(made, "sha", str)


def _says_the_same(commit: Json, tree: str, proposal: Proposal) -> bool:
    parents = [field(parent, "sha", str) for parent in field(commit, "parents", list)]
    return (
        field(commit, "tree.sha", str) == tree
        and parents == [proposal.parent]
        and field(commit, "message", str).strip() == proposal.message.strip()
    )


def _point(hub: Hub, branch: str, commit: str, *, exists: bool) -> None:
    if exists:
        hub.patch(f"/git/refs/heads/{escaped(branch)}", {"sha": commit, "force": True})
        return
    try:
        hub.post("/git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
    except HubError:
        # The call that failed may have worked.
        if _tip(hub, branch) != commit:
            raise


def _open_pull(hub: Hub, proposal: Proposal) -> Json | None:
    found = hub.every(
        "/pulls", state="open", head=f"{hub.owner}:{proposal.branch}", base=proposal.base
    )
    return next(iter(found), None)


def _pull(hub: Hub, proposal: Proposal) -> tuple[Json, bool]:
    """Return the pull request and whether it was opened now."""
    standing = _open_pull(hub, proposal)
    if standing is not None:
        return standing, False
    wanted = {
        "title": proposal.title,
        "head": proposal.branch,
        "base": proposal.base,
        "body": proposal.body,
        "draft": proposal.draft,
        "maintainer_can_modify": False,
    }
    try:
        return hub.post("/pulls", wanted), True
    except HubError:
        standing = _open_pull(hub, proposal)
        if standing is None:
            raise
        return standing, True


def _update(hub: Hub, proposal: Proposal, pull: Json) -> bool:
    wanted = {"title": proposal.title, "body": proposal.body}
    if all(pull.get(name) == value for name, value in wanted.items()):
        return False
    hub.patch(f"/pulls/{field(pull, 'number', int)}", wanted)
    return True


def _label(hub: Hub, proposal: Proposal, pull: Json) -> None:
    present = {field(label, "name", str) for label in pull.get("labels") or ()}
    missing = [label for label in proposal.labels if label not in present]
    if missing:
        # GitHub makes labels that it does not know yet.
        hub.post(f"/issues/{field(pull, 'number', int)}/labels", {"labels": missing})
