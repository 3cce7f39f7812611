"""`pulumi preview` of our program against bare programs with the same resources as literals.

All run under the same engine with the same provider and delivery. The first bare program registers
the same graph, components and `depends_on` edges included, so the ratio shows what registry,
settings and pure builders cost. The second leaves the components out, which shows their price.
"""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench import registries
from bench.measuring import CannotRunError, Command, Contest, Peer
from bench.scratch import ROOT, Scratch
from demo.environments import EnvironmentSpec, stack_text
from release.argocd.manifests import environment_manifests
from release.estate import load_estate
from release.settings.stackfile import parse_stack_file
from tests.engine.program import copy_program
from tools.engine.environment import Places, engine_environment
from tools.toolchain.locate import locate

_GOAL: Final = 1.10
_STACK: Final = "bench"
_SPEC: Final = EnvironmentSpec(
    name=_STACK, template="staging", promotes_from=(), soak="0s", suffix="", follows_branch=False
)


def preview(scratch: Scratch, applications: int) -> Contest:
    """Compare the preview of a new environment with so many Applications."""
    registry = registries.estate_registry(applications)
    # The engine writes the file anew when it makes the stack, and makes a null an empty text.
    text = re.sub(r"(?m)^  hmco:\w+: null\n", "", stack_text(_SPEC, registry))
    ours = copy_program(scratch.new(f"preview-{applications}-ours")).folder
    for path in ours.glob("Pulumi.*.yaml"):
        path.unlink()
    (ours / "release" / "registry.py").write_text(
        f"{inspect.getsource(registries)}\n\nREGISTRY = estate_registry({applications})\n"
    )
    commands = [_command("our program", ours, text)]
    resources = _resources(applications, text)
    for components, name in ((True, "bare program"), (False, "bare, no components")):
        folder = scratch.new(f"preview-{applications}-bare-{components}")
        shutil.copy(ROOT / "bench" / "bare.py", folder / "__main__.py")
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        content = {"directory": "build/bare", "components": components, "resources": resources}
        (folder / "resources.json").write_text(json.dumps(content))
        commands.append(_command(name, folder, text))
    subject, same, flat = commands
    title = f"preview, {applications} Applications"
    return Contest(title, subject, (Peer(same, _GOAL), Peer(flat)))


def _resources(applications: int, text: str) -> Mapping[str, object]:
    registry = registries.estate_registry(applications)
    stack_file = parse_stack_file(f"Pulumi.{_STACK}.yaml", text)
    environment = load_estate(registry, [stack_file]).environments[_STACK]
    manifests = environment_manifests(registry, environment)
    return {_STACK: {"manifest": manifests.project, "after": ()}} | {
        name: {"manifest": manifest, "after": (_STACK, *manifests.creation_order[name])}
        for name, manifest in manifests.applications.items()
    }


def _command(name: str, folder: Path, stack_file: str) -> Command:
    """Return the engine's preview in the folder, where the stack exists and is empty."""
    tools = locate(("pulumi", "kubernetes"))
    if tools.missing:
        raise CannotRunError(f"{', '.join(tools.missing)} not installed; run: make setup-dev")
    places = Places(
        work=folder / "build" / ".engine",
        plugins=tools.plugins,
        path=(*tools.path, Path(sys.prefix) / "bin"),
        ambient=os.environ,
    )
    places.state.mkdir(parents=True)
    places.home.mkdir()
    (places.home / "plugins").symlink_to(places.plugins)
    (folder / f"Pulumi.{_STACK}.yaml").write_text(stack_file)
    environment = engine_environment(places)
    made = subprocess.run(
        ["pulumi", "stack", "init", _STACK, "--no-select", "--non-interactive"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )
    if made.returncode:
        raise CannotRunError(f"the engine cannot make a stack: {made.stderr}")
    return Command(
        name=name,
        # The probe looks programs up on PATH, which begins with the engine's folder.
        argv=("pulumi", "preview", "--stack", _STACK, "--non-interactive"),
        folder=folder,
        environment=environment,
    )
