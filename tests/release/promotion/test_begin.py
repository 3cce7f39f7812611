"""What begins a repository of charts: a registry that is right as it stands, and stack files."""

import subprocess
import sys

import pytest

from demo.environments import ROOT
from release.estate import Estate, load_estate
from release.promotion.begin import (
    TEMPLATES,
    FoundChart,
    Place,
    other_value_files,
    registry_of,
    registry_text,
    stack_texts,
    value_patterns,
)
from release.settings.stackfile import parse_stack_file

TEMPLATE = {name: (ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8") for name in TEMPLATES}
PLACE = Place(
    address="https://github.com/acme/Shop.git",
    api="https://git.acme.com/api/v3/",
    owner="acme",
    name="Shop",
    branch="trunk",
    charts="charts",
    folder="program",
    team="core",
)
MAIL = FoundChart(
    "mail",
    "0.4.2",
    "Mail\n",
    frozenset({"values.yaml", "values/test.yaml", "values/live.yaml"}),
    (("redis", "https://charts.example"),),
)
WEB = FoundChart(
    "web",
    "2.3.1",
    "Grüße 🚀\nan alle",
    frozenset(),
    sub_charts=(("cart", "0.1.0", "Cart,\nmostly"),),
)

BEGUN = '''"""The charts: one record each, and everything else is derived from these."""

from typing import Final

from release.charts.record import Chart, Dependency, Namespace, Registry, SubChart

_CHARTS = (
    Chart(
        name="web",
        owner="platform",
        purpose="Grüße 🚀 an alle",
        namespace=Namespace("web"),
    ),
    Chart(
        name="mail",
        owner="platform",
        purpose="Mail",
        namespace=Namespace("mail"),
        value_files=("values.yaml", "values/{environment}.yaml"),
        dependencies=(Dependency("redis", "https://charts.example"),),
        first_version="0.4.2",
    ),
)

_SUB_CHARTS = (
    SubChart(
        name="cart",
        parent="web",
        owner="platform",
        purpose="Cart, mostly",
        first_version="0.1.0",
    ),
)

REGISTRY: Final = Registry(charts=_CHARTS, sub_charts=_SUB_CHARTS)
'''


def begun(*environments: str) -> tuple[dict[str, str], Estate]:
    """Return the stack files, and what they say."""
    texts = stack_texts([MAIL, WEB], environments, PLACE, TEMPLATE)
    registry = registry_of([MAIL, WEB], environments)
    files = [parse_stack_file(f"Pulumi.{name}.yaml", text) for name, text in texts.items()]
    return texts, load_estate(registry, files)


def test_a_registry_says_what_is_not_a_matter_of_course_and_imports_what_it_uses() -> None:
    assert registry_text(registry_of([WEB, MAIL], ["test", "live"])) == BEGUN


@pytest.mark.parametrize("charts", [[MAIL], [WEB], [MAIL, WEB]], ids=["mail", "web", "both"])
@pytest.mark.parametrize("command", [("check",), ("format", "--diff")], ids=" ".join)
def test_a_registry_is_as_the_program_s_own_lint_wants_it(
    charts: list[FoundChart], command: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--stdin-filename=release/registry.py", "-"],
        cwd=ROOT,
        input=registry_text(registry_of(charts, ["test", "live"])),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_the_first_environment_follows_the_trunk_and_the_others_pin() -> None:
    _, estate = begun("test", "int", "live")
    first, *others = (place.settings for place in estate.environments.values())
    assert first.source.branch == "trunk"
    assert set(first.versions.values()) == {"trunk"}
    for place in others:
        assert place.source.branch is None
        assert place.versions == {"mail": "0.4.2", "web": "2.3.1"}


def test_only_the_last_environment_has_the_namespaces_plain() -> None:
    _, estate = begun("test", "int", "live")
    suffixes = [p.settings.destination.namespace_suffix for p in estate.environments.values()]
    assert suffixes == ["-test", "-int", ""]


@pytest.mark.parametrize("environments", [("live",), ("test", "live"), ("test", "int", "live")])
def test_the_one_team_owns_and_approves_everything(environments: tuple[str, ...]) -> None:
    texts, estate = begun(*environments)
    for place in estate.environments.values():
        approvals = place.settings.approvals
        assert (approvals.count, approvals.teams, approvals.draft) == (1, ("core",), False)
    name, repository = estate.governed or ("", None)
    assert name == environments[-1]
    assert repository is not None
    assert repository.owners == {"platform": "core"}
    assert repository.teams == {"core": None}
    assert repository.break_glass is None
    assert (repository.api, repository.default_branch) == (PLACE.api, "trunk")
    assert repository.release_app.slug == "shop-release"
    assert "waits for nobody" not in texts[name], "a comment on what is not there"


def test_comments_stay_on_the_lines_whose_values_change() -> None:
    texts, _ = begun("live")
    assert "    owners: # who the registry's teams are on GitHub\n" in texts["live"]


def test_value_files_of_all_environments_are_a_pattern_and_the_others_are_asked_about() -> None:
    chart = FoundChart(
        "web",
        "1.0.0",
        "Web",
        frozenset(
            {
                *("values.yaml", "values-test.yaml", "values-live.yaml", "values.test.yaml"),
                *("values-asia.yml", "ci/test.yaml", "ci/live.yaml", "values/live.yaml"),
            }
        ),
    )
    assert value_patterns(chart, ["test", "live"]) == ["values-{environment}.yaml"]
    assert other_value_files(chart, ["test", "live"]) == [
        *("values-asia.yml", "values.test.yaml", "values/live.yaml"),
    ]
