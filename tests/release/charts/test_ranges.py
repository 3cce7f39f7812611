"""Sub-charts of one's own by range and without repository: what an edit changes and what not."""

import pytest

from release.charts.chart_yaml import parse, set_dependency_version
from release.charts.lockfile import digest, parse_lock, set_locked_version
from release.charts.ranges import RangeError, satisfies
from release.text.errors import EditRefusedError

HEAD = "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies:\n"


def asking(version: str, repository: str = "") -> str:
    source = f"  repository: {repository}\n" if repository else ""
    return f"{HEAD}- name: cache\n  version: {version!r}\n{source}"


@pytest.mark.parametrize(
    ("asked", "left"),
    [("1.0.0", "1.1.0"), ("^1.0.0", "^1.0.0"), (">=1 <2", ">=1 <2"), ("~1.0.0", "1.1.0")],
)
@pytest.mark.parametrize("repository", ["", "file://charts/cache"])
def test_a_version_follows_its_sub_chart_and_a_range_that_holds_it_stays(
    asked: str, left: str, repository: str
) -> None:
    after = set_dependency_version(asking(asked, repository), "cache", "1.1.0")
    assert after == asking(left, repository)


@pytest.mark.parametrize(
    ("repository", "locked"), [("", "^1.0.0"), ("file://charts/cache", "1.1.0")]
)
def test_a_lock_names_what_helm_would_lock(repository: str, locked: str) -> None:
    asked = parse(asking("^1.0.0", repository)).dependencies
    source = f'"{repository}"' if repository else '""'
    lock = f"dependencies:\n- name: cache\n  repository: {source}\n  version: 1.0.0\ndigest: x\n"
    after = parse_lock(set_locked_version(lock, "cache", "1.1.0", asked))
    assert [taken.version for taken in after.dependencies] == [locked]
    assert after.digest == digest(asked, after.dependencies)


def test_a_lock_that_is_out_of_a_range_is_no_base_for_a_new_digest() -> None:
    asked = parse(asking("^1.0.0") + asking("^2", "https://example.org").removeprefix(HEAD))
    lock = (
        'dependencies:\n- name: cache\n  repository: ""\n  version: 1.0.0\n'
        "- name: cache\n  repository: https://example.org\n  version: 1.9.0\ndigest: x\n"
    )
    with pytest.raises(EditRefusedError, match=r"asks for \^2, Chart.lock has 1.9.0"):
        set_locked_version(lock, "cache", "1.1.0", asked.dependencies)


def test_a_pre_release_is_in_a_range_that_names_one() -> None:
    assert satisfies("^1.2.0-0", "1.3.0-rc.1")
    assert not satisfies("^1.2.0", "1.3.0-rc.1")
    with pytest.raises(RangeError, match="is not a range"):
        satisfies("newest", "1.0.0")
