"""The picture of the report is of the report as it is now, and a browser can show it."""

from xml.etree import ElementTree as ET

from tests.docs.reportpicture import PICTURE, picture


def test_the_picture_is_what_the_command_writes() -> None:
    committed = PICTURE.read_text(encoding="utf-8")
    assert committed == picture(), "run: python -m tests.docs.reportpicture"
    shown = "".join(ET.fromstring(committed).itertext())  # noqa: S314 -- our own file
    for words in ("By environment", "Landings in prod", "Days from cut to landing"):
        assert words in shown
