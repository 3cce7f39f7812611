"""A chart of the checkout as Helm loads it: its folder, and sub-charts as folders and archives."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from release.charts import chart_yaml
from release.charts.helm.bundle import Bundle, refusals
from release.charts.helm.ignore import IGNORE_FILE, Ignored, IgnoreError
from release.charts.helm.values import ValuesError, read_values
from release.repository.charttree import CHART_FILE, REQUIREMENTS_FILE, ChartFolder
from release.repository.files import LARGEST_TEXT

VALUES_FILE: Final = "values.yaml"
ARCHIVE: Final = ".tgz"
MOST_BYTES: Final = 100 * 1024 * 1024
"""Helm unpacks no more than this from one archive (loader/archive, MaxDecompressedChartSize)."""

_CHARTS: Final = "charts/"
_READ: Final = (CHART_FILE, REQUIREMENTS_FILE, VALUES_FILE, ARCHIVE)
DEEPEST: Final = 20
MOST_MEMBERS: Final = 10_000
"""Helm bounds the size alone, but an empty file costs time too."""


@dataclass(slots=True)
class Allowance:
    """What the archives of one chart may still hold, however they lie in one another."""

    bytes: int = MOST_BYTES
    files: int = MOST_MEMBERS


class ArchiveError(ValueError):
    """What is no archive, or one that Helm or we do not unpack to its end."""


class LoadError(ValueError):
    """What Helm's loader refuses; `path` is the file or folder in question."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


class _Source(NamedTuple):
    """The files of a chart that Helm's loader sees, by path inside it, and how one is read."""

    origin: str
    paths: frozenset[str]
    data: Callable[[str], bytes | None]
    allowance: Allowance

    def place(self, path: str) -> str:
        """Return where a file stands, for people."""
        return f"{self.origin}/{path}".rstrip("/")


# Each rule goes through all charts: a cache that holds fewer than these would never be hit.
@lru_cache(maxsize=4096)
def load(folder: ChartFolder) -> Bundle:
    """Return the chart of a folder with all its sub-charts; LoadError where Helm loads none."""
    paths = loaded_files(folder)

    def data(path: str) -> bytes | None:
        return folder.tree.source.data(folder.path_of(path)) if path in paths else None

    return _bundle(_Source(folder.path, paths, data, Allowance()), "", 0)


@lru_cache(maxsize=4096)
def loaded_files(folder: ChartFolder) -> frozenset[str]:
    """Return the files of a chart and the charts inside it that `.helmignore` leaves.

    Only the file of the chart that is deployed counts. LoadError for one that Helm refuses.
    """
    try:
        ignored = Ignored(folder.text(IGNORE_FILE) or "")
    except IgnoreError as error:
        raise LoadError(folder.path_of(IGNORE_FILE), str(error)) from error
    inside = (
        path.removeprefix(f"{folder.path}/")
        for each in (folder, *folder.sub_folders)
        for path in map(each.path_of, each.files)
        # What `helm dependency build` left behind and Git ignores never reaches Argo CD.
        if not path.endswith(ARCHIVE) or path in folder.tree.known
    )
    return ignored.kept(inside)


def _archive(place: str, data: bytes, allowance: Allowance) -> _Source:
    try:
        files = dict(unpacked(data, allowance, _READ))
    except ArchiveError as error:
        raise LoadError(place, f"is not an archive that can be unpacked ({error})") from error
    return _Source(place, frozenset(files), files.get, allowance)


class _Unzipped(gzip.GzipFile):
    """What is packed, as far as the allowance reaches: headers too may be of any size."""

    def __init__(self, data: bytes, allowance: Allowance) -> None:
        super().__init__(fileobj=io.BytesIO(data))
        self._allowance = allowance

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._allowance.bytes -= len(data)
        if self._allowance.bytes < 0:
            raise ArchiveError("a chart's archives hold more than Helm unpacks")
        return data


def unpacked(
    data: bytes, allowance: Allowance, read: tuple[str, ...] = ("",)
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive, those whose names do not end so as empty; ArchiveError."""
    import tarfile  # noqa: PLC0415 -- takes long, and few charts hold an archive

    try:
        with (
            _Unzipped(data, allowance) as unzipped,
            tarfile.open(fileobj=unzipped, mode="r|") as archive,
        ):
            for member in archive:
                allowance.files -= 1
                if allowance.files < 0:
                    raise ArchiveError(f"a chart's archives hold more than {MOST_MEMBERS:,} files")
                if member.size > LARGEST_TEXT:
                    raise ArchiveError(f"{member.name} is larger than Helm reads")
                path = member.name.removeprefix("./").partition("/")[2]
                file = archive.extractfile(member) if member.isfile() else None
                if path and file is not None:
                    yield path, file.read() if path.endswith(read) else b""
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ArchiveError(str(error)) from error


def _bundle(source: _Source, root: str, depth: int) -> Bundle:
    place = source.place(root)
    if depth > DEEPEST:
        raise LoadError(place, f"lies more than {DEEPEST} charts deep")
    text = _text(source, root + CHART_FILE)
    if text is None:
        raise LoadError(place, f"holds no {CHART_FILE} that Helm loads")
    chart = chart_yaml.parse(text)
    for reason in refusals(chart):
        raise LoadError(source.place(root + CHART_FILE), reason)
    return Bundle(
        origin=place,
        name=chart.name or "",
        version=chart.version or "",
        type=chart.type or "",
        dependencies=chart_yaml.dependencies_of(text, _text(source, root + REQUIREMENTS_FILE)),
        values=_values(source, root + VALUES_FILE),
        charts=tuple(_sub_charts(source, root, depth)),
    )


def _values(source: _Source, path: str) -> Mapping[str, Any]:
    text = _text(source, path)
    try:
        return {} if text is None else read_values(text)
    except ValuesError as error:
        raise LoadError(source.place(path), str(error)) from error


def _sub_charts(source: _Source, root: str, depth: int) -> Iterator[Bundle]:
    below = root + _CHARTS
    names = {
        path.removeprefix(below).partition("/")[0]
        for path in source.paths
        if path.startswith(below) and not path.endswith(".prov")
    }
    for name in sorted(names):
        if name.startswith(("_", ".")):
            continue
        if name.endswith(ARCHIVE):
            place = source.place(below + name)
            data = source.data(below + name)
            if data is None:
                raise LoadError(place, "is not an archive that can be read")
            yield _bundle(_archive(place, data, source.allowance), "", depth + 1)
        else:
            yield _bundle(source, f"{below}{name}/", depth + 1)


def _text(source: _Source, path: str) -> str | None:
    data = source.data(path)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadError(source.place(path), "is not UTF-8 text") from error
