"""The rulesets that are written for "Import a ruleset" are bodies that GitHub's API describes."""

import pytest

from release.github.wire import wire
from tests.github.description import description
from tests.release.github.test_rulesets import NUMBERS, made


@pytest.mark.parametrize("name", made())
def test_a_ruleset_is_what_github_describes(name: str) -> None:
    described = description()
    schema = described.operations["POST /repos/{owner}/{repo}/rulesets"].body
    assert list(described.faults(schema, wire(made()[name], NUMBERS))) == []
