"""The virtual environment follows the lock files, and its stamp tells when it is finished."""

import fcntl
import io
import os
import threading
from pathlib import Path

import pytest

from tools.toolchain import venv
from tools.toolchain.failure import ToolchainError
from tools.toolchain.progress import Progress
from tools.toolchain.run import ProgramFailedError, Watch
from tools.toolchain.venv import Locks, ensure_venv, is_current


@pytest.fixture
def watch() -> Watch:
    return Watch(Progress(io.StringIO(), live=False), threading.Event())


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note what would be run instead of running it; making the environment makes its folder."""
    noted: list[list[str]] = []

    def create(folder: Path, *_: object) -> None:
        folder.mkdir()
        noted.append(["venv"])

    monkeypatch.setattr(venv, "create_venv", create)
    monkeypatch.setattr(venv, "run", lambda arguments, **_: noted.append(arguments))
    return noted


@pytest.fixture
def lock(tmp_path: Path) -> Locks:
    (tmp_path / "requirements.txt").write_text("a==1\n", encoding="utf-8")
    (tmp_path / "requirements-dev.txt").write_text("a==1\nb==1\n", encoding="utf-8")
    return tmp_path / "requirements.txt", tmp_path / "requirements-dev.txt"


def test_packages_are_installed_once_and_only_with_their_hashes(
    tmp_path: Path, lock: Locks, calls: list[list[str]], watch: Watch
) -> None:
    ensure_venv(tmp_path / "v", lock, {}, watch)
    ensure_venv(tmp_path / "v", lock, {}, watch)
    assert len(calls) == 2
    assert "--require-hashes" in calls[1]


def test_a_changed_lock_is_installed_on_top(
    tmp_path: Path, lock: Locks, calls: list[list[str]], watch: Watch
) -> None:
    ensure_venv(tmp_path / "v", lock, {}, watch)
    lock[0].write_text("a==2\n", encoding="utf-8")
    assert not is_current(tmp_path / "v", lock)
    ensure_venv(tmp_path / "v", lock, {}, watch)
    assert [call == ["venv"] for call in calls] == [True, False, False]


def test_the_development_packages_serve_where_the_runtime_ones_are_asked_for(
    tmp_path: Path, lock: Locks, calls: list[list[str]], watch: Watch
) -> None:
    ensure_venv(tmp_path / "v", lock[1:], {}, watch)
    assert is_current(tmp_path / "v", lock)
    assert len(calls) == 2


def test_an_installation_that_was_cut_off_starts_anew(
    tmp_path: Path, lock: Locks, calls: list[list[str]], watch: Watch
) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "half").write_bytes(b"")
    ensure_venv(tmp_path / "v", lock, {}, watch)
    assert not (tmp_path / "v" / "half").exists()
    assert calls[0] == ["venv"]


def test_pip_that_fails_leaves_no_stamp_and_names_the_index(
    tmp_path: Path,
    lock: Locks,
    calls: list[list[str]],
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ProgramFailedError("ERROR: Could not find a version")

    monkeypatch.setattr(venv, "run", fail)
    with pytest.raises(ToolchainError, match=r"Could not find(.|\n)*package index"):
        ensure_venv(tmp_path / "v", lock, {}, watch)
    assert calls == [["venv"]]
    assert not is_current(tmp_path / "v", lock)


def test_a_python_without_its_venv_module_is_told_what_to_install(
    tmp_path: Path, lock: Locks, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho No module named venv\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("tools.toolchain.venv._interpreter", lambda: str(program))
    with pytest.raises(ToolchainError, match=r"No module named venv(.|\n)*apt install python"):
        ensure_venv(tmp_path / "v", lock, {}, watch)


def test_two_runs_do_not_work_on_one_folder_at_once(
    tmp_path: Path, lock: Locks, calls: list[list[str]], watch: Watch
) -> None:
    around = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(around, fcntl.LOCK_EX)
    run = threading.Thread(target=ensure_venv, args=(tmp_path / "v", lock, {}, watch))
    run.start()
    run.join(0.5)
    assert calls == []
    os.close(around)
    run.join(10)
    assert len(calls) == 2
