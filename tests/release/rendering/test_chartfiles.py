"""The files of a chart out of a tree of Git, and what would never end."""

import pytest

from release.rendering.chartfiles import ChartFilesError, GitTree, wanted_files
from tests.estate.scratch import Scratch
from tests.release.rendering.charts import request


def test_links_that_multiply_the_files_without_end_are_refused(scratch: Scratch) -> None:
    scratch.write({"charts/alpha/Chart.yaml": "name: alpha\n", "charts/alpha/files/l0/f": "x"})
    for level in range(1, 6):
        folder = scratch.path / f"charts/alpha/files/l{level}"
        folder.mkdir()
        for number in range(10):
            (folder / str(number)).symlink_to(f"../l{level - 1}")
    scratch.commit({})
    with pytest.raises(ChartFilesError, match="charts/alpha leads to more than 10000 files"):
        wanted_files(GitTree.of(scratch.repository, "HEAD"), request("alpha"))
