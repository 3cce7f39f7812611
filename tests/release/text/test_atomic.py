import errno
import fcntl
import os
import stat
import subprocess
from pathlib import Path

import pytest

from release.text.atomic import Change, WriteInterruptedError, read_text, recover, write_all
from release.text.errors import EditRefusedError


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a checkout but Git's own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "charts").mkdir()
    (tmp_path / "a.yaml").write_bytes(b"old a\r\n")
    (tmp_path / "charts/b.md").write_bytes(b"old b")
    return tmp_path


def changes() -> dict[Path, Change]:
    return {
        Path("a.yaml"): Change(b"old a\r\n", b"new a\r\n"),
        Path("charts/b.md"): Change.of_text("old b", "néw b"),
        Path("charts/c.lock"): Change(None, b"new c"),
    }


NEW = {"a.yaml": b"new a\r\n", "charts/b.md": "néw b".encode(), "charts/c.lock": b"new c"}


def test_all_files_are_written_and_nothing_else_is_left(root: Path) -> None:
    write_all(root, changes())
    assert tree(root) == NEW
    assert list((root / ".git").iterdir()) == []
    assert recover(root) == ()


def test_permissions_stay(root: Path) -> None:
    (root / "a.yaml").chmod(0o640)
    (root / "charts/b.md").chmod(0o755)
    write_all(root, changes())
    assert stat.S_IMODE((root / "a.yaml").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "charts/b.md").stat().st_mode) == 0o755


def test_a_file_that_stays_the_same_is_not_touched(root: Path) -> None:
    before = (root / "a.yaml").stat()
    write_all(root, {Path("a.yaml"): Change(b"old a\r\n", b"old a\r\n")})
    after = (root / "a.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_link_that_stays_in_the_tree_leads_to_the_file_that_is_written(root: Path) -> None:
    (root / "link").symlink_to("charts/b.md")
    write_all(root, {Path("link"): Change(b"old b", b"new b")})
    assert (root / "link").is_symlink()
    assert (root / "charts/b.md").read_bytes() == b"new b"


def obstruct(root: Path, how: str) -> None:
    target = root / "a.yaml"
    outside = root.parent / f"outside-{root.name}"
    if how == "read-only":
        target.chmod(0o444)
        return
    target.unlink()
    match how:
        case "changed":
            target.write_bytes(b"other")
        case "folder":
            target.mkdir()
        case "pipe":
            os.mkfifo(target)
        case "link out":
            outside.write_bytes(b"old a\r\n")
            target.symlink_to(outside)
        case "link to .git":
            (root / ".git/config").write_bytes(b"old a\r\n")
            target.symlink_to(".git/config")
        case "loop":
            target.symlink_to("a.yaml")
        case "same file":
            (root / "charts/b.md").write_bytes(b"old a\r\n")
            target.symlink_to("charts/b.md")
        case _:
            assert how == "gone"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("read-only", r"a\.yaml is read-only \(chmod u\+w\)"),
        ("changed", "has changed since it was read"),
        ("gone", "has gone since it was read"),
        ("folder", "is a folder"),
        ("pipe", "is not a regular file"),
        ("link out", "leads out of"),
        ("link to .git", "belongs to Git"),
        ("loop", "loop of links|cannot be read"),
        ("same file", "same file as another|changed since"),
    ],
)
def test_a_file_that_must_not_be_written_stops_the_whole_write(
    root: Path, how: str, reason: str
) -> None:
    obstruct(root, how)
    before = tree(root) if how != "pipe" else {}
    with pytest.raises(EditRefusedError, match=reason):
        write_all(root, changes())
    assert how == "pipe" or tree(root) == before
    assert not (root / ".git/hmco-write.json").exists()


@pytest.mark.parametrize(
    "path", ["../x", "/etc/hostname", ".git/config", ".", "none/x", "x/../../y"]
)
def test_a_path_that_leads_elsewhere_is_refused(root: Path, path: str) -> None:
    before = tree(root)
    with pytest.raises(EditRefusedError, match="nothing was written"):
        write_all(root, {**changes(), Path(path): Change(None, b"x")})
    assert tree(root) == before


def test_all_obstacles_are_told_at_once(root: Path) -> None:
    (root / "a.yaml").write_bytes(b"other")
    (root / "charts/c.lock").write_bytes(b"there")
    with pytest.raises(EditRefusedError, match=r"a\.yaml has changed.*c\.lock already exists"):
        write_all(root, changes())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("step", ["plan", "write a.yaml", "write charts/c.lock", "decide"])
