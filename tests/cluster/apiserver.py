"""A real kube-apiserver on loopback, with Argo CD's own CRDs and nothing that acts on them."""

import contextlib
import json
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback import free_port, running
from tools.toolchain.locate import locate

CONTEXT = "loopback"
SECONDS = 120


class ClusterError(Exception):
    """A program of the cluster did not start; its own last words are in the message."""


@dataclass(frozen=True)
class Cluster:
    """Reached with `kubeconfig`; `programs` is the folder of kubectl."""

    kubeconfig: Path
    programs: Path

    def kubectl(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.programs / "kubectl", "--kubeconfig", self.kubeconfig, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def objects(self, kind: str) -> dict[str, Any]:
        """Return the live objects of a kind in Argo CD's namespace, by name."""
        listing = json.loads(self.kubectl("get", kind, "-n", "argocd", "-o", "json"))
        return {item["metadata"]["name"]: item for item in listing["items"]}


@contextlib.contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start etcd, the API server and the two controllers that deletion needs; end them all."""
    found = locate(("cluster", "argocd-crds"))
    assert not found.missing, f"run make setup-dev; missing: {', '.join(found.missing)}"
    programs = found.bins["cluster"]
    with contextlib.ExitStack() as stack:

        def start(program: Path, *flags: str) -> None:
            stack.enter_context(running(folder / f"{program.name}.log", program, *flags))

        etcd = f"http://127.0.0.1:{free_port()}"
        start(programs / "etcd", *_etcd_flags(folder, etcd))
        _wait(f"{etcd}/health", folder / "etcd.log")

        port, token = free_port(), secrets.token_hex(16)
        kubeconfig = _kubeconfig(folder, port, token)
        start(programs / "kube-apiserver", *_apiserver_flags(folder, etcd, port, token))
        cluster = Cluster(kubeconfig, programs)
        _wait_for_api(cluster, folder / "kube-apiserver.log")
        start(
            programs / "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--controllers=garbage-collector-controller,namespace-controller",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={free_port()}",
            f"--cert-dir={folder / 'manager-certs'}",
        )
        crds = found.bins["argocd-crds"]
        for name in ("application-crd.yaml", "appproject-crd.yaml"):
            cluster.kubectl("apply", "--server-side", "-f", str(crds / name))
        cluster.kubectl("create", "namespace", "argocd")
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        yield cluster


def _etcd_flags(folder: Path, client: str) -> list[str]:
    peer = f"https://127.0.0.1:{free_port()}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--peer-auto-tls",
        "--unsafe-no-fsync",
    ]


def _apiserver_flags(folder: Path, etcd: str, port: int, token: str) -> list[str]:
    # The API server wants a key to sign with and makes none; etcd made one for its peers.
    key = folder / "etcd" / "fixtures" / "peer" / "key.pem"
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{token},admin,1,system:masters\n")
    tokens.chmod(0o600)
    return [
        f"--etcd-servers={etcd}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--cert-dir={folder / 'certs'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _kubeconfig(folder: Path, port: int, token: str) -> Path:
    path = folder / "kubeconfig"
    server = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": server}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": "admin"}}],
        "current-context": CONTEXT,
    }
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 -- our own loopback address
                return
        except OSError:
            time.sleep(0.1)
    raise ClusterError(log.read_text()[-2000:])


def _wait_for_api(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            cluster.kubectl("get", "--raw", "/readyz")
        except AssertionError:
            time.sleep(0.3)
        else:
            return
    raise ClusterError(log.read_text()[-2000:])
