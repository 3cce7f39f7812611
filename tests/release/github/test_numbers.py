"""What the settings lack of GitHub is asked for with the command that is told."""

import json
import re
import subprocess

from tests.release.github.conftest import Hosted
from tests.release.github.test_rulesets import NUMBERS


def test_a_number_that_is_lacking_is_asked_for_as_the_command_says(hosted: Hosted) -> None:
    forge = hosted.forge
    forge.owner, forge.teams, forge.apps = "254CARBON", dict(NUMBERS.teams), dict(NUMBERS.apps)
    printed = hosted.hmco.done("render", "--repository").out.replace(
        "https://api.github.com/", f"{hosted.github.url}api/v3/"
    )

    told = dict(re.findall(r"(?m)^  (\S+): (curl .+)$", printed))

    answers = {slug: _id_of(command) for slug, command in told.items()}
    assert answers == forge.teams | forge.apps


def _id_of(command: str) -> int:
    done = subprocess.run(("sh", "-c", command), check=True, capture_output=True, text=True)
    return int(json.loads(done.stdout)["id"])
