"""Pages as SVGs whose text stays text, for a browser to draw: Markdown as GitHub shows it."""

import contextlib
import io
import re
from html import escape
from typing import Final

from markdown_it import MarkdownIt

from demo.repository import EstateRepo
from release.cli.main import main

_STYLE: Final = """\
body{margin:0;font:14px/1.5 -apple-system,"Segoe UI",Helvetica,Arial,sans-serif;color:#1f2328;\
background:#fff}article{padding:16px;border:1px solid #d0d7de;border-radius:6px}\
h3{margin:0 0 8px;font-size:18px}h4{margin:16px 0 4px;font-size:15px}p{margin:0 0 8px}\
table{border-collapse:collapse;margin:8px 0}td,th{border:1px solid #d0d7de;padding:4px 10px;\
text-align:left}ul{margin:4px 0;padding-left:22px}summary{margin:4px 0}pre{background:#f6f8fa;\
padding:8px;border-radius:6px;margin:4px 0;font:12px/1.45 ui-monospace,Menlo,Consolas,monospace}\
.a{color:#116329}.r{color:#82071e}.p{color:#0550ae}\
h2{margin:0 0 8px;font-size:20px}header{background:#f6f8fa;border:1px solid #d0d7de;\
border-bottom:0;border-radius:6px 6px 0 0;padding:8px 16px}\
header+article{border-radius:0 0 6px 6px}\
code{font:12px ui-monospace,Menlo,Consolas,monospace}"""
_LINE: Final = 14
WIDTH: Final = 920


def picture(title: str, markdown: str, header: str = "", height: int = 0) -> str:
    """Return the Markdown as a browser shows it, unfolded and below a header.

    Without a height it gets one that is enough where no line is wrapped.
    """
    parser = MarkdownIt("commonmark", {"html": True, "xhtmlOut": True}).enable("table")
    html = re.sub(r"<!--.*?-->", "", str(parser.render(markdown)))
    html = html.replace("<details>", '<details open="open">').replace("<li>[ ] ", "<li>☐ ")
    html = re.sub(r'(?s)<pre><code class="language-diff">(.*?)</code></pre>', _coloured, html)
    height = height or _LINE * (html.count("\n") + 6 * html.count("<details") + 4)
    above = f"<header>{escape(header)}</header>" if header else ""
    body = f"<style>{_STYLE}</style>{above}<article>\n{html}</article>"
    return drawn(title, body, WIDTH, height)


def drawn(title: str, body: str, width: int, height: int) -> str:
    """Return an SVG that shows the inside of a page's body."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\n'
        f"<title>{escape(title)}</title>\n"
        '<foreignObject width="100%" height="100%">\n'
        f'<body xmlns="http://www.w3.org/1999/xhtml">{body}</body>\n</foreignObject>\n</svg>\n'
    )


def told(estate: EstateRepo, *command: str) -> str:
    """Return what hmco prints in the estate, at its own time; RuntimeError where that fails."""
    said = io.StringIO()
    with contextlib.chdir(estate.path), contextlib.redirect_stdout(said):
        code = main(command, clock=lambda: estate.until)
    if code:
        raise RuntimeError(f"hmco {command[0]} ended with {code}")
    return said.getvalue()


def _coloured(match: re.Match[str]) -> str:
    styles = {"+": "a", "-": "r", "@": "p"}
    lines = match[1].rstrip("\n").split("\n")
    return (
        "<pre>"
        + "\n".join(
            f'<span class="{styles[line[:1]]}">{line}</span>' if line[:1] in styles else line
            for line in lines
        )
        + "</pre>"
    )
