"""Every command that the product's own texts name, found in its source."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo.environments import ROOT

_PROGRAMS: Final = "argocd|curl|gh|git|helm|hmco|kubectl|make|mv|pip|pulumi|rm"
_BEGIN: Final = re.compile(rf"(?<![\w./:=-])(?<!git )(?<!-n )({_PROGRAMS}) (?=[a-z-])")
_END: Final = re.compile(r"\n|`|;|, |\.$|\. | \(|\)| && |  #| > |'\\")
_DEEP: Final = frozenset({"argocd app", "helm dependency", "helm repo"})
_DEEPER: Final = frozenset({"git bisect", "git remote", "git sparse-checkout", "pulumi stack"})
_PROSE: Final = frozenset({"hmco did"})
_WRITTEN_BY_US: Final = ("release/github/workflows/",)
"""What a machine runs: the workflow tests run it."""


@dataclass(frozen=True, slots=True, order=True)
class Advice:
    """One command as a text of the product names it; `{}` stands for what is filled in."""

    place: str
    text: str

    @property
    def form(self) -> str:
        """The program, what it is to do, and its options: what one test shows to work."""
        words = re.sub(r" -n \{\}| -n argocd", "", self.text).split()
        start = " ".join(words[:2])
        depth = 3 if start in _DEEP | _DEEPER else 2
        named = [word for word in words[:depth] if not word.startswith("-")]
        options = sorted({word.split("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)})
        return " ".join([*named, *options])


def advice(git: str = "git") -> Iterator[Advice]:
    """Yield every command of every text, without what documents the code itself.

    `git` is put where a text calls it for a checkout that may be another than we stand in.
    """
    places = (ROOT / part for part in ("release", "tools", "components"))
    for path in sorted(
        (*(p for place in places for p in place.rglob("*.py")), ROOT / "__main__.py")
    ):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(_WRITTEN_BY_US):
            continue
        for line, text in _texts(ast.parse(path.read_text(encoding="utf-8")), git):
            for match in _BEGIN.finditer(text):
                command = text[match.start() :]
                end = _END.search(command)
                said = (command[: end.start()] if end else command).strip()
                if _is_command(said):
                    yield Advice(f"{name}:{line}", said)


def _texts(tree: ast.Module, git: str) -> Iterator[tuple[int, str]]:
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    inside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_part(each, git) for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value.replace("{git}", git)


def _part(part: ast.expr, git: str) -> str:
    if isinstance(part, ast.FormattedValue):
        filled = ast.unparse(part.value)
        return git if filled.rpartition(".")[2] == "git" else "{}"
    return str(part.value) if isinstance(part, ast.Constant) else "{}"


def _is_command(said: str) -> bool:
    program, word, *_ = said.split()
    if program == "git":
        known = subprocess.run(
            ("git", "--list-cmds=main"), check=True, capture_output=True, text=True
        )
        return word in known.stdout.split()
    if program == "make":
        return re.search(rf"(?m)^{re.escape(word)}:", (ROOT / "Makefile").read_text()) is not None
    return f"{program} {word}" not in _PROSE
