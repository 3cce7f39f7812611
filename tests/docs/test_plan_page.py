"""The page about plans shows a real one, and the picture is of that same plan."""

import re
from xml.etree import ElementTree as ET

import pytest

from tests.docs.planpage import PAGE, PICTURE, texts


@pytest.mark.usefixtures("own_renderings")
def test_the_page_and_its_picture_are_what_the_command_prints() -> None:
    for path, text in texts().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m tests.docs.planpage"


def test_the_picture_is_one_that_a_browser_can_show() -> None:
    root = ET.fromstring(PICTURE.read_text(encoding="utf-8"))  # noqa: S314 -- our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "kong:latest" in "".join(root.itertext())


def test_every_link_of_the_page_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    assert targets
    assert [name for name in targets if not (PAGE.parent / name).exists()] == []
