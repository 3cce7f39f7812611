"""The pictures of pull request and comment are of what the product writes now, and whole."""

from xml.etree import ElementTree as ET

import pytest

from tests.docs.pullpictures import PREVIEW, PROMOTION, drawings


@pytest.mark.usefixtures("own_renderings")
def test_the_pictures_are_what_the_command_line_writes_on_github() -> None:
    for path, drawing in drawings().items():
        committed = path.read_text(encoding="utf-8")
        root = ET.fromstring(committed)  # noqa: S314 -- our own file
        # How high it must be, a browser told when this very text was drawn.
        again = "run: python -m tests.docs.pullpictures"
        assert committed == drawing.at(int(root.attrib["height"])), again


def test_the_pictures_show_each_part_to_the_last_line() -> None:
    for path, parts in {
        PROMOTION: ("after the merge", "bit by bit", "Changelog of", "Way back", "Decided on"),
        PREVIEW: ("FAILED", "hmco check", "update", "Plan:", "· run"),
    }.items():
        shown = "".join(ET.parse(path).getroot().itertext())  # noqa: S314 -- our own file
        assert [part for part in parts if part not in shown] == []
