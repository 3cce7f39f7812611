"""Whether a chart asks the clock or chance, read from files that anybody may have written."""

import io
import tarfile

import pytest

from release.rendering.volatile import may_vary
from release.repository.bundles import DEEPEST, MOST_MEMBERS


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_archive_of_more_files_than_any_chart_has_is_not_read_to_its_end(beyond: int) -> None:
    made = archive(*((f"ui/{number}", b"") for number in range(MOST_MEMBERS + beyond)))
    assert may_vary("charts/ui-1.0.0.tgz", made) is bool(beyond)


@pytest.mark.parametrize("beyond", [0, 1])
def test_archives_inside_archives_are_read_as_deep_as_charts_lie(beyond: int) -> None:
    made = archive()
    for _ in range(DEEPEST + beyond):
        made = archive(("ui/charts/ui-1.0.0.tgz", made))
    assert may_vary("charts/ui-1.0.0.tgz", made) is bool(beyond)


def test_an_archive_whose_packed_bytes_are_spoilt_counts_as_one_that_varies() -> None:
    packed = archive(("ui/values.yaml", " ".join(map(str, range(100_000))).encode()))
    spoilt = bytearray(packed)
    middle = len(spoilt) // 2
    spoilt[middle : middle + 64] = b"\xff" * 64
    assert may_vary("charts/ui-1.0.0.tgz", bytes(spoilt))
    assert not may_vary("charts/ui-1.0.0.tgz", packed)
