"""Names, versions and reasons that nobody means well with: refused, told safely, nothing done."""

import pytest

from tests.release.cli.driver import Hmco

NAMES = [
    "", " ", ".", "..", "../vault", "vault/..", "vault/../../..", "/etc/passwd", "./vault",
    "vault/",
    "vault\n", "vault\nstorage", "\nvault", "vault\r", "vault\x00", "vault ", " vault", "VAULT",
    "$(id)", "`id`", "${HOME}", "vault;id", "vault|id", "vault&id", "vault>x", "vault'", 'vault"',
    "*", "?", "[v]ault", "{vault}", "~", "%s", "%(chart)s", "{0}", "v\u0430ult", "\uff56ault",
    "vault\u200b", "\u202evault", "vau\u0301lt", "\U0001f4a3", "--", "-vault", "vault=1", "HEAD",
    "refs/tags/vault-1.0.0", "vault-1.0.0", "\x1b[31mvault", "data-platform/charts/trino",
    "x" * 5000, "main", "null", "true", "charts", ".git", "Pulumi.prod.yaml",
]  # fmt: skip


def safe(said: str) -> bool:
    """Tell whether a text can be printed anywhere: no control character but the line ends."""
    return all(line.isprintable() for line in said.splitlines()) and "\x1b" not in said


def one_of(commands: list[tuple[str, ...]], turn: int) -> tuple[str, ...]:
    """Return the command whose turn it is, so that all words together try every command."""
    return commands[turn % len(commands)]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_is_no_chart_is_misuse(reader: Hmco, name: str) -> None:
    commands: list[tuple[str, ...]] = [
        ("promote", "--to", "staging", "--", name),
        ("cut", "--", name, "patch"),
        ("rollback", "--env", "prod", "--", name),
        ("hold", "--env", "prod", "--reason", "x", "--", name),
        ("unhold", "--env", "prod", "--reason", "x", "--", name),
        ("status", "--", name),
        ("history", "--", name),
    ]
    said = reader.refused(*one_of(commands, NAMES.index(name)), code=2)
    assert "is not a chart" in said
    assert safe(said), said


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_is_no_environment_is_misuse(reader: Hmco, name: str) -> None:
    commands: list[tuple[str, ...]] = [
        ("promote", "vault", f"--to={name}"),
        ("promote", "vault", "--to", "prod", f"--from={name}"),
        ("rollback", "vault", f"--env={name}"),
        ("hold", "vault", f"--env={name}", "--reason", "x"),
        ("status", f"--env={name}"),
    ]
    said = reader.refused(*one_of(commands, NAMES.index(name)), code=2)
    assert "is not an environment" in said
    assert safe(said), said


VERSIONS = [
    "", " ", "latest", "V1.4.0", "vv1.4.0", "v 1.4.0", "v1.4", "v1.4.0+b", "v",
    "1", "1.4", "1.4.x", "^1.4.0", "~1.4", ">=1.4.0", "*", "01.4.0",
    "1.04.0", "1.4.00", "1.4.0-01", "1.4.0+build", "1.4.0\n", "1.4.0 ", "1.4.0\x00", "1.4.0;id",
    "$(id)", "../1.4.0", "-1.4.0", "\uff11.4.0", "1.4.0\u200b", "1.4.0-", "1.4.0-a..b", "Minor",
    "1.4.0-" + "a" * 60, "1e3.0.0", "0x1.0.0", "HEAD", "main", "1.4.0\r\nstorage: 9.9.9",
    "1.4.0 # evil", '1.4.0"', "{}", "9" * 5000 + ".0.0",
]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: ascii(version[:40]))
def test_a_version_of_the_wrong_kind_is_misuse(reader: Hmco, version: str) -> None:
    commands: list[tuple[str, ...]] = [
        ("cut", "--", "monitoring", version),
        ("promote", "--to", "staging", "--", "monitoring", version),
        ("promote", "--to", "prod", "--", "monitoring", version),
        ("rollback", "monitoring", "--env", "prod", f"--to={version}"),
    ]
    said = reader.refused(*one_of(commands, VERSIONS.index(version)), code=2)
    assert any(
        reason in said for reason in ("not an exact version", "build metadata", "at most 63")
    )
    assert safe(said), said


REASONS = [
    "", " ", "\n", "a\nb: c", "a\r\nb", "\x1b]0;x\x07", "\x00", "a\u2028b", "\u202eevil",
    "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("words", REASONS, ids=ascii)
def test_a_reason_that_a_file_or_terminal_would_choke_on_is_misuse(
    reader: Hmco, words: str
) -> None:
    commands = [
        ("hold", "vault", "--env", "prod", f"--reason={words}", "--by=Ann"),
        ("unhold", "vault", "--env", "prod", f"--reason={words}"),
    ]
    if words:  # an empty name or reason of a rollback, as workflows hand them over, is none
        commands.append(("hold", "vault", "--env", "prod", "--reason=x", f"--by={words}"))
        commands.append(("rollback", "api-gateway", "--env", "prod", f"--reason={words}"))
    for command in commands:
        assert safe(reader.refused(*command, code=2))


KEPT = [
    "it's", 'say "no"', "a: b", "# not a comment", "{x}", "[y]", "& * ! | >", "%TAG", "@at",
    "- dash",
    "null", "true", "1.10", "2026-01-01", "\u00fcn\u00efc\u00f6de \u65e5\u672c", "back\\slash",
    "$(id)", "`id`", "'; rm -rf / #", "trailing colon:", "x" * 2000, "\U0001f525 fire",
]  # fmt: skip


@pytest.mark.parametrize("words", KEPT, ids=lambda words: ascii(words[:40]))
def test_any_other_reason_is_kept_letter_by_letter(hmco: Hmco, words: str) -> None:
    hmco.done("hold", "vault", "--env", "prod", f"--reason={words}", f"--by={words}")
    hmco.repo.commit("hold")
    held = hmco.answered("status", "status", "vault")["places"][0]["hold"]
    assert (held["reason"], held["by"]) == (words, words)


@pytest.mark.parametrize(
    "note", ["Fixed: ", "", "a\nb", "Fixed: \x1b[31m", "Broken: \n## [9.9.9] - 2026-01-01"]
)
def test_a_note_that_is_no_line_of_text_is_refused(reader: Hmco, note: str) -> None:
    said = reader.refused("cut", "vault", "minor", f"--note={note}")
    assert "is empty or not a single line of text" in said
    assert safe(said)


@pytest.mark.parametrize(
    "args",
    [
        (), ("promote",), ("promote", "vault"), ("promote", "vault", "1.0.0", "x", "--to", "prod"),
        ("rollback", "vault"), ("hold", "vault", "--env", "prod"), ("cut", "vault"), ("nope",),
        ("status", "--nope"), ("history", "vault", "--limit", "0"), ("schema",),
        ("completion", "tcsh"), ("status", "--repo", "/nowhere/at/all"), ("--nope",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_command_line_that_means_nothing_exits_with_two(
    reader: Hmco, args: tuple[str, ...]
) -> None:
    result = reader(*args)
    assert result.code == 2
    assert "Traceback" not in result.err
