"""The page on workflows: its links lead somewhere, its settings load, its pictures are whole."""

import re

import yaml

from demo.environments import ROOT
from release.github import names
from release.settings.deployment import Deployment, deployment_problems
from release.settings.observability import TOKEN_VARIABLE
from tests.release.github.workflows.sources import deployment

PAGE = ROOT / "docs" / "workflows.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_its_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXT):
        assert (PAGE.parent / target).is_file(), target


def test_its_settings_are_taken_as_they_stand() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    said = yaml.safe_load(block)["hmco:deployment"]

    settings = Deployment.model_validate(said)
    assert list(deployment_problems(settings)) == []
    assert settings == deployment("aws"), "what the test of hmco doctor sets up"


def test_it_names_what_the_workflows_use() -> None:
    for name in (
        names.AUTOMATION,
        names.APP_CLIENT_ID,
        names.APP_PRIVATE_KEY,
        names.GOVERNANCE_CLIENT_ID,
        names.GOVERNANCE_PRIVATE_KEY,
        names.PASSPHRASE,
        names.BACKEND_URL,
        names.KUBECONFIG,
        TOKEN_VARIABLE,
    ):
        assert f"`{name}`" in TEXT
