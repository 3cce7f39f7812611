"""What has landed counts, whatever the checkout holds that a command stands in."""

import re
from pathlib import Path

import pytest

from tests.release.cli.driver import Hmco

PROMOTE = ("promote", "service-mesh", "--to", "staging")
MONITORING = ("promote", "monitoring", "--to", "prod")
FROZEN = 'hmco:freezes: [{first: "2020-01-01", last: "2099-12-31", reason: audit}]'
HELD = "holds:\n    monitoring: {reason: WHY, by: rita}"


@pytest.fixture
def behind(hmco: Hmco, tmp_path: Path) -> Hmco:
    """Stand in a clone that has fetched, but not merged, what landed meanwhile."""
    here = hmco.repo.clone_to(tmp_path / "behind")
    hmco.repo.edit(
        "Pulumi.staging.yaml",
        "hmco:freezes: []",
        FROZEN,
    )
    hmco.repo.commit("freeze staging", at=hmco.repo.until)
    here.git("fetch", "--quiet")
    here.git("config", "user.name", "Ann")
    here.git("config", "user.email", "ann@254carbon.example")
    hmco.repo = here
    return hmco


@pytest.mark.parametrize(
    "command",
    [
        PROMOTE,
        ("hold", "storage", "--env", "staging", "--reason", "incident", "--by", "Ann"),
        ("rollback", "storage", "--env", "staging", "--by", "Ann"),
    ],
    ids=lambda command: command[0],
)
def test_a_checkout_that_lacks_what_landed_in_its_stack_file_decides_nothing(
    behind: Hmco, command: tuple[str, ...]
) -> None:
    said = behind.refused(*command)
    assert (
        "this checkout is 1 commit behind origin/main, where Pulumi.staging.yaml changed; get "
        "that first: git merge --ff-only origin/main"
    ) in said
    behind.repo.git("merge", "--quiet", "--ff-only", "origin/main")
    after = behind(*command)
    assert "behind" not in after.err
    assert ("is frozen from" in after.err) == (command == PROMOTE)
    assert ("is frozen from" in said) == (command == PROMOTE), "what the trunk says is told"


def test_what_landed_in_another_stack_file_stops_nothing(behind: Hmco) -> None:
    behind.done("hold", "storage", "--env", "prod", "--reason", "incident", "--by", "Ann")


def test_no_version_is_cut_of_a_chart_that_changed_on_the_trunk(hmco: Hmco, tmp_path: Path) -> None:
    here = hmco.repo.clone_to(tmp_path / "behind")
    hmco.repo.write("helm/charts/vault/values.yaml", "replicas: 2\n")
    hmco.repo.commit("Fix: two of vault", at=hmco.repo.until)
    here.git("fetch", "--quiet")
    hmco.repo = here
    said = hmco.refused("cut", "vault", "patch", "--note", "Fixed: mine")
    assert "is 1 commit behind origin/main, where helm/charts/vault/values.yaml changed" in said
    assert hmco.done("cut", "storage", "patch", "--note", "Fixed: mine").out


def test_a_checkout_that_is_ahead_as_well_is_told_to_rebase(behind: Hmco) -> None:
    behind.repo.write("notes.txt", "mine")
    behind.repo.commit("my notes", at=behind.repo.until)
    said = behind.refused(*PROMOTE)
    assert "this checkout is 1 commit behind origin/main and 1 commit ahead of" in said
    assert "git rebase origin/main" in said
    behind.repo.git("rebase", "--quiet", "origin/main")
    assert "behind" not in behind(*PROMOTE).err


def test_status_tells_that_the_checkout_is_behind(behind: Hmco) -> None:
    assert "this checkout is 1 commit behind origin/main\n" in behind.done("status").out


def test_programs_learn_the_distance_of_the_checkout(behind: Hmco) -> None:
    behind.repo.write("notes.txt", "mine")
    behind.repo.commit("my notes", at=behind.repo.until)
    expected = {"trunk": "origin/main", "behind": 1, "ahead": 1}
    assert behind.answered("status", "status")["checkout"] == expected
    assert behind.answered("history", "history", "storage")["checkout"] == expected
    assert (
        "this checkout is 1 commit behind origin/main and 1 commit ahead of origin/main; this "
        "shows what origin/main says\n"
    ) in behind.done("history", "storage").out


