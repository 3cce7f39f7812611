"""What the engine sees of the user's environment, and where it keeps what it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release.github.access import provider_variables

_FOREIGN_PREFIXES: Final = ("PULUMI_", "GITHUB_", "ARM_", "GOOGLE_CREDENTIALS")
_FOREIGN: Final = frozenset({"KUBECONFIG", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"})
_BACKEND_SECRETS: Final = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where one run writes, where its programs and plugins are, and the user's own variables."""

    work: Path
    plugins: Path
    path: tuple[Path, ...]
    ambient: Mapping[str, str]

    @property
    def home(self) -> Path:
        """PULUMI_HOME: selected stacks and credentials, apart from the user's own."""
        return self.work / "home"

    @property
    def state(self) -> Path:
        """The embedded default's state, which one `rm -rf build` takes together with the files."""
        return self.work / "state"

    @property
    def stacks(self) -> Path:
        """Where the embedded state keeps one file per stack."""
        return self.state / ".pulumi" / "stacks" / "hmco"

    @property
    def project(self) -> Path:
        """Copies of the project's files, where commands about a stack run."""
        return self.work / "project"

    @property
    def settings(self) -> Path:
        """Copies of stack files, into which the engine writes its salt instead of the real ones."""
        return self.work / "settings"

    @property
    def backend(self) -> str | None:
        """The team's backend URL, or None for the embedded default."""
        return self.ambient.get("HMCO_BACKEND_URL") or None


def engine_environment(places: Places, *, refreshes: bool = False) -> dict[str, str]:
    """Return the variables the engine runs with; `refreshes` when the run reads objects back.

    Nothing of PULUMI_*, GITHUB_* or KUBECONFIG that the user has set for other work gets through;
    what this program is to use has a name of its own: HMCO_BACKEND_URL (with the backend's own
    secrets), HMCO_KUBECONFIG and HMCO_GITHUB_*.
    """
    ambient = places.ambient
    kept = {
        name: value
        for name, value in ambient.items()
        if name not in _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
    }
    if places.backend is None:
        # The embedded state holds nothing secret, so its passphrase protects nothing.
        kept |= {
            "PULUMI_BACKEND_URL": f"file://{places.state}",
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
    else:
        kept |= {name: ambient[name] for name in _BACKEND_SECRETS if name in ambient}
        kept["PULUMI_BACKEND_URL"] = places.backend
    if refreshes and not ambient.get("HMCO_KUBECONFIG"):
        kept["PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"] = "true"
    kept |= provider_variables(ambient)
    return kept | {
        "PATH": ":".join([*map(str, places.path), ambient.get("PATH", "")]),
        "PULUMI_HOME": str(places.home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # The salt of an existing stack is in its state; without this a second one is made.
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_ERROR_OUTPUT_STRING": "true",
        # Render mode must not find a cluster: a preview that reaches one writes files.
        "KUBECONFIG": ambient.get("HMCO_KUBECONFIG") or "/nonexistent/kubeconfig",
    }
