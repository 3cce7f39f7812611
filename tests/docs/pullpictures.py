"""docs/promotion.svg and docs/preview.svg: what the product writes on a pull request.

`python -m tests.docs.pullpictures` draws both anew and needs Chromium, which tells how high they
are. A promotion of the demonstration and the check of a step back go through the fake GitHub; the
engine's part of the comment is what it says of the Application that differs.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

from demo.builder import build_estate
from demo.demonstration import READY
from demo.environments import ROOT
from demo.repository import EstateRepo
from release.argocd.manifests import Manifest, environment_manifests
from release.cli.main import main
from release.estate import load_estate, read_stack_files
from release.github.enginepreview import stack_result
from release.github.results import encoded
from tests.docs.drawing import WIDTH, picture
from tests.github.forge import Forge
from tests.github.server import serving
from tests.github.world import WRITER

PROMOTION: Final = ROOT / "docs" / "promotion.svg"
PREVIEW: Final = ROOT / "docs" / "preview.svg"
_SPARE: Final = 1.02
"""A reader's fonts are not quite ours."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one picture shows."""

    title: str
    header: str
    markdown: str

    def at(self, height: int) -> str:
        """Return the picture with this height."""
        return picture(self.title, self.markdown, self.header, height)


def drawings() -> dict[Path, Drawing]:
    """Return both, made by the command line of today."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        estate = build_estate(folder / "repository")
        bare = folder / "origin.git"
        estate.git("clone", "--quiet", "--bare", ".", str(bare))
        estate.git("remote", "add", "origin", str(bare))
        estate.git("fetch", "--quiet", "origin")
        forge = Forge(bare=bare)
        with serving(forge) as github, _runner(f"{github.url}api/v3", forge):
            made = {PROMOTION: _promotion(estate, forge), PREVIEW: _preview(estate, forge, folder)}
        assert github.violations == []
    return made


@contextlib.contextmanager
def _runner(api: str, forge: Forge) -> Iterator[None]:
    variables = {
        "GITHUB_TOKEN": WRITER,
        "GITHUB_API_URL": api,
        "GITHUB_REPOSITORY": f"{forge.owner}/{forge.name}",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TRIGGERING_ACTOR": "ada",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "1",
    }
    with patch.dict(os.environ, variables):
        yield


def _hmco(estate: EstateRepo, *words: str) -> int:
    with contextlib.chdir(estate.path), contextlib.redirect_stdout(io.StringIO()):
        return main(words, clock=lambda: estate.until)


def _promotion(estate: EstateRepo, forge: Forge) -> Drawing:
    assert _hmco(estate, "promote", READY[0], "--to", "prod", "--pull-request") == 0
    (pull,) = forge.open_pulls()
    labels = ", ".join(label["name"] for label in pull["labels"])
    draft = "draft, " if pull["draft"] else ""
    header = f"{pull['title']} ({draft}{labels})"
    return Drawing("The pull request that Chart Promotion Pipeline opens", header, pull["body"])


def _preview(estate: EstateRepo, forge: Forge, folder: Path) -> Drawing:
    assert _hmco(estate, "workflows") == 0
    estate.commit("Have workflows\n")
    base, before = estate.git("rev-parse", "HEAD"), _applications(estate)
    estate.edit("Pulumi.staging.yaml", "    data-platform: 1.4.0", "    data-platform: 1.3.0")
    estate.commit("Take data-platform back\n")
    output, event = folder / "output", folder / "event.json"
    with patch.dict(os.environ, {"GITHUB_OUTPUT": str(output)}):
        assert _hmco(estate, "ci", "check", "--base", base) == 1
    checked = output.read_text(encoding="utf-8").removeprefix("result=").strip()
    steps = [
        {
            "op": "update",
            "urn": f"urn:pulumi:staging::hmco::kubernetes:argoproj.io/v1alpha1:Application::{name}",
            "oldState": {"inputs": before[name]},
            "newState": {"inputs": after},
        }
        for name, after in _applications(estate).items()
        if after != before[name]
    ]
    previewed = stack_result("staging", 0, json.dumps({"steps": steps}), "")
    number, head = 7, estate.git("rev-parse", "HEAD")
    event.write_text(json.dumps({"pull_request": {"number": number, "head": {"sha": head}}}))
    given = {
        "GITHUB_EVENT_PATH": str(event),
        "OUTCOMES": "check=failure preview-staging=success",
        "RESULT_CHECK": checked,
        "RESULT_PREVIEW_STAGING": encoded(previewed),
    }
    with patch.dict(os.environ, given):
        assert _hmco(estate, "ci", "comment") == 0
    (comment,) = forge.comments.values()
    return Drawing(
        "The one comment of the preview, on a change that must not land",
        "github-actions bot commented",
        comment["body"],
    )


def _applications(estate: EstateRepo) -> Mapping[str, Manifest]:
    read = load_estate(estate.registry, read_stack_files(estate.path))
    here = read.environments["staging"]
    return environment_manifests(estate.registry, here).applications


def _height(drawing: Drawing, folder: Path) -> int:
    """Return how high a browser makes it."""
    html = re.search(r"(?s)<body.*</body>", drawing.at(1))
    assert html
    page = folder / "page.html"
    script = (
        f"<style>body{{width:{WIDTH}px}}</style><script>"
        "document.title = Math.ceil(document.body.getBoundingClientRect().height)</script>"
    )
    page.write_text(f"<!doctype html><meta charset=utf-8>{html[0]}{script}", encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu")
    done = subprocess.run(
        ["chromium", *options, "--dump-dom", page.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = re.search(r"<title>(\d+)</title>", done.stdout)
    assert told, done.stdout
    return round(int(told[1]) * _SPARE)


def write() -> None:
    """Draw both."""
    with tempfile.TemporaryDirectory() as folder:
        for path, drawing in drawings().items():
            path.write_text(drawing.at(_height(drawing, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    write()
