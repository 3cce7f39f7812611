"""Every generated workflow passes every linter, and a bad one for each rule does not."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from release.github.workflows.listed import workflow_files
from tests.release.github.workflows.bad import ACTIONLINT, HOUSE, SCHEMA, ZIZMOR, Bad
from tests.release.github.workflows.house import RULES, Parsed
from tests.release.github.workflows.sources import OWN_RUNNER, ROOT, SCENES
from tools.toolchain.locate import locate

_SCRIPTS: Final = Path(sys.executable).parent
_NEWER: Final = r'unexpected key "queue" for "concurrency" section'
"""A key that GitHub knows since 2026-05 and actionlint 1.7.12 does not."""


def parsed(text: str) -> Parsed:
    document: Parsed = YAML(typ="safe", pure=True).load(text)
    return document


def written(folder: Path, scene: str, bad: Bad | None = None) -> Path:
    for path, good in workflow_files(SCENES[scene]()).items():
        file, text = folder / path, good
        file.parent.mkdir(parents=True, exist_ok=True)
        if bad is not None and file.name == bad.file:
            assert bad.old in good, f"{bad.file} no longer holds {bad.old!r}"
            text = good.replace(bad.old, bad.new, 1)
        file.write_text(text, encoding="utf-8")
    return folder / ".github" / "workflows"


def zizmor(folder: Path) -> str:
    answer = subprocess.run(
        [_SCRIPTS / "zizmor", "--offline", "--persona", "auditor", "--format", "json", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.stdout, answer.stderr
    found: list[Mapping[str, str]] = json.loads(answer.stdout)
    return "\n".join(each["ident"] for each in found)


def schemas(folder: Path) -> str:
    told = ""
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        answer = subprocess.run(
            [
                _SCRIPTS / "check-jsonschema",
                "--builtin-schema",
                schema,
                *sorted(folder.glob("*.yml")),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        told += answer.stdout if answer.returncode else ""
    return told


def actionlint(folder: Path) -> str:
    labels = folder / "actionlint.yaml"
    labels.write_text(f"self-hosted-runner:\n  labels: [{OWN_RUNNER}]\n", encoding="utf-8")
    program = locate(("workflows",)).bins["workflows"] / "actionlint"
    answer = subprocess.run(
        [
            program,
            "-no-color",
            f"-config-file={labels}",
            "-oneline",
            f"-ignore={_NEWER}",
            f"-shellcheck={_SCRIPTS / 'shellcheck'}",
            "-pyflakes=",
            *sorted(folder.glob("*.yml")),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return answer.stdout + answer.stderr


def house(folder: Path) -> str:
    return "\n".join(
        f"{rule}: {file.name}: {what}"
        for file in sorted(folder.glob("*.yml"))
        for rule, judge in RULES.items()
        for what in judge(parsed(file.read_text(encoding="utf-8")))
    )


LINTERS: Final = {
    "zizmor": zizmor,
    "schemas": schemas,
    "actionlint": actionlint,
    "house": house,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("linter", LINTERS)
def test_no_linter_has_anything_to_say(tmp_path: Path, scene: str, linter: str) -> None:
    assert LINTERS[linter](written(tmp_path, scene)) in {"", "\n"}


BAD: Final = [
    pytest.param(linter, bad, id=f"{linter}-{name}")
    for linter, cases in (
        ("zizmor", ZIZMOR),
        ("schemas", SCHEMA),
        ("actionlint", ACTIONLINT),
        ("house", HOUSE),
    )
    for name, bad in cases.items()
]


@pytest.mark.parametrize(("linter", "bad"), BAD)
def test_a_bad_workflow_is_noticed(tmp_path: Path, linter: str, bad: Bad) -> None:
    assert bad.rule in LINTERS[linter](written(tmp_path, "aws", bad))


def test_every_rule_of_the_house_has_a_bad_workflow() -> None:
    unproved = [r for r in RULES if not any(r.startswith(bad.rule) for bad in HOUSE.values())]
    assert unproved == []


@pytest.mark.parametrize("scene", SCENES)
def test_every_commit_says_its_tag_and_every_right_its_reason(scene: str) -> None:
    for text in workflow_files(SCENES[scene]()).values():
        for line in text.splitlines():
            if "uses: " in line:
                assert re.search(r"@[0-9a-f]{40}  # v[0-9.]+$", line), line
            if re.search(r"^      [a-z-]+: (read|write)\b", line):
                assert re.search(r" # \S", line), line


def test_the_committed_files_are_what_registry_and_stack_files_ask_for() -> None:
    wanted = workflow_files(SCENES["committed"]())
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in wanted} == wanted
