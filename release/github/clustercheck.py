"""Whether a stack file says of Kubernetes what the cluster says, or that nobody here can tell."""

from typing import Final

from release.estate import Environment
from release.github.checklist import Line, State
from release.rendering.request import Cluster

_EMPTY: Final = (
    "apiVersions is empty, so a chart that asks .Capabilities.APIVersions.Has for more than "
    "Kubernetes' own renders here as if the cluster lacked it"
)


def kubernetes_line(place: Environment, seen: Cluster | None) -> Line:
    """Return whether `hmco:kubernetes` was confirmed; None where no cluster answered.

    Groups below `k8s.io` count as Kubernetes' own: they need not be stated.
    """
    stated = place.settings.kubernetes
    what = f"hmco:kubernetes of {place.stack_file.name} is what the cluster says"
    if seen is None:
        remedy = "cannot be seen from here; compare it: kubectl version, and kubectl api-versions"
        return Line(what, State.UNKNOWN, remedy if stated.api_versions else f"{remedy}; {_EMPTY}")
    version = seen.version.removeprefix("v").partition("+")[0].partition("-")[0]
    there = frozenset(seen.api_versions)
    named = {_group_version(each) for each in stated.api_versions}
    unstated = sorted(each for each in there - named if _foreign(each))
    wrong = [
        *([f"it is {version}, not {stated.version}"] if version != stated.version else ()),
        *(f"it has no {each}" for each in sorted(named - there)),
        *([f"apiVersions lacks {', '.join(unstated)}"] if unstated else ()),
    ]
    if not wrong:
        return Line(what, State.DONE)
    return Line(what, State.MISSING, f"{'; '.join(wrong)}; write that into the stack file")


def _group_version(api_version: str) -> str:
    """Return an API version without the kind that may follow."""
    return "/".join(api_version.split("/")[:2])


def _foreign(api_version: str) -> bool:
    group = api_version.partition("/")[0]
    return "." in group and not group.endswith(".k8s.io")
