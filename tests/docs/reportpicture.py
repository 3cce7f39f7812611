"""docs/report.svg: the first page of the HTML report of the demonstration, as a browser shows it.

`python -m tests.docs.reportpicture` draws it anew; a test holds it to the report.
"""

import re
import tempfile
from pathlib import Path
from typing import Final

from demo.builder import build_estate
from demo.environments import ROOT
from tests.docs.drawing import drawn, told

PICTURE: Final = ROOT / "docs" / "report.svg"
_WIDTH: Final = 1000
_HEIGHT: Final = 1500
_DAYS: Final = 90


def picture() -> str:
    """Return the picture: the page's own style and text, cut off below the first screen."""
    with tempfile.TemporaryDirectory() as place:
        estate = build_estate(Path(place) / "repository")
        report = Path(place) / "report.html"
        told(estate, "metrics", "--since", f"{_DAYS}d", "--html", str(report))
        page = report.read_text(encoding="utf-8")
    style, body = re.findall(r"(?s)<style>.*?</style>|(?<=<body>).*(?=</body>)", page)
    title = "The report that hmco metrics --html writes"
    return drawn(title, f"{style}\n{body.strip()}\n", _WIDTH, _HEIGHT)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
