"""Generated files are written whole, also after a run that was interrupted."""

from pathlib import Path

import pytest

from release.cli.workflows import write_stale
from release.text.atomic import Change, write_all

WORKFLOW = ".github/workflows/drift.yml"


def test_an_interrupted_write_is_finished_before_the_next(tmp_path: Path) -> None:
    def interrupt(step: str) -> None:
        if step.startswith("rename"):
            raise KeyboardInterrupt

    (tmp_path / ".git").mkdir()
    (tmp_path / WORKFLOW).parent.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path, {Path(WORKFLOW): Change.of_text(None, "old\n")}, on_step=interrupt)

    write_stale(tmp_path, {WORKFLOW: "new\n"})

    assert (tmp_path / WORKFLOW).read_text() == "new\n"
