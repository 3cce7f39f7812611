"""One state of everything: its Applications, and the trees of Git that they render from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from release.argocd.manifests import CHART_LABEL, VERSION_LABEL
from release.charts import chart_yaml
from release.plan.applications import Objects
from release.rendering.chartfiles import GitTree
from release.rendering.renderedobjects import Rendering, Unknown
from release.rendering.renderer import Renderer, Wanted
from release.rendering.request import Cluster, Request, RequestError, request_of
from release.repository.clone import Clone
from release.repository.git.errors import GitError

TAG_PREFIX: Final = "refs/tags/"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Ready:
    """One Application and what is needed to render it, or why it cannot be.

    `root` is the commit or tree that it renders from, `note` what is to be known of that.
    """

    environment: str
    application: Mapping[str, Any]
    request: Request | None
    root: str
    wanted: "Wanted | Rendering | Unknown | None" = None
    note: str = ""

    @property
    def name(self) -> str:
        """The Application's name."""
        return str(self.application["metadata"]["name"])

    @property
    def chart(self) -> str:
        """The chart's name, by the Application's own label."""
        return str(self.application["metadata"].get("labels", {}).get(CHART_LABEL, ""))

    @property
    def version(self) -> str:
        """The version or branch, by the Application's own label."""
        return str(self.application["metadata"].get("labels", {}).get(VERSION_LABEL, ""))

    @property
    def revision(self) -> str:
        """What Argo CD asks Git for."""
        return str(self.application["spec"]["source"].get("targetRevision", ""))


@dataclass
class Side:
    """One of the two states. `tree` is its own, which Applications that follow a branch render.

    Trees of tags are shared between both sides by `trees`.
    """

    label: str
    objects: Objects
    tree: GitTree
    root: str
    clone: Clone
    trees: dict[str, GitTree] = field(default_factory=dict)

    @property
    def has_charts(self) -> bool:
        """Tell whether this side's own tree has a chart of any Application."""
        return any(
            self.holds(str(application["spec"]["source"].get("path")))
            for applications in self.objects.applications.values()
            for application in applications.values()
        )

    def applications(self, fallback: Mapping[str, Cluster]) -> Iterator[Ready]:
        """Yield every Application; `fallback` are the clusters that the other side knows."""
        for environment, applications in self.objects.applications.items():
            cluster = self.objects.clusters.get(environment) or fallback.get(environment)
            for application in applications.values():
                yield self._ready(environment, application, cluster)

    def _ready(
        self, environment: str, application: Mapping[str, Any], cluster: Cluster | None
    ) -> Ready:
        if cluster is None:
            reason = f"Pulumi.{environment}.yaml does not state hmco:kubernetes"
            unknown = Unknown(reason, f"add it to Pulumi.{environment}.yaml")
            return Ready(environment, application, None, "", unknown)
        try:
            request = request_of(application, cluster)
        except RequestError as error:
            return Ready(environment, application, None, "", Rendering(failure=str(error)))
        root = self._root(application, request)
        if isinstance(root, Unknown):
            return Ready(environment, application, request, "", root)
        revision = str(application["spec"]["source"].get("targetRevision", ""))
        early = root == self.root and revision.startswith(TAG_PREFIX)
        note = f"{revision.removeprefix(TAG_PREFIX)} is not tagged yet" if early else ""
        return Ready(environment, application, request, root, note=note)

    def _root(self, application: Mapping[str, Any], request: Request) -> str | Unknown:
        """Return the commit or tree that the Application renders from."""
        revision = str(application["spec"]["source"].get("targetRevision", ""))
        if revision.startswith(TAG_PREFIX):
            name = revision.removeprefix(TAG_PREFIX)
            tag = self.clone.refs.tags.get(name)
            if tag and tag.commit:
                return tag.commit
            if self._states(application, request):
                return self.root
            return Unknown(f"the tag {name} is not here", self._fetch)
        if _COMMIT.fullmatch(revision):
            return revision
        return self.root

    @property
    def _fetch(self) -> str:
        return f"{self.clone.repository.git} fetch --tags"

    def holds(self, path: str) -> bool:
        """Tell whether this side's own tree has a chart there."""
        return f"{path}/Chart.yaml" in self.tree.files

    def _states(self, application: Mapping[str, Any], request: Request) -> bool:
        """Tell whether this side's own chart states the version, so that its tag will be made."""
        entry = self.tree.files.get(f"{request.path}/Chart.yaml")
        text = self.tree.statements.get(entry.object_id, b"") if entry else b""
        stated = chart_yaml.parse(text.decode(errors="replace")).version
        return bool(stated == application["metadata"].get("labels", {}).get(VERSION_LABEL))

    def prepared(self, ready: Ready, renderer: Renderer) -> "Wanted | Rendering | Unknown":
        """Return what a rendering of the Application needs."""
        if ready.wanted is not None or ready.request is None:
            return ready.wanted or Rendering(failure="cannot be rendered")
        try:
            return renderer.prepare(self.tree_of(ready.root), ready.request)
        except GitError:
            return Unknown(f"{ready.revision} is not in this clone", self._fetch)

    def tree_of(self, root: str) -> GitTree:
        """Return the tree of a commit, or this side's own; GitError if it is not here."""
        if root == self.root:
            return self.tree
        if root not in self.trees:
            self.trees[root] = GitTree.of(self.tree.repository, root)
        return self.trees[root]
