"""Argo CD's own notifications controller beside the bare API server."""

import contextlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cluster.apiserver import Cluster
from tests.loopback import free_port, running
from tools.toolchain.locate import locate

SECONDS = 100


@dataclass(frozen=True)
class Controller:
    """Its log, and the metrics that it exports."""

    log: Path
    metrics: str

    def counted(self) -> str:
        """Return its metrics as text."""
        with urllib.request.urlopen(self.metrics, timeout=10) as answer:  # noqa: S310 -- our own loopback address
            text: str = answer.read().decode()
        return text


@contextlib.contextmanager
def running_controller(folder: Path, cluster: Cluster) -> Iterator[Controller]:
    """Start the controller of this Argo CD; it reads ConfigMap and Secret from the API server."""
    found = locate(("argocd-programs",))
    assert not found.missing, f"run make setup-dev; missing: {', '.join(found.missing)}"
    program = found.bins["argocd-programs"] / "argocd-notifications"
    port, log = free_port(), folder / "controller.log"
    with running(
        log,
        program,
        f"--kubeconfig={cluster.kubeconfig}",
        "--namespace=argocd",
        f"--metrics-port={port}",
        "--argocd-repo-server=127.0.0.1:1",
        "--argocd-repo-server-plaintext",
    ):
        yield Controller(log, f"http://127.0.0.1:{port}/metrics")


def until(happened: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait until something happened; AssertionError names what did not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return
        time.sleep(0.3)
    raise AssertionError(f"{what} did not happen within {seconds} s")


@dataclass
class Application:
    """One Application, and what Argo CD would write into its status."""

    cluster: Cluster
    name: str
    moment: datetime

    def patch(self, value: dict[str, Any]) -> None:
        """Change it as its controllers would."""
        self.cluster.kubectl(
            "patch", "application", self.name, "-n", "argocd", "--type=merge", "-p",
            json.dumps(value),
        )  # fmt: skip

    def synced(
        self, version: str, phase: str = "Succeeded", *, health: str = "Healthy", ran: str = "1.0.0"
    ) -> None:
        """Finish a sync of a version where another one ran before."""
        self.moment += timedelta(minutes=1)
        chart = self.name.rsplit("-", 1)[0]
        done = [ran, version] if phase == "Succeeded" else [ran]
        self.patch(
            {
                "status": {
                    "health": {"status": health},
                    "sync": {
                        "status": "Synced" if phase == "Succeeded" else "OutOfSync",
                        "comparedTo": {"source": _source(chart, version), "destination": {}},
                    },
                    "reconciledAt": _told(self.moment + timedelta(seconds=30)),
                    "history": [
                        {
                            "id": number,
                            "revision": "0" * 40,
                            "deployedAt": _told(self.moment),
                            "source": _source(chart, one),
                        }
                        for number, one in enumerate(done)
                    ],
                    "operationState": {
                        "phase": phase,
                        "message": "one or more objects failed" if phase != "Succeeded" else "done",
                        "startedAt": _told(self.moment - timedelta(seconds=20)),
                        "finishedAt": _told(self.moment),
                        "operation": {"sync": {}},
                        "syncResult": {"revision": "0" * 40, "source": _source(chart, version)},
                    },
                }
            }
        )

    def touch(self) -> None:
        """Make the controller look again now instead of in a minute."""
        self.patch({"metadata": {"labels": {"touched": str(time.monotonic_ns())}}})


def application(cluster: Cluster, name: str) -> Application:
    """Return an Application whose syncs lie in the past."""
    return Application(cluster, name, datetime.now(UTC) - timedelta(hours=1))


def _source(chart: str, version: str) -> dict[str, str]:
    return {
        "repoURL": "https://github.com/254CARBON/HMCo.git",
        "path": f"helm/charts/{chart}",
        "targetRevision": f"refs/tags/{chart}-{version}",
    }


def _told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
