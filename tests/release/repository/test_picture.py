"""The one picture: the same questions of a work tree, of HEAD, of any commit, and of edits."""

from pathlib import Path

import pytest

from demo.builder import build_estate
from demo.repository import EstateRepo
from release.repository.clone import Clone
from release.repository.files import NOT_A_FOLDER, OUT, Files, TreeFault
from release.repository.git.checkout import open_repository
from release.repository.git.errors import DefaultBranchError, GitError
from release.repository.picture import Picture, committed, work_tree
from release.repository.releases import cut_commits, parse_tree_pairs
from release.repository.revision import Committed, Revision
from release.repository.workspace import Workspace, find_workspace
from release.repository.worktree import WorkTree
from release.rules.evaluation import run_checks
from release.rules.facts import Facts
from release.settings.problems import SettingsError
from tests.estate.scratch import Scratch
from tests.release.rules.asking import ask, told

VAULT = "helm/charts/vault/Chart.yaml"
PAIR = f"{'a' * 40} {'b' * 40}\n"
OTHER = f"{'c' * 40} {'d' * 40}\n"


PROD = "Pulumi.prod.yaml"


def here(estate: EstateRepo) -> Picture:
    """Return the picture of what lies on disk."""
    return work_tree(estate.registry, find_workspace(estate.program_path))


def judge(estate: EstateRepo, edits: dict[str, str]) -> list[tuple[str, str, int]]:
    """Ask every rule of the checkout as it would be with these edits."""
    facts = Facts(here(estate).edited(edits), estate.until.date())
    return told(run_checks(facts), but=("fixed-namespace-idle",))


def pin_of(picture: Picture, chart: str = "vault") -> str:
    """Return what the picture says that prod runs."""
    return picture.estate.environments["prod"].settings.versions[chart]


def test_a_revision_shows_what_stood_there(estate: EstateRepo) -> None:
    before = here(estate)
    assert pin_of(before) == "1.0.0"
    estate.edit(PROD, "vault: 1.0.0", "vault: 1.0.1")
    estate.write(f"{VAULT.removesuffix('Chart.yaml')}new.txt", "new")
    base = estate.git("rev-parse", "HEAD")
    tip = estate.commit("Pin and add")
    assert [pin_of(here(estate).at(revision)) for revision in (base, tip, "main~1")] == [
        "1.0.0",
        "1.0.1",
        "1.0.0",
    ]
    folder = "helm/charts/vault"
    assert [here(estate).at(r).tree.folders[folder].has("new.txt") for r in (base, tip)] == [
        False,
        True,
    ]


def test_work_tree_and_its_commit_show_the_same(estate_template: EstateRepo) -> None:
    disk = here(estate_template)
    commit = disk.at("HEAD")
    assert disk.stack_files == commit.stack_files
    assert disk.charts_folder == commit.charts_folder
    assert disk.tree.folders.keys() == commit.tree.folders.keys()
    for path, folder in disk.tree.folders.items():
        other = commit.tree.folders[path]
        assert folder.files == other.files
        assert [sub.path for sub in folder.sub_folders] == [sub.path for sub in other.sub_folders]
        assert [folder.text(file) for file in folder.files] == [
            other.text(file) for file in other.files
        ]
    day = estate_template.until.date()
    assert run_checks(Facts(disk, day)) == run_checks(Facts(commit, day))


def test_history_ends_at_the_revision(estate: EstateRepo) -> None:
    base = estate.git("rev-parse", "HEAD")
    estate.edit(PROD, "vault: 1.0.0", "vault: 1.0.1")
    estate.commit("Pin")
    (change, *_) = here(estate).pins.of("prod", "vault")
    assert (change.before, change.after) == ("1.0.0", "1.0.1")
    assert (
        here(estate).at(base).pins.of("prod", "vault") == here(estate).pins.of("prod", "vault")[1:]
    )


def test_a_version_that_was_taken_back_is_cut_where_it_came_back(estate: EstateRepo) -> None:
    for old, new in (("1.0.0", "1.0.1"), ("1.0.1", "1.0.0"), ("1.0.0", "1.0.1")):
        estate.edit(VAULT, f"version: {old}", f"version: {new}")
        tip = estate.commit(f"State {new}")
    estate.edit(VAULT, "version: 1.0.1", "version: 1.0.1 # as it is")
    estate.commit("Say nothing new")
    assert cut_commits(here(estate), "vault", "storage")["vault", "1.0.1"] == tip


def test_what_is_committed_hides_what_is_not(estate: EstateRepo) -> None:
    estate.edit(PROD, "vault: 1.0.0", "vault: 1.0.1")
    estate.write("Pulumi.other.yaml", "config: {}\n")
    estate.write("Pulumi.dev.yaml", "nonsense")
    head = committed(estate.registry, find_workspace(estate.program_path))
    assert pin_of(head) == "1.0.0"
    assert list(head.estate.environments) == ["dev", "staging", "prod"]
    assert here(estate).usable_estate is None
    with pytest.raises(SettingsError):
        _ = here(estate).estate


