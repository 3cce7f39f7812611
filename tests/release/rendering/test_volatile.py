"""Whether a chart asks the clock or chance, read from files that anybody may have written."""

import gzip
import io
import tarfile

import pytest

from release.rendering.volatile import what_varies
from release.repository.bundles import DEEPEST, MOST_BYTES, MOST_MEMBERS
from release.repository.files import LARGEST_TEXT


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def varies(*archives: bytes) -> bool:
    found = what_varies((f"charts/ui-{number}.tgz", data) for number, data in enumerate(archives))
    assert len({*found}) == 1, "what cannot be read asks for everything"
    return found[0]


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_archive_of_more_files_than_any_chart_has_is_not_read_to_its_end(beyond: int) -> None:
    made = archive(*((f"ui/{number}", b"") for number in range(MOST_MEMBERS + beyond)))
    assert varies(made) is bool(beyond)


@pytest.mark.parametrize("beyond", [0, 1])
def test_archives_inside_archives_are_read_as_deep_as_charts_lie(beyond: int) -> None:
    made = archive()
    for _ in range(DEEPEST + beyond):
        made = archive(("ui/charts/ui-1.0.0.tgz", made))
    assert varies(made) is bool(beyond)


def test_an_archive_whose_packed_bytes_are_spoilt_counts_as_one_that_varies() -> None:
    packed = archive(("ui/values.yaml", " ".join(map(str, range(100_000))).encode()))
    spoilt = bytearray(packed)
    middle = len(spoilt) // 2
    spoilt[middle : middle + 64] = b"\xff" * 64
    assert varies(bytes(spoilt))
    assert not varies(packed)


def test_archives_that_multiply_one_another_are_not_all_read() -> None:
    made = archive(("ui/values.yaml", b""))
    for _ in range(4):
        made = archive(*((f"ui/charts/{number}.tgz", made) for number in range(10)))
    assert varies(made)


@pytest.mark.parametrize("count", [1, 2])
def test_all_archives_of_a_chart_share_what_one_may_hold(count: int) -> None:
    beyond_half = MOST_BYTES // LARGEST_TEXT // 2 + 1
    made = archive(*((f"ui/{number}", bytes(LARGEST_TEXT)) for number in range(beyond_half)))
    assert varies(*[made] * count) is (count > 1)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_name_in_an_archive_is_no_longer_than_what_may_be_unpacked(beyond: int) -> None:
    name = tarfile.TarInfo("ui/a")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, MOST_BYTES * beyond + 512
    made = name.tobuf() + b"x" * name.size + tarfile.TarInfo("ui/a").tobuf() + bytes(1024)
    assert varies(gzip.compress(made, 1)) is bool(beyond)
