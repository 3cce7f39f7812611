"""Every number is defined, and the page says what the definitions say."""

from pathlib import Path

from release.metrics.definitions import DEFINITIONS
from tests.docs.metricspage import metrics_page
from tests.release.cli.driver import Hmco

ROOT = Path(__file__).parents[3]


def test_the_page_of_definitions_is_current() -> None:
    committed = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert committed == metrics_page(), "run: python -m tests.docs.metricspage > docs/metrics.md"


def test_every_definition_is_whole_and_named_once() -> None:
    names = [definition.name for definition in DEFINITIONS]
    assert len(names) == len(set(names))
    for definition in DEFINITIONS:
        assert definition.meaning.endswith(".")
        assert definition.title
        assert definition.unit
        assert definition.source


def test_every_definition_is_named_as_the_json_names_it_and_has_a_column(
    hmco: Hmco,
) -> None:
    place = hmco.done("metrics", "--since", "365d", "--json").json["places"][0]
    header = hmco.done("metrics", "--since", "365d").out.splitlines()[1]
    for definition in DEFINITIONS:
        assert definition.name in place
        assert all(column in header for column in definition.columns)
