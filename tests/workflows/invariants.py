"""What must hold whatever has failed, and what must be there in the end, told without our code.

Each function looks at the fake GitHub and its Git repository alone and yields what is wrong.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatch
from typing import Final

from tests.github.forge import Forge

_KEPT: Final = ("refs/heads/main", "refs/tags/")
"""Refs that a run may add to, but never move or delete."""


def refs(forge: Forge) -> dict[str, str]:
    """Return the object that each ref has."""
    lines = forge.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


def harm(forge: Forge, before: Mapping[str, str]) -> Iterator[str]:
    """Yield what no run may leave, finished or not: something twice, lost, moved or half opened."""
    now = refs(forge)
    for name, made in before.items():
        if name.startswith(_KEPT) and now.get(name) != made:
            yield f"{name} was moved or lost"
    things = [f"pull request of {pull['head']['ref']}" for pull in forge.open_pulls()]
    things += [f"release {each['tag_name']}" for each in forge.releases.values()]
    things += [f"issue {each['title']}" for each in forge.issues.values() if _is_open(each)]
    things += [
        f"comment on {each['issue_url']}"
        for each in forge.comments.values()
        if each["user"]["login"] == forge.login
    ]
    yield from (f"{thing} is there {n} times" for thing, n in Counter(things).items() if n > 1)
    for pull in forge.open_pulls():
        branch = f"refs/heads/{pull['head']['ref']}"
        if branch not in now:
            yield f"a pull request of {branch} is open, and nothing is proposed"
        elif forge.git("rev-list", "--count", f"main..{branch}") != "1":
            yield f"{branch} is not one commit"
    for release in forge.releases.values():
        tag = f"refs/tags/{release['tag_name']}"
        if tag not in now:
            yield f"{release['tag_name']} is released without a tag"


def _is_open(issue: Mapping[str, object]) -> bool:
    return issue["state"] == "open"


def _proposed(branch: str, edit: str, labels: Collection[str]) -> Callable[[Forge], Iterator[str]]:
    """Return who looks for one pull request of such a branch, with this edit of a stack file."""

    def judge(forge: Forge) -> Iterator[str]:
        found = [pull for pull in forge.open_pulls() if fnmatch(pull["head"]["ref"], branch)]
        if len(found) != 1:
            yield f"{len(found)} pull requests of {branch}"
            return
        (pull,) = found
        ref = pull["head"]["ref"]
        files = forge.git("diff", "--name-only", f"main...{ref}").splitlines()
        if len(files) != 1 or not files[0].startswith("Pulumi."):
            yield f"{ref} changes {files}"
        if not re.search(edit, forge.git("diff", "--unified=0", f"main...{ref}"), re.MULTILINE):
            yield f"{ref} does not hold the edit {edit}"
        if lacking := set(labels) - {label["name"] for label in pull["labels"]}:
            yield f"{ref} lacks {sorted(lacking)}"
        if pull["base"]["ref"] != "main" or "hmco:proposal" not in pull["body"]:
            yield f"{ref} does not tell what it is"

    return judge


def _released(tag: str) -> Callable[[Forge], Iterator[str]]:
    def judge(forge: Forge) -> Iterator[str]:
        if forge.tip(f"refs/tags/{tag}") is None:
            yield f"{tag} is no tag"
        elif forge.git("cat-file", "-t", f"refs/tags/{tag}") != "tag":
            yield f"{tag} has no message"
        if not any(each["tag_name"] == tag for each in forge.releases.values()):
            yield f"{tag} is not released"

    return judge


def _commented(words: str, others: str = "") -> Callable[[Forge], Iterator[str]]:
    def judge(forge: Forge) -> Iterator[str]:
        bodies = {each["user"]["login"]: each["body"] for each in forge.comments.values()}
        if words not in bodies.get(forge.login, ""):
            yield f"our comment does not say {words!r}"
        if others and others not in bodies.values():
            yield "a comment of somebody else is gone"

    return judge


def _drift(*stacks: str) -> Callable[[Forge], Iterator[str]]:
    """Return who looks for one open issue that names these stacks, or for none."""

    def judge(forge: Forge) -> Iterator[str]:
        told = [each["body"] for each in forge.issues.values() if _is_open(each)]
        if bool(told) != bool(stacks):
            yield f"{len(told)} issues are open"
        yield from (f"{s} is not told" for s in stacks for body in told if f"### {s}" not in body)

    return judge


PROMOTED: Final = _proposed(
    "promote/monitoring-1.4.0-to-staging",
    r"^\+ +monitoring: 1\.4\.0$",
    ("promotion", "staging", "monitoring"),
)
DONE: Final[Mapping[str, Callable[[Forge], Iterator[str]]]] = {
    "promotion": PROMOTED,
    "promotion again": PROMOTED,
    "approvals": PROMOTED,
    "rollback": _proposed(
        "rollback/vault-*-in-prod", r"^\+ +vault: [0-9.]+$", ("rollback", "urgent", "prod", "vault")
    ),
    "hold": _proposed("hold/vault-in-prod", r"^\+ .*\bwhy\b", ("hold", "prod", "vault")),
    "unhold": _proposed(
        "unhold/storage-in-prod", r"^- .*looking into it", ("unhold", "prod", "storage")
    ),
    "release": _released("vault-1.3.0"),
    "preview": _commented("Changes prod"),
    "preview again": _commented("Changes prod", others="<!-- hmco:preview --> mine"),
    "drift is opened": _drift("prod"),
    "drift is told anew": _drift("prod", "dev"),
    "drift is gone": _drift(),
}
"""What the world must hold after each case of the matrix, in the end."""
