"""A clean estate breaks no rule, and the table of rules is whole."""

import re

import pytest

from demo.repository import EstateRepo
from release.registry import REGISTRY
from release.rules.catalogue import all_rules
from release.rules.rule import Breach, Rule, Severity, register
from tests.docs.rulespage import rules_document
from tests.release.rules.asking import IDLE_NAMESPACE, ask, told


def test_a_clean_estate_has_no_finding(estate_template: EstateRepo) -> None:
    report = ask(estate_template)
    assert told(report, but=(IDLE_NAMESPACE,)) == []
    assert not report.fails(strict=True)
    assert report.left_out == ()


def test_the_knowingly_shared_storage_is_listed_as_waived(estate_template: EstateRepo) -> None:
    waived = ask(estate_template).waived
    assert {(finding.rule, finding.chart) for finding in waived} == {("shared-release", "storage")}
    assert all(finding.waived == REGISTRY.waivers[0].reason for finding in waived)


def test_two_checks_of_one_checkout_give_equal_reports(estate_template: EstateRepo) -> None:
    assert ask(estate_template) == ask(estate_template)


@pytest.mark.parametrize("name", sorted(all_rules()))
def test_every_rule_says_all_there_is_to_know(name: str) -> None:
    described = all_rules()[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", described.id)
    for text in (described.title, described.why, described.fix, described.source):
        assert text.strip() == text
        assert text
    assert not described.fix.endswith("."), "a full stop is added where it is printed"


def test_the_page_of_rules_is_current() -> None:
    with open("docs/rules.md", encoding="utf-8") as page:  # noqa: PTH123 -- from the root, where pytest runs
        assert page.read() == rules_document(), (
            "run: python -m tests.docs.rulespage > docs/rules.md"
        )


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules are called settings"):
        register(all_rules()["settings"])


def test_a_breach_may_be_milder_than_its_rule() -> None:
    assert Breach(file="x", what="y", severity=Severity.NOTE).severity is Severity.NOTE
    assert Rule._field_defaults["needs"] == frozenset()
