"""The table of versions holds exact versions of charts that the registry knows, or the branch."""

import pytest

from release.settings.problems import SettingsError
from tests.builders import MANUAL, Overrides, chart, environment, registry, settings

WRONG_VERSIONS = {
    "two-parts": ("1.10", "'1.10' is not an exact version"),
    "quoted-two-parts": ('"1.10"', "'1.10' is not an exact version"),
    "date": ("2026-11-22", "'2026-11-22' is not an exact version"),
    "caret-range": ("^1.0.0", "'^1.0.0' is not an exact version"),
    "tilde-range": ('"~1.0"', "'~1.0' is not an exact version"),
    "wildcard": ("1.x", "'1.x' is not an exact version"),
    "star": ('"*"', "'*' is not an exact version"),
    "comparison": ('">=1.0.0"', "'>=1.0.0' is not an exact version"),
    "prefix": ("v1.0.0", "; write 1.0.0"),
    "leading-zero": ("01.0.0", "'01.0.0' is not an exact version"),
    "leading-zero-in-prerelease": ("1.0.0-01", "'1.0.0-01' is not an exact version"),
    "latest": ("latest", "'latest' is not an exact version"),
    "other-branch": ("develop", "; or write 'main' to follow the branch"),
    "build-metadata": ("1.0.0+b1", "carries build metadata; write '1.0.0'"),
    "line-end": ('"1.0.0\\n"', "; write 1.0.0"),
    "outer-space": ('" 1.0.0"', "; write 1.0.0"),
    "full-width-digits": ("\uff11.0.0", "is not an exact version"),
    "arabic-digits": ("1.\u0663.0", "is not an exact version"),
    "long": (f"1.0.0-{'a' * 80}", "is 86 characters long; a version is at most 63"),
    "thousands-of-digits": (f"{'9' * 5000}.0.0", "... is not an exact version"),
    "final-hyphen": ("1.0.0-rc-", "ends with a hyphen, which a Kubernetes label may not"),
    "shell": ('"1.0.0; rm -rf /"', "is not an exact version"),
    "commit": ("a" * 40, "is not an exact version"),
    "tag-ref": ("refs/tags/alpha-1.0.0", "is not an exact version"),
    "empty": ('""', "'' is not an exact version"),
    "nothing": ("null", "is empty"),
    "number": ("1", "found 1"),
    "list": ("[1.0.0]", 'found ["1.0.0"]'),
}


@pytest.mark.parametrize(("raw", "words"), WRONG_VERSIONS.values(), ids=WRONG_VERSIONS)
def test_what_is_no_exact_version_is_refused(raw: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        environment({"versions.alpha": raw})

    (problem,) = refusal.value.problems
    assert (problem.line, problem.key) == (20, "versions.alpha")
    assert words in problem.message
    assert len(problem.message) < 300


def test_a_pinned_environment_refuses_a_branch() -> None:
    with pytest.raises(SettingsError, match=r"only an environment whose source\.branch"):
        environment(MANUAL | {"versions.beta": "main"})


WRONG_BRANCHES = {
    "version": ("1.0.0", "looks like a version"),
    "short-commit": ("deadbee", "takes it for a commit"),
    "commit": ("a" * 40, "takes it for a commit"),
    "any-version": ("x", "a range of versions"),
    "prefixed-any-version": ("vx", "a range of versions"),
    "any-prerelease": ("x-1.0.0", "a range of versions"),
    "any-patch": ("xX.x", "a range of versions"),
    "prefixed-version": ("v1", "a range of versions"),
    "head": ("HEAD", "write the branch's name"),
    "latest": ("latest", "write the branch's name"),
    "two-dots": ("a..b", "write the branch's name"),
    "lock-file": ("a.lock", "write the branch's name"),
    "slash": ("feature/a", "that a label can hold"),
    "long": ("a" * 64, "at most 63"),
    "final-dot": ("a.", "that a label can hold"),
    "option": ("--upload-pack=x", "that a label can hold"),
}


@pytest.mark.parametrize(("branch", "words"), WRONG_BRANCHES.values(), ids=WRONG_BRANCHES)
def test_a_branch_that_argo_cd_reads_otherwise_is_refused(branch: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        environment({"source.branch": f'"{branch}"', "versions.beta": "1.0.0"})

    (problem, *more) = refusal.value.problems
    assert problem.key == "source.branch"
    assert any(words in found.message for found in (problem, *more))


@pytest.mark.parametrize("branch", ["main", "release-2", "Trunk_1", "a", "xylophone", "v", "next"])
def test_an_ordinary_branch_is_followed(branch: str) -> None:
    found = settings({"source.branch": f'"{branch}"', "versions.beta": f'"{branch}"'})

    assert found.follows_branch("beta")


CHARTS = registry(chart(), chart("beta"), chart("young", first_version="2.0.0"))


def refused(overrides: Overrides) -> str:
    with pytest.raises(SettingsError) as refusal:
        environment(overrides, charts=CHARTS)
    (problem,) = refusal.value.problems
    return str(problem)


def test_an_unknown_chart_is_refused_with_the_nearest_name() -> None:
    found = refused({"versions.alhpa": "1.0.0"})

    assert "versions.alhpa: is not a chart of the registry; did you mean alpha?" in found
    assert "charts: alpha, beta, young" in found


@pytest.mark.parametrize("name", ["../alpha", "alpha/beta", "$(id)", "\u0430lpha", "alpha\u200b"])
def test_a_name_that_is_no_chart_is_refused(name: str) -> None:
    assert "is not a chart of the registry" in refused({"versions": f'{{"{name}": 1.0.0}}'})


def test_a_version_below_the_first_stable_one_is_refused() -> None:
    said = refused({"versions.young": "1.9.9"})
    assert "1.9.9 is older than 2.0.0" in said
    assert 'its record says first_version="1.9.9"' in said


def test_a_prerelease_of_the_first_stable_version_is_refused() -> None:
    assert "2.0.0-rc.1 is older than 2.0.0" in refused({"versions.young": "2.0.0-rc.1"})


def test_a_hold_on_a_chart_that_is_not_deployed_is_refused() -> None:
    found = refused({"holds.young": "{reason: r, by: b}"})

    assert "holds.young: is held but not deployed here; remove the hold" in found
