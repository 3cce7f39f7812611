"""Rendered files are the same everywhere, whole, and only in a directory that is ours."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from release.argocd.manifestfiles import (
    MARKER,
    RenderError,
    compare_directory,
    file_name,
    rendered_files,
    to_yaml,
    write_directory,
)
from release.argocd.manifests import Manifest, environment_manifests
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from release.text.goyaml import go_reads_as

REPOSITORY = Path(__file__).parents[3]
PROGRAM = """
import sys
from pathlib import Path
from release.estate import load_estate, read_stack_files
from release.argocd.manifests import environment_manifests
from release.registry import REGISTRY
from release.argocd.manifestfiles import rendered_files
estate = load_estate(REGISTRY, read_stack_files(Path(sys.argv[1])))
for environment in estate.environments.values():
    for name, text in rendered_files(environment_manifests(REGISTRY, environment).all).items():
        sys.stdout.buffer.write(f"{name}\\n{text}".encode())
"""


def manifest(name: str = "a", **spec: object) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": spec or {"project": "p"},
    }


FILES = rendered_files([manifest("a"), manifest("b")])
A, B = FILES


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}


@pytest.mark.parametrize(
    "surroundings",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4294967295"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "UTC"},
    ],
    ids=str,
)
def test_bytes_do_not_depend_on_the_machine(surroundings: dict[str, str], tmp_path: Path) -> None:
    wanted = b"".join(
        f"{name}\n{text}".encode()
        for environment in load_estate(REGISTRY, read_stack_files(REPOSITORY)).environments.values()
        for name, text in rendered_files(environment_manifests(REGISTRY, environment).all).items()
    )

    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(REPOSITORY)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)} | surroundings,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert run.stdout == wanted
    assert run.stderr == b""


def test_files_and_keys_are_sorted_whatever_the_order_of_the_objects() -> None:
    one = rendered_files([manifest("b", z=1, a=2), manifest("a")])
    other = rendered_files([manifest("a"), manifest("b", a=2, z=1)])

    assert list(one) == sorted(one)
    assert list(one.items()) == list(other.items())
    assert one[B].index("a: 2") < one[B].index("z: 1")


def test_a_file_is_named_as_the_kubernetes_provider_names_it() -> None:
    assert file_name(manifest("web-dev")) == (
        "argoproj.io_v1alpha1-application-argocd-web-dev.yaml"
    )


def test_an_object_without_metadata_is_refused() -> None:
    with pytest.raises(TypeError, match="Application has no metadata"):
        file_name(manifest() | {"metadata": None})


def test_two_objects_of_one_file_are_refused() -> None:
    with pytest.raises(RenderError, match=r"argocd-a\.yaml\); rename one"):
        rendered_files([manifest("a"), manifest("a", project="q")])


SCALARS = (
    st.sampled_from(
        ["y", "N", "1e3", "08", "0o17", "2026-1-2", "on", "~", "1.10", "=", "null", "-"]
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=8)
    | st.integers()
    | st.booleans()
    | st.none()
)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)


@settings(max_examples=50)
@given(st.recursive(SCALARS, nested, max_leaves=8))
def test_what_is_written_is_what_is_read(value: object) -> None:
    text = to_yaml({"value": value})

    assert yaml.safe_load(text) == {"value": value}


@given(SCALARS)
def test_no_text_is_written_so_that_a_go_reader_guesses(value: object) -> None:
    plain = to_yaml({"v": value}).removeprefix("v: ").removesuffix("\n")

    if isinstance(value, str) and plain == value:
        assert go_reads_as(value) is None


def test_equal_parts_are_written_out_twice() -> None:
    shared = {"a": 1}

    assert "&" not in to_yaml({"one": shared, "two": shared})


def test_a_new_directory_gets_every_file_and_the_marker(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "out"

    changed = write_directory(directory, FILES)

    assert changed == (A, B)
    assert contents(directory) == FILES | {MARKER: contents(directory)[MARKER]}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    write_directory(tmp_path, FILES)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    assert write_directory(tmp_path, FILES) == ()
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_changed_and_stale_files_are_put_right(tmp_path: Path) -> None:
    write_directory(tmp_path, FILES)
    (tmp_path / A).write_text("edited", encoding="utf-8")
    (tmp_path / "stale.yaml").write_text("old", encoding="utf-8")

    assert write_directory(tmp_path, {A: FILES[A]}) == (A, B, "stale.yaml")
    assert set(contents(tmp_path)) == {A, MARKER}
    assert contents(tmp_path)[A] == FILES[A]


def test_a_directory_with_foreign_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(
        RenderError, match=r"did not write \(such as precious\.txt\); name an empty"
    ):
        write_directory(tmp_path, FILES)

    assert contents(tmp_path) == {"precious.txt": "mine"}


def test_a_symlink_to_a_directory_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(RenderError, match="is not a plain directory; name another one"):
        write_directory(tmp_path / "link", FILES)

    assert contents(target) == {}


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")

    with pytest.raises(RenderError, match="is not a plain directory"):
        write_directory(tmp_path / "out", FILES)


def test_a_folder_inside_the_directory_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    write_directory(tmp_path, {A: "old"})
    (tmp_path / "folder").mkdir()

    with pytest.raises(RenderError, match=r"holds folders \(folder\); move them"):
        write_directory(tmp_path, FILES)

    assert (tmp_path / A).read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "..", ".", "", MARKER, "a\n", "-x", ".git"])
def test_a_name_that_leaves_the_directory_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="not a plain file name inside"):
        write_directory(tmp_path / "out", {**FILES, name: "x"})

    assert not (tmp_path / "out").exists()


def test_a_symlink_in_place_of_a_file_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine", encoding="utf-8")
    directory = tmp_path / "out"
    write_directory(directory, FILES)
    (directory / A).unlink()
    (directory / A).symlink_to(outside)
    (directory / "stale.yaml").symlink_to(outside)

    assert write_directory(directory, FILES) == (A, "stale.yaml")
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not (directory / A).is_symlink()


def test_a_failed_write_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_directory(tmp_path, {A: "old", B: "old"})
    half = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        half(path, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(RenderError, match=r"cannot be written: No space left.*run again"):
        write_directory(tmp_path, FILES)

    assert set(contents(tmp_path)) == {A, B, MARKER}
    assert contents(tmp_path)[A] == "old"


def test_a_run_killed_before_its_first_file_does_not_lock_the_directory(tmp_path: Path) -> None:
    (tmp_path / f"{MARKER}.4711.new").write_text("half", encoding="utf-8")

    assert write_directory(tmp_path, FILES) == (A, B)
    assert set(contents(tmp_path)) == {A, B, MARKER}


def test_runs_at_the_same_time_end_with_one_whole_set(tmp_path: Path) -> None:
    sets = [{f"f{index}.yaml": f"set {number}" for index in range(20)} for number in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda files: write_directory(tmp_path, files), sets))

    written = contents(tmp_path)
    del written[MARKER]
    assert written in sets


def delivered(directory: Path) -> Path:
    """Return a directory as the provider's render mode lays it out."""
    folder = directory / "1-manifest"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


