"""Whether the delivered files are what the settings say: the render mode never looks back."""

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from release.argocd.manifestfiles import compare_directory
from release.argocd.manifests import EnvironmentManifests
from release.estate import Environment
from release.settings.model import ClusterDelivery, ManifestsDelivery
from release.text.counted import counted

_HERE: Final = PurePath()


def carrying_command(
    delivery: ManifestsDelivery | ClusterDelivery, program: PurePath = _HERE
) -> str | None:
    """Return what carries delivered files to Argo CD; None where `up` itself wrote to the cluster.

    `program` is the program's folder from where the command is to be run. Conflicts are forced, or
    what `argocd app set` changed at night would stop the files that are to undo it. Nothing is
    pruned: deleting an Application deletes its workload.
    """
    if isinstance(delivery, ClusterDelivery):
        return None
    directory = shlex.quote((program / delivery.directory).as_posix())
    return (
        "kubectl apply --server-side --force-conflicts --field-manager=hmco --recursive "
        f"-f {directory}"
    )


class DeliveryReport(NamedTuple):
    """What was compared and what is wrong: path of a file -> missing, changed or foreign."""

    environment: str
    directory: str
    files: int
    faults: Mapping[str, str]

    def lines(self) -> list[str]:
        """Return a line for each fault and one that sums up, each with what there is to do."""
        if not self.faults:
            return [f"{self.directory}: {counted(self.files, 'file')}, each as the settings say"]
        up = f"pulumi up --stack {self.environment}"
        if [*self.faults.values()] == ["missing"] * self.files:
            return [f"{self.directory}: nothing is delivered yet; make its files: {up}"]
        lines = []
        for path, fault in self.faults.items():
            file = f"{self.directory}/{path}"
            fix = f"; no stack file makes it; remove it: rm {shlex.quote(file)}"
            lines.append(f"{file}: {fault}{fix if fault == 'foreign' else ''}")
        closing = counted(
            len(self.faults),
            "of its files is not as it must be",
            "of its files are not as they must be",
        )
        if {*self.faults.values()} != {"foreign"}:
            closing += f"; make them again: {up}"
        return [*lines, f"{self.directory}: {closing}"]


def verify_delivery(
    program: Path, environment: Environment, manifests: EnvironmentManifests
) -> DeliveryReport | None:
    """Compare the delivered directory with a fresh render; None where a cluster is the target."""
    delivery = environment.settings.delivery
    if not isinstance(delivery, ManifestsDelivery):
        return None
    return DeliveryReport(
        environment=environment.name,
        directory=delivery.directory,
        files=len(manifests.all),
        faults=compare_directory(program / delivery.directory, manifests.all),
    )
