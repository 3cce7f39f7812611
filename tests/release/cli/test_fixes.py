"""Every command in a rule's fix is run in the situation that breaks the rule, and mends it."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.release.cli.driver import Hmco
from tests.release.cli.situations import (
    HELD,
    PROD,
    clone,
    edit,
    follow,
    land,
    no_tags,
    with_a_change,
)

pytestmark = pytest.mark.usefixtures("somebody")


def fixes(hmco: Hmco, rule: str) -> list[str]:
    """Return the commands in the fixes of one rule."""
    report = hmco.answered("check", "check", "--rule", rule)
    return [
        found[1].split(" (", 1)[0]
        for finding in report["findings"]
        if (found := re.search("(?:run|set it): (.*)", finding["fix"]))
    ]


def _unpin(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("tag", "--delete", "service-mesh-1.2.0")


def _expired(hmco: Hmco, _: Path) -> None:
    until = HELD.replace("rita}", 'rita, until: "2026-01-01"}')
    edit(hmco, PROD, "holds: {}", until)


def _beside(hmco: Hmco, _: Path) -> None:
    hmco.repo.write("helm/charts/ml-platform/charts/mlflow-1.0.0.tgz", "archive")
    land(hmco)


def _lock(hmco: Hmco, change: Callable[[Path], object]) -> None:
    change(hmco.repo.path / "helm/charts/data-platform/Chart.lock")
    land(hmco)


def _of_another_list(lock: Path) -> None:
    lock.write_text(re.sub(r"sha256:\w{5}", "sha256:00000", lock.read_text()))


FIXES: Final = {
    "lock-stale": lambda hmco, _: _lock(hmco, _of_another_list),
    "lock-missing": lambda hmco, _: _lock(hmco, Path.unlink),
    "pin-untagged": _unpin,
    "hold-expired": _expired,
    "sub-chart-twice": _beside,
    "history-incomplete": lambda hmco, path: clone(hmco, path, "--depth=1"),
    "unreleased-changes": lambda hmco, _: with_a_change(hmco),
}


@pytest.mark.parametrize("rule", FIXES)
def test_the_fix_of_a_rule_mends_what_it_found(rule: str, hmco: Hmco, tmp_path: Path) -> None:
    FIXES[rule](hmco, tmp_path)
    found = fixes(hmco, rule)
    assert found, "the situation breaks the rule"
    for fix in dict.fromkeys(found):
        follow(hmco, fix)
        if hmco.repo.git("status", "--porcelain"):
            land(hmco)
            break
    if rule != "unreleased-changes":
        assert fixes(hmco, rule) == []
    assert fixes(hmco, "sub-chart-twice") == [], "what Helm packs beside the folders"


def test_an_archive_that_helm_has_just_made_beside_its_folder_is_removed(hmco: Hmco) -> None:
    hmco.repo.write("helm/charts/data-platform/charts/trino-1.0.0.tgz", "archive")
    (fix,) = fixes(hmco, "sub-chart-twice")
    follow(hmco, fix)
    assert hmco.repo.git("status", "--porcelain") == ""


def test_a_clone_without_tags_is_told_to_fetch_them_before_anything_else(
    hmco: Hmco, tmp_path: Path
) -> None:
    no_tags(hmco, tmp_path)
    rules = ("--rule", "pin-untagged", "--rule", "release-untagged")
    found = hmco.answered("check", "check", *rules)["findings"]
    assert {finding["rule"] for finding in found} == {"pin-untagged", "release-untagged"}
    for finding in found:
        assert finding["fix"].startswith("fetch it: git fetch --tags; if nobody has it, ")
    follow(hmco, "git fetch --tags")
    assert hmco.answered("check", "check", *rules)["findings"] == []


def test_the_command_for_the_rest_of_a_rule_shows_it(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", *hmco.repo.git("tag").split())
    for options in ((), ("--base", "HEAD"), ("--repo", str(hmco.repo.path))):
        said = hmco("check", *options).out
        found = re.search(r"… and 15 more: hmco (.*)$", said, flags=re.MULTILINE)
        assert found
        assert hmco(*shlex.split(found[1])).out.count(": pins ") == 20
