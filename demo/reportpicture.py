"""docs/report.svg: the first page of the HTML report of the demonstration, as a browser shows it.

`python -m demo.reportpicture` draws it anew; a test holds it to the report.
"""

import contextlib
import io
import re
import tempfile
from pathlib import Path
from typing import Final

from demo.builder import build_estate
from release.cli.main import main

PICTURE: Final = Path(__file__).resolve().parents[1] / "docs" / "report.svg"
_WIDTH: Final = 1000
_HEIGHT: Final = 1500
_DAYS: Final = 90


def picture() -> str:
    """Return the picture: the page's own style and text, cut off below the first screen."""
    with tempfile.TemporaryDirectory() as place:
        estate = build_estate(Path(place) / "repository")
        report = Path(place) / "report.html"
        arguments = ["metrics", "--since", f"{_DAYS}d", "--html", str(report)]
        with contextlib.chdir(estate.path), contextlib.redirect_stdout(io.StringIO()):
            code = main(arguments, clock=lambda: estate.until)
        if code:
            msg = f"hmco metrics ended with {code}"
            raise RuntimeError(msg)
        page = report.read_text(encoding="utf-8")
    style, body = re.findall(r"(?s)<style>.*?</style>|(?<=<body>).*(?=</body>)", page)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">\n'
        "<title>The report that hmco metrics --html writes</title>\n"
        '<foreignObject width="100%" height="100%">\n'
        f'<body xmlns="http://www.w3.org/1999/xhtml">{style}\n{body.strip()}\n</body>\n'
        "</foreignObject>\n</svg>\n"
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