OBJECTS = [manifest("a"), manifest("b")]


def test_a_delivered_directory_is_compared_as_data(tmp_path: Path) -> None:
    folder = delivered(tmp_path)
    (folder / A).write_text(yaml.dump(OBJECTS[0], default_flow_style=True), encoding="utf-8")

    assert compare_directory(tmp_path, OBJECTS) == {}


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[", "a: 1\n---\na: 1\n", "\x00", FILES[B], FILES[A].replace("p", "q"), "[" * 5000],
)
def test_a_changed_file_is_named(text: str, tmp_path: Path) -> None:
    (delivered(tmp_path) / A).write_text(text, encoding="utf-8")

    assert compare_directory(tmp_path, OBJECTS) == {f"1-manifest/{A}": "changed"}


def test_a_number_in_place_of_a_flag_is_a_change(tmp_path: Path) -> None:
    name = file_name(manifest("a"))
    (tmp_path / name).write_text(to_yaml(manifest("a", flag=1)), encoding="utf-8")

    assert compare_directory(tmp_path, [manifest("a", flag=True)]) == {name: "changed"}


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    folder = delivered(tmp_path)
    (folder / A).unlink()
    (folder / "other.yaml").write_text("x", encoding="utf-8")
    (tmp_path / B).write_text(FILES[B], encoding="utf-8")

    assert compare_directory(tmp_path, OBJECTS) == {
        f"1-manifest/{A}": "missing",
        "1-manifest/other.yaml": "foreign",
        B: "foreign",
    }


def test_a_symlink_is_a_change_even_if_it_shows_the_right_object(tmp_path: Path) -> None:
    folder = delivered(tmp_path / "out")
    (folder / A).rename(tmp_path / "elsewhere")
    (folder / A).symlink_to(tmp_path / "elsewhere")

    assert compare_directory(tmp_path / "out", OBJECTS) == {f"1-manifest/{A}": "changed"}


def test_a_directory_that_does_not_exist_misses_everything(tmp_path: Path) -> None:
    assert compare_directory(tmp_path / "gone", OBJECTS) == {
        f"1-manifest/{A}": "missing",
        f"1-manifest/{B}": "missing",
    }


def test_what_hmco_render_wrote_holds_nothing_foreign(tmp_path: Path) -> None:
    write_directory(tmp_path, rendered_files(OBJECTS))
    assert compare_directory(tmp_path, OBJECTS) == {}
    (tmp_path / "1-manifest").mkdir()
    (tmp_path / "1-manifest" / MARKER).touch()
    assert compare_directory(tmp_path, OBJECTS) == {f"1-manifest/{MARKER}": "foreign"}