def test_a_refusal_is_worded_from_what_the_trunk_holds(hmco: Hmco, tmp_path: Path) -> None:
    here = hmco.repo.clone_to(tmp_path / "here")
    here.git("config", "user.name", "Ann")
    here.git("config", "user.email", "ann@254carbon.example")
    hmco.repo.edit("Pulumi.prod.yaml", "holds: {}", HELD.replace("WHY", "quarter end"))
    hmco.repo.commit("hold monitoring", at=hmco.repo.until)
    hmco.repo = here
    here.edit("Pulumi.prod.yaml", "holds: {}", HELD.replace("WHY", "my own"))
    here.commit("hold it here too", at=here.until)
    here.git("fetch", "--quiet")
    said = hmco.refused(*MONITORING)
    assert "behind origin/main" in said
    assert "prod holds monitoring: quarter end (by rita)" in said
    assert "my own" not in said


@pytest.mark.parametrize("gate", ["hold", "freeze"])
def test_what_only_this_checkout_has_lifted_counts_still(
    hmco: Hmco, tmp_path: Path, gate: str
) -> None:
    old, new = {
        "hold": ("holds: {}", HELD.replace("WHY", "quarter end")),
        "freeze": (
            "hmco:freezes: []",
            FROZEN,
        ),
    }[gate]
    hmco.repo.edit("Pulumi.prod.yaml", old, new)
    hmco.repo.commit("stop prod", at=hmco.repo.until)
    here = hmco.repo.clone_to(tmp_path / "here")
    hmco.repo = here
    here.git("config", "user.name", "Ann")
    here.git("config", "user.email", "ann@254carbon.example")
    here.edit("Pulumi.prod.yaml", new, old)
    here.commit("lift it here alone", at=here.until)
    said = hmco.refused(*MONITORING)
    assert "  - on origin/main prod " in said
    assert "land the change that lifts it first" in said
    here.git("push", "--quiet", "origin", "HEAD:main-lifted")
    here.git("update-ref", "refs/remotes/origin/main", "HEAD")
    hmco.done(*MONITORING)


def test_what_only_this_checkout_has_lifted_is_told_with_all_else(
    hmco: Hmco, tmp_path: Path
) -> None:
    held, frozen = HELD.replace("WHY", "quarter end"), FROZEN.replace("audit", "the move")
    hmco.repo.edit("Pulumi.prod.yaml", "holds: {}", held)
    hmco.repo.edit("Pulumi.prod.yaml", "hmco:freezes: []", frozen)
    hmco.repo.commit("stop prod", at=hmco.repo.until)
    here = hmco.repo.clone_to(tmp_path / "here")
    hmco.repo = here
    here.git("config", "user.name", "Ann")
    here.git("config", "user.email", "ann@254carbon.example")
    here.edit("Pulumi.prod.yaml", held, "holds: {}")
    here.commit("lift it here alone", at=here.until)
    said = hmco.refused(*MONITORING)
    assert said.count("on origin/main prod holds monitoring: quarter end") == 1
    assert said.count("the move") == 1, "what stands here as on the trunk is told once"


@pytest.mark.parametrize(
    "command",
    [
        ("rollback", "data-platform", "--env", "prod", "--reason", "it burns"),
        ("promote", "data-platform", "--to", "prod"),
    ],
    ids=lambda command: command[0],
)
def test_nothing_goes_on_from_a_pin_that_has_not_landed(
    hmco: Hmco, command: tuple[str, ...]
) -> None:
    hmco.repo.git("switch", "--quiet", "--create", "promote/data-platform")
    hmco.done("promote", "data-platform", "--to", "prod")
    hmco.repo.commit("promote data-platform", at=hmco.repo.until)
    said = hmco.refused(*command)
    assert "data-platform in prod is 1.4.0 in this checkout alone, 1.3.0 on main; " in said
    advice = "git switch --detach main"
    assert advice in said
    hmco.repo.git(*advice.split()[1:])
    assert "in this checkout alone" not in hmco(*command).err


def test_status_shows_what_has_landed_wherever_we_stand(behind: Hmco) -> None:
    said = behind.done("status", "storage").out
    assert "staging is frozen from 2020-01-01 to 2099-12-31: audit" in said
    prod = behind.repo.stack_path("prod")
    prod.write_text(re.sub(r"( storage:) \d+\.\d+\.\d+", r"\1 1.9.9", prod.read_text()))
    behind.repo.commit("not landed yet")
    assert "1.9.9" not in behind.done("status", "storage").out
