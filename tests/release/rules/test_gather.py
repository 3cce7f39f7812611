"""Gathering facts: edits that are not written yet, and programs that lie elsewhere."""

from pathlib import Path

import pytest

from demo.builder import build_estate
from demo.repository import EstateRepo
from release.repository.git.errors import NotACheckoutError
from release.rules.gather import gather
from release.rules.gitfacts import parse_tree_pairs
from release.rules.runner import run_checks
from tests.release.rules.asking import ask, told

VAULT = "helm/charts/vault/Chart.yaml"
PAIR = f"{'a' * 40} {'b' * 40}\n"
OTHER = f"{'c' * 40} {'d' * 40}\n"


def judge(estate: EstateRepo, edits: dict[str, str]) -> list[tuple[str, str, int]]:
    """Ask every rule of the checkout as it would be with these edits."""
    facts = gather(estate.registry, estate.program_path, estate.path, estate.until.date(), edits)
    return told(run_checks(facts), but=("fixed-namespace-idle",))


def test_an_edit_is_judged_before_it_is_written(estate_template: EstateRepo) -> None:
    text = (estate_template.path / VAULT).read_text()
    found = judge(estate_template, {VAULT: text.replace("name: vault\ndesc", "name: x\ndesc")})
    assert [rule for rule, _, _ in found] == ["chart-name-differs", "released-files-changed"]
    assert (estate_template.path / VAULT).read_text() == text
    assert judge(estate_template, {}) == []


def test_an_edited_stack_file_is_judged(estate_template: EstateRepo) -> None:
    text = estate_template.stack_path("prod").read_text()
    edited = text.replace("vault: 1.0.0", "vault: 1.7.0")
    assert [rule for rule, _, _ in judge(estate_template, {"Pulumi.prod.yaml": edited})] == [
        "pin-untagged"
    ]


def test_a_program_in_a_folder_is_found_and_named_in_findings(tmp_path: Path) -> None:
    estate = build_estate(tmp_path / "repository", program="deploy/hmco/")
    assert told(ask(estate)) == []
    estate.git("tag", "--delete", "vault-1.0.0")
    ((rule, file, line),) = told(ask(estate))
    assert (rule, file) == ("pin-untagged", "deploy/hmco/Pulumi.prod.yaml")
    assert line


def test_a_program_in_another_checkout_judges_this_one(
    estate: EstateRepo, estate_template: EstateRepo
) -> None:
    estate.git("tag", "--delete", "vault-1.0.0")
    facts = gather(estate.registry, estate_template.program_path, estate.path, estate.until.date())
    ((rule, file, _),) = told(run_checks(facts))
    assert rule == "pin-untagged"
    assert file.startswith("../")


def test_a_folder_outside_of_git_is_refused(estate_template: EstateRepo, tmp_path: Path) -> None:
    with pytest.raises(NotACheckoutError):
        gather(estate_template.registry, tmp_path, tmp_path, estate_template.until.date())


def test_two_versions_on_one_commit_are_both_looked_at(estate: EstateRepo) -> None:
    estate.git("tag", "vault-1.0.1", "vault-1.0.0^{commit}")
    estate.edit("Pulumi.prod.yaml", "vault: 1.0.0", "vault: 1.0.1")
    rules = {rule for rule, _, _ in told(ask(estate))}
    assert rules == {"tag-lies", "version-lower-than-tag"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (b"", {PAIR: (), OTHER: ()}),
        (f"{PAIR}x\0a/y\0{OTHER}z\0".encode(), {PAIR: ("x", "a/y"), OTHER: ("z",)}),
        (f"{PAIR}{OTHER}z\0".encode(), {PAIR: (), OTHER: ("z",)}),
        (f"{PAIR}a\nb\0".encode(), {PAIR: ("a\nb",), OTHER: ()}),
        (PAIR.encode() + b"\xff\0", {PAIR: ("\udcff",), OTHER: ()}),
        (
            f"{PAIR}{'e' * 40} {'f' * 40}\nx\0".encode(),
            {PAIR: (f"{'e' * 40} {'f' * 40}\nx",), OTHER: ()},
        ),
    ],
    ids=["nothing", "two", "empty", "line-end", "bytes", "look-alike"],
)
def test_differences_of_many_trees_are_told_apart(
    output: bytes, expected: dict[str, tuple[str, ...]]
) -> None:
    assert parse_tree_pairs(output, (PAIR, OTHER)) == expected
