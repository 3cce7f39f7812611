"""Tags and releases on GitHub: made once, found again, never moved."""

from typing import NamedTuple

from release.github.hub.client import Hub, HubError, escaped, field
from release.github.unpublished import Publication


class Published(NamedTuple):
    """What this run made of one version."""

    tag: str
    tagged: bool
    released: bool


def publish(hub: Hub, publication: Publication) -> Published:
    """Make tag and release where they are not there yet; HubError if GitHub does not."""
    tagged = publication.commit is not None and _tag(hub, publication, publication.commit)
    return Published(publication.tag, tagged, _release(hub, publication))


def _tag(hub: Hub, publication: Publication, commit: str) -> bool:
    ref = f"tags/{publication.tag}"
    if _there(hub, ref, commit):
        return False
    made = hub.post(
        "/git/tags",
        {
            "tag": publication.tag,
            "message": publication.message,
            "object": commit,
            "type": "commit",
        },
    )
    try:
        hub.post("/git/refs", {"ref": f"refs/{ref}", "sha": field(made, "sha", str)})
    except HubError:
        # The call that failed may have worked, or another run was faster.
        if not _there(hub, ref, commit):
            raise
    return True


def _there(hub: Hub, ref: str, commit: str) -> bool:
    """Tell whether the tag is there; HubError if it is on another commit."""
    found = hub.find(f"/git/ref/{escaped(ref)}")
    if found is None:
        return False
    target = field(found, "object.sha", str)
    if field(found, "object.type", str) == "tag":
        target = field(hub.get(f"/git/tags/{target}"), "object.sha", str)
    if target != commit:
        raise HubError(
            f"{ref} is on {target[:12]}, not on {commit[:12]} where the version landed; tags are "
            "never moved, so cut another version"
        )
    return True


def _release(hub: Hub, publication: Publication) -> bool:
    place = f"/releases/tags/{escaped(publication.tag)}"
    if hub.find(place) is not None:
        return False
    wanted = {
        "tag_name": publication.tag,
        "name": publication.title,
        "body": publication.notes,
        "draft": False,
        "prerelease": publication.prerelease,
        # One repository holds many charts: none of them is the latest release of all.
        "make_latest": "false",
    }
    try:
        hub.post("/releases", wanted)
    except HubError:
        if hub.find(place) is None:
            raise
    return True
