"""Whether a chart asks the clock or chance, read from files that anybody may have written."""

import io
import tarfile

from release.rendering.volatile import may_vary


def test_an_archive_whose_packed_bytes_are_spoilt_counts_as_one_that_varies() -> None:
    packed = io.BytesIO()
    text = " ".join(map(str, range(100_000))).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("ui/values.yaml")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    spoilt = bytearray(packed.getvalue())
    middle = len(spoilt) // 2
    spoilt[middle : middle + 64] = b"\xff" * 64
    assert may_vary("charts/ui-1.0.0.tgz", bytes(spoilt))
    assert not may_vary("charts/ui-1.0.0.tgz", packed.getvalue())
