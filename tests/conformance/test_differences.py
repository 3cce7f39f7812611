"""Ours differ from HMCo's manifests exactly where a reason is given."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from release.argocd.manifests import ENVIRONMENT_LABEL, Manifest, environment_manifests
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from tests.conformance.differences import ADDITIONS, DIFFERENCES, Difference
from tests.conformance.fields import Change, changes
from tests.conformance.page import PAGE, with_differences
from tests.conformance.upstream import upstream_objects

REPOSITORY = Path(__file__).parents[2]
THEIRS = upstream_objects()


def our_objects() -> dict[str, Manifest]:
    estate = load_estate(REGISTRY, read_stack_files(REPOSITORY))
    objects: dict[str, Manifest] = {}
    for environment in estate.environments.values():
        made = environment_manifests(REGISTRY, environment)
        objects |= {environment.settings.project: made.project, **made.applications}
    return objects


OURS = our_objects()


def concerned(difference: Difference) -> Iterator[str]:
    """Yield the objects that a difference is stated for."""
    for name in THEIRS:
        applies = any(fnmatchcase(name, pattern) for pattern in difference.objects)
        if applies and not any(fnmatchcase(name, pattern) for pattern in difference.but):
            yield name


def filled_in(change: Change, name: str) -> Change:
    """Return the change with the object's own chart and environment."""
    chart, _, environment = name.rpartition("-")
    if not chart:
        environment = OURS[name]["metadata"]["labels"][ENVIRONMENT_LABEL]  # type: ignore[index]  # a manifest's values have no narrower type
    ours = change.ours.replace("{chart}", chart).replace("{environment}", environment)
    return Change(change.path, change.theirs, ours)


def test_every_difference_has_a_reason_and_every_reason_a_difference() -> None:
    found = {(name, change) for name in THEIRS for change in changes(THEIRS[name], OURS[name])}
    stated = [
        (name, filled_in(change, name))
        for difference in DIFFERENCES
        for name in concerned(difference)
        for change in difference.changes
    ]

    assert sorted(found - set(stated)) == [], "differences without a reason"
    assert sorted(set(stated) - found) == [], "reasons without a difference"
    assert len(set(stated)) == len(stated), "differences with two reasons"


def test_every_difference_is_stated_for_objects_that_exist() -> None:
    for difference in DIFFERENCES:
        for pattern in (*difference.objects, *difference.but):
            assert any(fnmatchcase(name, pattern) for name in THEIRS), pattern
        assert difference.changes
        assert list(concerned(difference))


def test_every_object_that_only_we_have_has_a_reason() -> None:
    added = [name for addition in ADDITIONS for name in addition.objects]

    assert sorted(added) == sorted(set(OURS) - set(THEIRS))


def test_no_object_is_lost() -> None:
    assert set(THEIRS) <= set(OURS)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.title)
def test_a_reason_names_what_it_follows_from(difference: Difference) -> None:
    assert len(difference.reason) > 30
    assert difference.title[0].isupper()


def test_the_migration_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_differences(page), "run: python -m tests.conformance.page"


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="the page lacks the line"):
        with_differences("# Migration\n")


def test_a_field_that_changes_without_a_reason_is_found() -> None:
    name = "storage-dev"
    changed = {**OURS[name], "kind": "Other"}

    assert Change("kind", '"Application"', '"Other"') in changes(THEIRS[name], changed)
