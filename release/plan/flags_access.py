"""Risks of rights: what roles grant, to whom, and what containers may do to their host."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from release.plan.change import ApplicationChange, Fate, ObjectChange, Risk
from release.plan.flag import Context, Sign, body, flag, listed, part
from release.plan.pods import containers, pod_spec
from release.rendering.renderedobjects import RenderedObject
from release.text.counted import first_few

_SHOWN: Final = 4


class Grant(NamedTuple):
    """One right: a verb on a resource of a group, or on an address that is not a resource."""

    verb: str
    group: str
    resource: str
    name: str

    def covers(self, other: "Grant") -> bool:
        """Tell whether holding this right means to hold the other."""
        pairs = zip(self[:3], other[:3], strict=True)
        return all(own in ("*", theirs) for own, theirs in pairs) and self.name in ("", other.name)

    def __str__(self) -> str:
        """Return it as people write it."""
        where = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {where}{f' {self.name}' if self.name else ''}"


@flag(
    Risk.DANGER,
    fix="name the verbs and resources that are needed, and bind them in one namespace",
    source="Kubernetes: RBAC good practices; guide on least privilege",
)
def rbac_widened(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A role grants more than before, or to more subjects.

    Rights are given once and used by whoever takes the pod over; wildcards give what nobody has
    thought of yet.
    """
    # Of a new role wildcards alone count.
    for item in change.objects:
        if item.fate is Fate.REMOVED or not item.one.api_version.startswith("rbac."):
            continue
        if item.one.kind in {"Role", "ClusterRole"}:
            yield from _new_rights(item)
        elif item.one.kind in {"RoleBinding", "ClusterRoleBinding"}:
            yield from _new_subjects(item)


def _new_rights(item: ObjectChange) -> Iterator[Sign]:
    held, granted = _grants(item.before), _grants(item.after)
    new = [grant for grant in granted if not any(old.covers(grant) for old in held)]
    if item.before is None:
        new = [grant for grant in new if "*" in grant[:3]]
    if _aggregates(item.after) and not _aggregates(item.before):
        yield item.identity, "takes over the rights of other roles"
    if new:
        grants = first_few([*map(str, new)], _SHOWN)
        yield item.identity, f"grants {grants}"


def _grants(item: RenderedObject | None) -> list[Grant]:
    found: dict[Grant, None] = {}
    for rule in listed(body(item), "rules"):
        verbs = [str(verb) for verb in listed(rule, "verbs")]
        groups = [str(group) for group in listed(rule, "apiGroups")]
        resources = [str(resource) for resource in listed(rule, "resources")]
        names = [str(name) for name in listed(rule, "resourceNames")] or [""]
        for verb, group, resource, name in product(verbs, groups, resources, names):
            found[Grant(verb, group, resource, name)] = None
        for verb, address in product(verbs, listed(rule, "nonResourceURLs")):
            found[Grant(verb, "", str(address), "")] = None
    return sorted(found)


def _aggregates(item: RenderedObject | None) -> bool:
    return bool(part(body(item), "aggregationRule"))


def _new_subjects(item: ObjectChange) -> Iterator[Sign]:
    role = part(item.one.body, "roleRef")
    cluster = item.one.kind == "ClusterRoleBinding" or role.get("kind") == "ClusterRole"
    new = sorted(_subjects(item.after) - _subjects(item.before))
    if new and (cluster or item.before is not None):
        what = f"gives {role.get('kind')} {role.get('name')} to {', '.join(new)}"
        yield item.identity, what


def _subjects(item: RenderedObject | None) -> set[str]:
    found = set[str]()
    for subject in listed(body(item), "subjects"):
        if isinstance(subject, Mapping):
            where = f"{subject['namespace']}/" if subject.get("namespace") else ""
            found.add(f"{subject.get('kind')} {where}{subject.get('name')}")
    return found


@flag(
    Risk.DANGER,
    fix="drop the setting, or say in the pull request why the workload cannot do without it",
    source="Kubernetes: Pod Security Standards, baseline and restricted",
)
def privilege_gained(change: ApplicationChange, _context: Context) -> Iterator[Sign]:
    """A container gains power over its node.

    Whoever takes such a container over holds the node and every other pod on it.
    """
    for item in change.objects:
        if item.after is not None:
            new = sorted(_powers(item.after) - _powers(item.before))
            for power in new if item.before else filter(_certain, new):
                yield item.identity, power


def _certain(power: str) -> bool:
    """Tell whether a power counts for a new object too: half of all charts leave the user open."""
    return not power.endswith("may run as root")


_HOST: Final = ("hostNetwork", "hostPID", "hostIPC")


def _powers(item: RenderedObject | None) -> set[str]:
    spec = pod_spec(item)
    if not spec:
        return set()
    found = {f"uses the host's {name[4:].lower()}" for name in _HOST if spec.get(name) is True}
    for volume in listed(spec, "volumes"):
        path = part(volume, "hostPath").get("path")
        if path:
            found.add(f"mounts {path} of the host")
    common = part(spec, "securityContext")
    for container in containers(spec):
        name = str(container.get("name", ""))
        found |= {f"container {name} {power}" for power in _of_container(container, common)}
    return found


def _of_container(container: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[str]:
    own = part(container, "securityContext")
    if own.get("privileged") is True:
        yield "is privileged"
    if own.get("allowPrivilegeEscalation") is True:
        yield "may gain privileges"
    for capability in listed(own, "capabilities", "add"):
        yield f"has capability {capability}"
    user = own.get("runAsUser", common.get("runAsUser"))
    guarded = own.get("runAsNonRoot", common.get("runAsNonRoot"))
    if user == 0:
        yield "runs as root"
    elif guarded is not True and user is None:
        yield "may run as root"
