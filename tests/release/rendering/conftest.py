"""Charts as fixtures."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.estate.scratch import Scratch
from tests.release.rendering.charts import Charts, chart_files, renderer

Write = Callable[[str, Mapping[str, str]], Charts]


@pytest.fixture
def write_chart(scratch: Scratch, tmp_path: Path) -> Write:
    """Return a function that commits a chart and gives the repository of all charts so far."""
    charts = Charts(scratch.path, renderer(tmp_path / "cache"))

    def write(name: str, files: Mapping[str, str]) -> Charts:
        scratch.commit(chart_files(name, files))
        return charts

    return write
