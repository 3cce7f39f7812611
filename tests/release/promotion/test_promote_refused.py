"""What stops a promotion, each with its fact and the next step, and all of it at once."""

from datetime import timedelta
from typing import Any

import pytest

from release.promotion.chartfacts import Tag
from tests.release.promotion.promoting import AHEAD, RAN, STAGED, promote
from tests.release.promotion.situations import (
    FORK,
    NOW,
    PINNED_CHAIN,
    codes,
    facts,
    landed,
    spec,
    told,
)

REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown chart": (
        {"args": ("apl", "staging")},
        "unknown-chart",
        "'apl' is not a chart; did you mean api?",
    ),
    "path as chart": (
        {"args": ("../api", "staging")},
        "unknown-chart",
        "'../api' is not a chart; did you mean api?",
    ),
    "look-alike letter": (
        {"args": ("\u0430pi", "staging")},
        "unknown-chart",
        r"'\u0430pi' is not a chart; did you mean api?",
    ),
    "sub-chart": (
        {"args": ("engine", "staging")},
        "sub-chart",
        "engine is a sub-chart: it runs as part of suite and has no pin of its own; name suite",
    ),
    "unknown environment": (
        {"args": ("api", "production")},
        "unknown-environment",
        "'production' is not an environment; ",
    ),
    "no way": (
        {"args": ("api", "prod"), "source": "dev"},
        "no-way",
        (
            "prod is promoted from staging, not from dev; take each environment in turn: "
            "hmco promote api --to prod --from staging"
        ),
    ),
    "version of another number": (
        {"args": ("api", "prod", "1.2.0"), "pins": AHEAD, "about": RAN},
        "not-running",
        (
            "staging runs api 1.1.0, not 1.2.0; promote what it runs: "
            "hmco promote api --to prod --from staging, or bring 1.2.0 to staging first"
        ),
    ),
    "keyword from a pinned source": (
        {"args": ("api", "prod", "minor"), "pins": AHEAD, "about": RAN},
        "pinned-source",
        (
            "staging is pinned to 1.1.0, and nothing is cut on the way from there; promote what it "
            "runs: hmco promote api --to prod --from staging"
        ),
    ),
    "range": (
        {"args": ("api", "prod", "^1.1.0"), "pins": AHEAD, "about": RAN},
        "version",
        "'^1.1.0' is not an exact version",
    ),
    "soak": (
        {
            "args": ("api", "prod"),
            "pins": AHEAD,
            "about": facts(
                landings={"staging": landed("1.0.0", "1.1.0", at=NOW - timedelta(hours=1))}
            ),
        },
        "soak",
        (
            "staging has run api 1.1.0 since 2026-06-10 11:00 UTC, and its soak time of 24h lasts "
            "another 23 h; promote after 2026-06-11 11:00 UTC"
        ),
    ),
    "soak of a branch": (
        {"args": ("api", "staging"), "about": facts(changed_at=NOW - timedelta(minutes=100))},
        "soak",
        (
            "dev has run api from main since 2026-06-10 10:20 UTC, and its "
            "soak time of 2h lasts another 20 min; promote after 2026-06-10 12:20 UTC"
        ),
    ),
    "not landed": (
        {"args": ("api", "prod"), "pins": AHEAD},
        "not-landed",
        (
            "staging does not have api 1.1.0 on main yet, so its soak has not begun; merge that "
            "change first, then fetch: git fetch origin"
        ),
    ),
    "lower than the target": (
        {
            "args": ("api", "prod"),
            "pins": {("prod", "api"): "1.2.0"},
        },
        "not-higher",
        (
            "prod runs api 1.2.0, which is higher than 1.0.0; to go back there: "
            "hmco rollback api --env prod --to 1.0.0"
        ),
    ),
    "hold on the target": (
        {
            "args": ("api", "staging"),
            "holds": {("staging", "api"): {"reason": "leaks", "by": "Ann", "until": "2026-06-10"}},
        },
        "hold",
        (
            "staging holds api: leaks (by Ann, until 2026-06-10); lift it when that is settled: "
            "hmco unhold api --env staging --reason"
        ),
    ),
    "hold on the source": (
        {
            "args": ("api", "prod"),
            "pins": AHEAD,
            "about": RAN,
            "holds": {("staging", "api"): {"reason": "leaks", "by": "Ann"}},
        },
        "hold",
        "staging holds api: leaks (by Ann); lift it when that is settled: hmco unhold api",
    ),
    "freeze": (
        {
            "args": ("api", "staging"),
            "freezes": {"staging": '{first: "2026-06-10", last: "2026-06-12", reason: audit}'},
        },
        "freeze",
        "staging is frozen from 2026-06-10 to 2026-06-12: audit; promote on 2026-06-13 or later",
    ),
    "changed since the release": (
        {"args": ("api", "staging"), "about": facts(changed_since_release=True)},
        "not-cut",
        (
            "dev runs changes of api that no version holds (Chart.yaml says 1.1.0); say which "
            "version they become (major, minor, patch or an exact one): hmco promote api minor "
            "--to staging"
        ),
    ),
    "released number, changed since": (
        {"args": ("api", "staging", "1.1.0"), "about": facts(changed_since_release=True)},
        "not-cut",
        "dev runs changes of api that no version holds",
    ),
    "earlier version": (
        {
            "args": ("api", "staging", "1.0.5"),
            "about": facts(tags={v: Tag(v) for v in ("1.0.0", "1.0.5", "1.1.0")}),
        },
        "not-running",
        "dev runs api 1.1.0, not 1.0.5; promote what it runs",
    ),
    "earlier version, changed since": (
        {
            "args": ("api", "staging", "1.0.5"),
            "about": facts(
                tags={v: Tag(v) for v in ("1.0.0", "1.0.5", "1.1.0")}, changed_since_release=True
            ),
        },
        "not-running",
        "dev runs api 1.1.0 and changes made since, not 1.0.5; promote what it runs",
    ),
    "lower than Chart.yaml, nothing changed": (
        {"args": ("api", "staging", "1.0.9"), "about": facts(unreleased=True)},
        "not-higher",
        "1.0.9 is not higher than 1.1.0, which Chart.yaml of api states",
    ),
    "nothing to cut": (
        {"args": ("api", "staging", "patch")},
        "nothing-new",
        "nothing changed in api since 1.1.0, so there is nothing to cut; promote 1.1.0",
    ),
    "nothing to say": (
        {"args": ("api", "staging", "patch"), "about": facts(changed_since_release=True)},
        "silent",
        "the changelog of api has nothing to say",
    ),
    "nothing to cut, and there already": (
        {"args": ("api", "staging", "patch"), "pins": {("staging", "api"): "1.1.0"}},
        "nothing-new",
        "there is nothing to cut; staging already runs that, so land a change first",
    ),
    "keyword from a pin that the target has": (
        {"args": ("api", "prod", "minor")},
        "pinned-source",
        (
            "staging is pinned to 1.0.0, and nothing is cut on the way from there; bring a new "
            "version to staging first: hmco promote api minor --to staging"
        ),
    ),
    "version that neither runs": (
        {"args": ("api", "prod", "1.2.0")},
        "not-running",
        "staging runs api 1.0.0, not 1.2.0; bring 1.2.0 to staging first",
    ),
    "version below the pin, which the source does not run": (
        {
            "args": ("api", "prod", "1.0.0"),
            "pins": {**AHEAD, ("prod", "api"): "1.0.5"},
            "about": RAN,
        },
        "not-higher",
        (
            "prod runs api 1.0.5, which is higher than 1.0.0; to go back there: "
            "hmco rollback api --env prod --to 1.0.0"
        ),
    ),
    "lower than Chart.yaml": (
        {
            "args": ("api", "staging", "1.0.9"),
            "about": facts(changed_since_release=True, unreleased=True),
        },
        "not-higher",
        "1.0.9 is not higher than 1.1.0, which Chart.yaml of api states",
    ),
    "untagged": (
        {"args": ("api", "staging"), "about": facts(tags={"1.0.0": Tag("1.0.0")})},
        "release-untagged",
        (
            "api 1.1.0 was cut, but there is no tag api-1.1.0 here; fetch it: git fetch --tags; "
            "if nobody has it, set it: git tag -a api-1.1.0 -m 'api 1.1.0' abcdef123456 && git "
            "push origin api-1.1.0"
        ),
    ),
    "pin without tag": (
        {
            "args": ("api", "prod"),
            "pins": AHEAD,
            "about": facts(tags={"1.0.0": Tag("1.0.0")}, landings=STAGED),
        },
        "pin-untagged",
        "api 1.1.0 was cut, but there is no tag api-1.1.0 here",
    ),
    "tag of something else": (
        {
            "args": ("api", "staging"),
            "about": facts(tags={"1.0.0": Tag("1.0.0"), "1.1.0": Tag("1.0.9")}),
        },
        "wrong-tag",
        "at tag api-1.1.0 Chart.yaml says api 1.0.9; cut a new version with the right tag",
    ),
    "checkout is not the trunk": (
        {"args": ("api", "staging"), "about": facts(differs_from_trunk=True)},
        "not-the-trunk",
        (
            "the folder of api differs here from main, which dev runs; land the change first, or "
            "start from the trunk: git switch --detach origin/main"
        ),
    ),
    "several sources": (
        {"args": ("api", "west"), "specs": FORK},
        "which-source",
        (
            "west is promoted from several environments: staging, prod; name one: "
            "hmco promote api --to west --from staging"
        ),
    ),
    "a source that never had it": (
        {
            "args": ("api", "west"),
            "specs": FORK,
            "pins": AHEAD,
            "source": "staging",
            "about": RAN,
        },
        "skipped-source",
        (
            "prod never ran api 1.1.0, and west is promoted from it too; bring it there first: "
            "hmco promote api 1.1.0 --to prod"
        ),
    ),
    "root that follows the branch": (
        {"args": ("api", "dev")},
        "follows-branch",
        "dev follows main: what lands there runs there",
    ),
    "from somewhere into a root": (
        {"args": ("api", "dev"), "source": "staging", "specs": PINNED_CHAIN},
        "no-way",
        "dev is promoted from the trunk alone, not from staging; leave --from out",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_promotion_is_refused_with_the_fact_and_the_next_step(case: str) -> None:
    given, code, sentence = REFUSALS[case]
    options = dict(given)
    decision = promote(*options.pop("args"), **options)
    assert codes(decision) == (code,), told(decision)
    assert sentence in told(decision)
    assert len(told(decision).splitlines()) == 1


def test_everything_that_blocks_is_told_at_once() -> None:
    decision = promote(
        "api",
        "prod",
        pins=AHEAD,
        holds={("prod", "api"): {"reason": "leaks", "by": "Ann"}},
        freezes={"prod": '{first: "2026-06-10", last: "2026-06-12", reason: audit}'},
        about=facts(tags={}, landings={"staging": landed("1.1.0", at=NOW)}),
    )
    assert codes(decision) == ("pin-untagged", "hold", "freeze", "soak")


def test_a_chart_that_the_target_does_not_run_is_refused_with_what_it_runs() -> None:
    specs = (*PINNED_CHAIN[:2], _without_web())
    decision = promote("web", "prod", specs=specs)
    assert codes(decision) == ("not-deployed",)
    assert "prod does not run web (it runs: api, suite); to deploy it there, add" in told(decision)


def test_a_source_that_does_not_run_the_chart_is_refused() -> None:
    specs = (*PINNED_CHAIN[:1], _without_web("staging", "dev"), PINNED_CHAIN[2])
    decision = promote("web", "prod", specs=specs)
    assert codes(decision) == ("not-deployed",)
    assert (
        "to move it in prod alone, cut a version (hmco cut web minor) and pin it in "
        "Pulumi.prod.yaml by hand, in a reviewed pull request"
    ) in told(decision)


def test_a_chart_that_neither_source_nor_target_runs_is_refused_for_both() -> None:
    specs = (*PINNED_CHAIN[:1], _without_web("staging", "dev"), _without_web())
    decision = promote("web", "prod", specs=specs)
    assert codes(decision) == ("not-deployed", "not-deployed")
    assert "by hand" not in told(decision)


def _without_web(name: str = "prod", source: str = "staging") -> Any:
    return spec(name, [source], charts=("api", "suite"))