def test_a_failure_before_the_decision_leaves_nothing_behind(
    root: Path, step: str, number: int
) -> None:
    before = tree(root)

    def fail(name: str) -> None:
        if name == step:
            raise OSError(number, os.strerror(number), "charts/b.md")

    with pytest.raises(EditRefusedError, match=f"{os.strerror(number)}, nothing was written"):
        write_all(root, changes(), on_step=fail)
    assert tree(root) == before
    assert list((root / ".git").iterdir()) == []


@pytest.mark.parametrize("step", ["rename a.yaml", "rename charts/c.lock", "sync", "forget"])
def test_a_failure_after_the_decision_is_finished_by_the_next_run(root: Path, step: str) -> None:
    def fail(name: str) -> None:
        if name == step:
            raise OSError(errno.EACCES, "no permission", "charts")

    with pytest.raises(WriteInterruptedError, match=r"no permission.*run the command again"):
        write_all(root, changes(), on_step=fail)
    with pytest.raises(EditRefusedError, match="earlier write was interrupted"):
        write_all(root, changes())
    assert set(recover(root)) == set(changes())
    assert tree(root) == NEW
    assert list((root / ".git").iterdir()) == []


def test_a_file_edited_while_the_new_contents_are_written_stops_the_write(root: Path) -> None:
    def edit(name: str) -> None:
        if name == "write charts/c.lock":
            (root / "a.yaml").write_bytes(b"by hand")

    with pytest.raises(EditRefusedError, match=r"a\.yaml has changed since it was read"):
        write_all(root, changes(), on_step=edit)
    assert tree(root) == {"a.yaml": b"by hand", "charts/b.md": b"old b"}


def test_a_second_write_waits_for_the_first(root: Path) -> None:
    refused = []

    def enter(_name: str) -> None:
        handle = os.open(root / ".git", os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refused.append(True)
        finally:
            os.close(handle)

    write_all(root, changes(), on_step=enter)
    assert len(refused) == 10, "the lock must be held at every step"


def interrupted(root: Path) -> None:
    def fail(name: str) -> None:
        if name == "rename charts/b.md":
            raise OSError(errno.EIO, "broken")

    with pytest.raises(WriteInterruptedError):
        write_all(root, changes(), on_step=fail)


def test_a_file_edited_after_the_interruption_is_never_overwritten(root: Path) -> None:
    interrupted(root)
    (root / "charts/b.md").write_bytes(b"by hand")
    before = tree(root)
    with pytest.raises(EditRefusedError, match=r"charts/b\.md: changed after a write"):
        recover(root)
    assert tree(root) == before


ELSEWHERE = (
    '{"decided": true, "entries": [{"target": "../x", "temporary": "../.x.00000000.hmco",'
    ' "before": null, "after": null}]}'
)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"decided": true, "entries": [{"target": "a.yaml"}]}',
     ELSEWHERE],
)  # fmt: skip
def test_a_journal_that_is_none_of_ours_is_refused(root: Path, content: str) -> None:
    (root / ".git/hmco-write.json").write_text(content, encoding="utf-8")
    with pytest.raises(EditRefusedError, match=r"hmco-write\.json: is not a readable journal"):
        recover(root)


def test_a_plain_folder_keeps_its_journal_beside_the_files(root: Path) -> None:
    (root / ".git").rmdir()
    interrupted(root)
    assert (root / ".hmco-write.json").exists()
    recover(root)
    assert tree(root) == NEW


def test_a_linked_worktree_keeps_its_journal_in_its_git_directory(root: Path) -> None:
    (root / ".git").rmdir()
    linked = root.parent / f"linked-{root.name}"
    linked.mkdir()
    (root / ".git").write_text(f"gitdir: {linked}\n", encoding="utf-8")
    interrupted(root)
    assert (linked / "hmco-write.json").exists()
    recover(root)
    assert list(linked.iterdir()) == []


def test_a_real_git_checkout_shows_the_written_files_and_nothing_else(root: Path) -> None:
    (root / ".git").rmdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    write_all(root, changes())
    status = ["git", "-C", str(root), "status", "--porcelain", "-uall"]
    shown = subprocess.run(status, check=True, capture_output=True, text=True).stdout
    assert shown.split() == ["??", "a.yaml", "??", "charts/b.md", "??", "charts/c.lock"]


def test_a_text_is_read_with_its_line_ends(root: Path) -> None:
    assert read_text(root / "a.yaml") == "old a\r\n"


def test_a_file_that_is_no_utf8_is_refused_with_its_line(root: Path) -> None:
    (root / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(EditRefusedError, match=r"a\.yaml:2: is not UTF-8 text"):
        read_text(root / "a.yaml")
