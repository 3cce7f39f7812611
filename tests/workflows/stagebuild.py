"""The repository, the virtual environment and the stand-ins that each stage is a copy of."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from demo.builder import build_estate
from demo.environments import committed_environments
from tests.release.github.workflows.house import ACTIONS
from tests.workflows.stage import CHARTS, INPUTS, ROOT, STAND_INS, python_folder
from tools.toolchain.venv import RUNTIME, STAMP, _digest

_PROGRAM: Final = (
    "release",
    "components",
    "tools",
    "__main__.py",
    "requirements.txt",
    "requirements-dev.txt",
    "schemas",
)


def build_stage(folder: Path) -> None:
    """Fill a folder that `opened` copies: origin, clone, stand-ins, and a virtual environment."""
    specs = [replace(spec, charts=CHARTS) for spec in committed_environments()]
    estate = build_estate(folder / "work", environments=specs, commits=40)
    for name in _PROGRAM:
        source, target = ROOT / name, estate.path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    estate.write(".gitignore", "/.venv\n/build/\n__pycache__/\n")
    for spec in specs:
        path = f"Pulumi.{spec.name}.yaml"
        for old, new in (
            ("    workflows: false", "    workflows: true"),
            ("    backend: null", "    backend: postgres"),
            (
                "    applications: null # Argo CD's address in a browser",
                "    applications: https://argocd.example.org",
            ),
        ):
            estate.edit(path, old, new)
    _hmco(estate.path, "workflows")
    estate.commit("Let workflows release the charts")
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", estate.path, folder / "origin.git"], check=True
    )
    estate.git("remote", "add", "origin", "https://github.com/example-org/charts.git")
    estate.git("config", "user.name", "Rita")
    estate.git("config", "user.email", "rita@example.org")
    _virtual_environment(folder / "venv")
    for action in ACTIONS:
        _stand_in(folder / "actions" / action.commit, STAND_INS.get(action, "true\n"))
    (folder / "home").mkdir()


def _hmco(program: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "release", *words],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _virtual_environment(folder: Path) -> None:
    """Make one that a job can copy in no time: it borrows the packages that the tests run with."""
    subprocess.run([python_folder() / "python3", "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    stamp = subprocess.run(
        [
            python_folder() / "python3",
            "-c",
            "from tools.toolchain.venv import _python; print(_python())",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    digest = _digest(ROOT / RUNTIME[0])
    (folder / STAMP).write_text(f"{stamp}\n{digest}\n", encoding="utf-8")


def _stand_in(folder: Path, script: str) -> None:
    folder.mkdir(parents=True)
    body = "".join(f"        {line}\n" for line in script.splitlines())
    env = "".join(f"        {name}: ${{{{ inputs.{key} }}}}\n" for name, key in INPUTS.items())
    declared = "".join(
        f"  {name}:\n    description: ''\n    required: false\n    default: ''\n"
        for name in INPUTS.values()
    )
    outputs = "outputs:\n  token:\n    description: ''\n    value: ${{ steps.it.outputs.token }}\n"
    text = (
        f"name: stand-in\ndescription: a stand-in\ninputs:\n{declared}{outputs}"
        "runs:\n  using: composite\n  steps:\n    - id: it\n      shell: bash\n"
        f"      env:\n{env}      run: |\n{body}"
    )
    (folder / "action.yml").write_text(text, encoding="utf-8")