def test_a_file_that_is_deleted_in_the_work_tree_is_still_committed(estate: EstateRepo) -> None:
    (estate.path / PROD).unlink()
    assert (
        "prod"
        in committed(estate.registry, find_workspace(estate.program_path)).estate.environments
    )


def test_an_unknown_revision_is_refused(estate_template: EstateRepo) -> None:
    for name in ("nowhere", "--all", "HEAD:helm"):
        with pytest.raises(GitError, match="no commit"):
            here(estate_template).at(name)


def every_state(scratch: Scratch) -> list[Files]:
    clone = Clone(scratch.repository)
    return [WorkTree(clone), Committed(clone), Revision(clone, clone.commit_of("HEAD"))]


def test_links_mean_the_same_on_disk_and_in_a_commit(scratch: Scratch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    scratch.write({"charts/a/Chart.yaml": "name: a\n", "charts/a/sub/x": "x"})
    links = {"in": "sub/x", "folder": "sub", "out": str(tmp_path / "secret"), "gone": "nowhere"}
    for name, target in links.items():
        (scratch.path / "charts/a" / name).symlink_to(target)
    scratch.commit({})
    for files in every_state(scratch):
        listing = files.below("charts")
        assert sorted(listing.files) == [
            "charts/a/Chart.yaml",
            "charts/a/gone",
            "charts/a/in",
            "charts/a/sub/x",
        ]
        assert {(fault.path, fault.message) for fault in listing.faults} == {
            ("charts/a/folder", "is a symlink to a folder; not entered"),
            ("charts/a/out", "is a symlink out of the repository; not read"),
        }
        assert [files.text(f"charts/a/{name}") for name in links] == ["x", None, None, None]
        out = files.read("charts/a/out")
        assert isinstance(out, TreeFault)
        assert (out.message, out.remedy) == (OUT, "replace the link by a file")
        assert set(listing.folders) == {"charts/a", "charts/a/sub"}


def test_a_committed_link_is_followed_in_the_commit_when_the_work_tree_replaced_it(
    scratch: Scratch,
) -> None:
    (scratch.path / "Pulumi.x.yaml").symlink_to("real.yaml")
    scratch.commit({"real.yaml": "config: {}\n"})
    (scratch.path / "Pulumi.x.yaml").unlink()
    scratch.write({"Pulumi.x.yaml": "other: {}\n"})
    assert [files.text("Pulumi.x.yaml") for files in every_state(scratch)] == [
        "other: {}\n",
        "config: {}\n",
        "config: {}\n",
    ]


def test_odd_contents_are_faults_in_every_state(scratch: Scratch) -> None:
    odd = {"a/large": b"x: 1\n" * 1_200_000, "a/binary": b"\xff\0", "a/big": b"y" * 300_000}
    scratch.commit(dict(odd))
    for files in every_state(scratch):
        files.below("a")
        found = {name: files.read(name) for name in odd}
        told = [f.message if isinstance(f, TreeFault) else f for f in found.values()]
        large = "has 5.7 MiB; Helm refuses files above 5 MiB"
        assert told == [large, "is not UTF-8 text", "y" * 300_000]
        assert isinstance(files.read("a"), TreeFault)
        assert files.read("a/nowhere") is None


def test_a_folder_that_is_a_file_or_leads_out_is_a_fault(scratch: Scratch, tmp_path: Path) -> None:
    (scratch.path / "out").symlink_to(tmp_path)
    scratch.commit({"file": "x"})
    for files in every_state(scratch):
        told = [files.below(name).faults[0].message for name in ("file", "out")]
        assert told == [NOT_A_FOLDER, OUT]
        assert files.below("nowhere").faults == []


def test_without_a_trunk_history_is_read_from_head_and_writing_is_refused(
    scratch: Scratch,
) -> None:
    commit = scratch.commit({"a": "1"})
    scratch.git("branch", "--move", "main", "one")
    scratch.git("branch", "two")
    clone = Clone(scratch.repository)
    assert (clone.landed.name, clone.landed.commit) == ("HEAD", commit)
    with pytest.raises(DefaultBranchError):
        _ = clone.trunk


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
    workspace = Workspace(
        estate_template.program_path,
        open_repository(estate_template.program_path),
        open_repository(estate.path),
    )
    facts = Facts(work_tree(estate.registry, workspace), estate.until.date())
    ((rule, file, _),) = told(run_checks(facts))
    assert rule == "pin-untagged"
    assert file == "Pulumi.prod.yaml", "a finding counts paths from the top of their checkout"


def test_two_versions_on_one_commit_are_both_looked_at(estate: EstateRepo) -> None:
    estate.git("tag", "vault-1.0.1", "vault-1.0.0^{commit}")
    estate.edit("Pulumi.prod.yaml", "vault: 1.0.0", "vault: 1.0.1")
    rules = {rule for rule, _, _ in told(ask(estate))}
    assert rules == {"wrong-tag", "version-lower-than-tag"}


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
