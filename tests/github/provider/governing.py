"""A copy of the program whose production stack governs a repository of the fake GitHub."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.engine.program import Answer, Program, copy_program
from tests.github.server import FakeGitHub, serving
from tests.github.world import WRITER, World

STACK: Final = "prod"
TEAMS: Final = {
    "data-platform": 11,
    "ml-platform": 12,
    "on-call": 13,
    "platform": 14,
    "sre": 15,
    "team-leads": 16,
}
RELEASE_APP: Final = 4242


@dataclass
class Governing:
    """The program, the fake GitHub and its state."""

    program: Program
    github: FakeGitHub
    world: World

    def up(self, *arguments: str) -> Answer:
        return self.program.up(STACK, *arguments)

    def run(self, operation: str, *arguments: str) -> Answer:
        return self.program.pulumi(operation, "--stack", STACK, "--yes", *arguments)

    def brought_up(self) -> "Governing":
        answer = self.up()
        assert answer.code == 0, answer.text
        self.github.forget()
        return self

    def ruleset(self, name: str) -> Any:
        return next(each for each in self.world.rulesets.values() if each["name"] == name)

    def state(self) -> str:
        """Return the whole state as the engine keeps it, and everything else it has written."""
        found = (self.program.folder / "build").rglob("*")
        return "\n".join(path.read_text(errors="replace") for path in found if path.is_file())

    def steps(self) -> dict[str, str]:
        steps = self.program.steps(STACK)
        return {name: step for name, step in steps.items() if "governance" in name}


@contextmanager
def governing(folder: Path, **settings: str) -> Iterator[Governing]:
    """Serve a world and copy the program beside it; `settings` replace lines of the stack file."""
    world = World(owner="254CARBON", name="HMCo", teams=dict(TEAMS))
    world.apps["hmco-release"] = world.writer_app = RELEASE_APP
    with serving(world) as github:
        folder.mkdir()
        program = copy_program(folder, {"HMCO_GITHUB_TOKEN": WRITER})
        program.edit(STACK, "  credentials: none\n", "  credentials: token\n")
        program.edit(STACK, "api: https://api.github.com/", f"api: {github.url}")
        # One chart is enough beside the guard; the others have tests of their own.
        stack_file = folder / f"Pulumi.{STACK}.yaml"
        text = stack_file.read_text()
        stack_file.write_text(
            re.sub(r"(hmco:versions:\n)(?:    .*\n)+", r"\1    vault: 1.0.0\n", text)
        )
        for key, value in settings.items():
            before = next(
                line
                for line in (folder / f"Pulumi.{STACK}.yaml").read_text().splitlines()
                if line.strip().startswith(f"{key}:")
            )
            program.edit(STACK, f"{before}\n", f"{before.partition(':')[0]}: {value}\n")
        yield Governing(program, github, world)


def wire_of(world: World) -> str:
    """Return the rulesets as text, to be compared before and after."""
    return json.dumps(world.rulesets, sort_keys=True)
