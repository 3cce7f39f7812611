"""Misuse, in one voice: what was wrong, and what was meant."""

import tomllib

import pytest

from demo.environments import ROOT
from release.cli.version import VERSION
from tests.release.cli.driver import Hmco

SAID = {
    ("statsu",): "No such command 'statsu'. Did you mean 'status'?",
    ("status", "--envv", "prod"): "No such option '--envv'. Did you mean '--env'?",
    ("rollback", "vault", "prod"): "Missing option '--env'; did you mean --env prod?",
    ("rollback", "vault"): "Missing option '--env'; see: hmco rollback --help",
    ("promote", "vault", "prod"): "Missing option '--to' / '--env'; did you mean --to prod?",
    ("history", "vault", "--env", "pord"): "'pord' is not an environment; did you mean prod?",
    ("status", "vualt"): "'vualt' is not a chart; did you mean vault?",
    ("check", "vault"): "unexpected extra argument (vault); did you mean --chart vault?",
    ("rollback", "storage", "1.0.0", "--env", "prod"): "did you mean --to 1.0.0?",
    ("status", "--env", "production"): "'production' is not an environment; did you mean prod?",
    ("status", "data"): "'data' is not a chart; did you mean data-platform?",
    ("status", "VAULT"): "'VAULT' is not a chart; did you mean vault?",
    ("status", "prod"): "'prod' is not a chart; did you mean --env prod?",
    ("history", "prod"): "'prod' is not a chart; did you mean --env prod?",
    ("check", "--chart", "vualt"): "'vualt' is not a chart; did you mean vault?",
    ("check", "--chart", "x"): "'x' is not a chart; the charts are: ",
    ("check", "--rule", "qqq"): "'qqq' is not a rule. docs/rules.md has all of them",
    ("check", "--rule", "PIN-UNTAGED"): "'PIN-UNTAGED' is not a rule. Did you mean pin-untagged?",
    ("render", "--env", "pord"): "'pord' is not an environment; did you mean prod?",
    ("verify", "--env", "x"): "'x' is not an environment; the environments are: dev, staging, prod",
    ("check", "--rule", "pin-untaged"): "'pin-untaged' is not a rule. Did you mean pin-untagged",
    (
        "rollback",
        "vault",
        "--env",
        "prod",
        "--to",
        "V1.0.0",
    ): "'V1.0.0' is not an exact version (MAJOR.MINOR.PATCH[-PRERELEASE], e.g. 1.4.0); "
    "name an exact version",
    ("cut", "vault", "mnior"): "did you mean minor?",
    ("cut", "vault", "huge"): "e.g. 1.4.0); say major, minor or patch, or name one",
    ("history", "--limit", "0"): "'0' is not a whole number above zero, such as 10",
    ("plan", "--explain", "zzz"): "'zzz' is not a flag of a plan. The flags are: crd-version-",
    ("render", "--repository", "--env", "prod"): "leave --env and --out out",
    ("plan", "--replay", "all"): "'all' is not a whole number above zero, such as 10",
    ("history", "--at", "2026-13-40"): "'2026-13-40' is neither a day (YYYY-MM-DD, such as",
    ("metrics", "--since", "a week"): "'a week' is neither a day, such as 2026-12-31, nor a",
    ("promote", "api-gateway", "pach", "--to", "staging"): "did you mean patch?",
    ("promote", "vault", "storage", "v1.1.0", "--to", "prod"): "join them, such as vault@1.1.0",
    ("hold", "vault", "--env", "prod", "--reason", " "): "' ' must be one line of printable text",
    ("plan", "--between", "prod"): "Option '--between' requires 3 arguments; see: hmco plan --help",
    ("schema", "chang"): "'chang' is not one of",
}


@pytest.mark.parametrize("args", SAID, ids=" ".join)
def test_misuse_is_told_in_one_voice_with_what_was_meant(
    reader: Hmco, args: tuple[str, ...]
) -> None:
    said = reader.refused(*args, code=2)
    first, *reasons = said.splitlines()
    assert first == f"hmco {args[0]}: usage error, nothing was changed"
    assert reasons
    assert all(line.startswith("  - ") for line in reasons)
    assert SAID[args] in said


@pytest.mark.parametrize("args", SAID, ids=" ".join)
def test_programs_are_told_the_same(reader: Hmco, args: tuple[str, ...]) -> None:
    if args[0] in {"schema", "statsu"}:
        return
    answer = reader.answered("refusal", *args)
    assert answer["outcome"] == "misused"


def test_the_version_names_program_and_commit(reader: Hmco) -> None:
    assert reader.done("--version").out.startswith(f"hmco {VERSION} (")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


def test_one_option_names_an_environment_everywhere(reader: Hmco) -> None:
    by_env = reader.done("render", "--env", "prod").out
    assert by_env == reader.done("render", "--stack", "prod").out
    assert (
        "data-platform 1.3.0 -> 1.4.0"
        in reader.done("promote", "data-platform", "--env", "prod", "--dry-run").err
    )


@pytest.mark.parametrize(
    "command",
    [
        ("hold", "valt", "--env", "prod", "--reason", " "),
        ("unhold", "valt", "--env", "prod", "--reason", " "),
        ("rollback", "valt", "--env", "prod", "--reason", " x\ty"),
        ("freeze", "--env", "prd", "--until", "2026-06-31", "--reason", "end"),
        ("freeze", "--env", "prd", "--until", "2020-01-01", "--reason", "end"),
        ("unfreeze", "--env", "prd", "--reason", " "),
    ],
    ids=" ".join,
)
def test_an_unknown_name_hides_no_wording(reader: Hmco, command: tuple[str, ...]) -> None:
    said = reader.refused(*command, code=2)
    assert said.count("\n  - ") == 2, said
