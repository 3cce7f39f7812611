from datetime import timedelta
from typing import Any

import pytest

from release.promotion.changelognotes import Message
from release.promotion.chartfacts import Tag
from release.promotion.decision import CutVersion, SetPin
from tests.release.promotion.promoting import AHEAD, RAN, STAGED, promote
from tests.release.promotion.situations import (
    FORK,
    NOW,
    PINNED_CHAIN,
    codes,
    facts,
    landed,
    planned,
    spec,
    told,
)


def test_a_released_version_moves_from_dev_to_staging_by_one_pin() -> None:
    plan = planned(promote("api", "staging"))
    assert plan.edits == (SetPin("staging", "api", "1.1.0"),)
    assert (plan.before, plan.after, plan.source) == ("1.0.0", "1.1.0", "dev")


def test_what_staging_pins_moves_to_prod_whatever_the_chart_says_by_now() -> None:
    about = facts(version="1.2.0", changed_since_release=True, landings=STAGED)
    plan = planned(promote("api", "prod", pins=AHEAD, about=about))
    assert plan.edits == (SetPin("prod", "api", "1.1.0"),)


def test_what_dev_runs_unreleased_is_cut_in_the_same_change() -> None:
    about = facts(changed_since_release=True, unreleased=True)
    plan = planned(promote("api", "staging", "minor", about=about))
    assert plan.edits == (
        CutVersion("api", "1.1.0", "1.2.0", "2026-06-10"),
        SetPin("staging", "api", "1.2.0"),
    )


def test_a_version_that_only_chart_yaml_states_is_cut_under_its_own_number() -> None:
    about = facts(version="1.1.0", tags={}, sections=frozenset(), unreleased=True)
    plan = planned(promote("api", "staging", "1.1.0", about=about))
    assert plan.edits[0] == CutVersion("api", "1.1.0", "1.1.0", "2026-06-10")


def test_the_commits_speak_where_unreleased_says_nothing() -> None:
    about = facts(
        changed_since_release=True,
        commits=(Message("feat: autoscaler (#12)"), Message("docs: typo")),
    )
    plan = planned(promote("api", "staging", "minor", about=about))
    cut = plan.edits[0]
    assert isinstance(cut, CutVersion)
    assert cut.notes == (("Added", "Autoscaler"),)


@pytest.mark.parametrize("version", [None, "1.1.0"])
def test_promoting_what_is_there_already_changes_nothing(version: str | None) -> None:
    plan = planned(promote("api", "staging", version, pins=AHEAD))
    assert plan.done_already
    assert "api 1.1.0 is already in staging" in plan.summary


def test_what_is_there_already_is_no_refusal_even_under_hold_and_freeze() -> None:
    plan = promote(
        "api",
        "staging",
        "1.1.0",
        pins=AHEAD,
        holds={("staging", "api"): {"reason": "incident", "by": "Ann"}},
        freezes={"staging": '{first: "2026-06-01", last: "2026-06-30", reason: audit}'},
    )
    assert planned(plan).done_already


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
    assert codes(promote("web", "prod", specs=specs)) == ("not-deployed",)


def _without_web(name: str = "prod", source: str = "staging") -> Any:
    return spec(name, [source], charts=("api", "suite"))


LEFT = facts(landings={**STAGED, "prod": landed("1.0.0", "1.1.0", "1.0.0")})


@pytest.mark.parametrize(
    ("version", "again"), [(None, None), ("1.1.0", None), (None, "the disk was full")]
)
def test_a_version_that_was_rolled_back_from_returns_only_named_and_meant(
    version: str | None, again: str | None
) -> None:
    decision = promote("api", "prod", version, pins=AHEAD, about=LEFT, again=again)
    assert codes(decision) == ("rolled-back",)
    assert "prod was rolled back from api 1.1.0" in told(decision)
    assert 'hmco promote api 1.1.0 --to prod --again "…"' in told(decision)


def test_a_version_that_is_named_and_meant_returns_and_the_reason_is_kept() -> None:
    decision = promote("api", "prod", "1.1.0", pins=AHEAD, about=LEFT, again="the disk was full")
    plan = planned(decision)
    assert (plan.after, plan.reason) == ("1.1.0", "the disk was full")


@pytest.mark.parametrize("again", ["", " ", "two\nlines"])
def test_a_return_gives_its_reason_on_one_line(again: str) -> None:
    decision = promote("api", "prod", "1.1.0", pins=AHEAD, about=LEFT, again=again)
    assert codes(decision) == ("wording",)


def test_a_landing_dated_in_the_future_lends_no_soak_of_months() -> None:
    tomorrow = facts(landings={**STAGED, "staging": landed("1.1.0", at=NOW + timedelta(days=90))})
    decision = promote("api", "prod", pins=AHEAD, about=tomorrow)
    assert codes(decision) == ("soak",)
    assert "by a commit that is dated 2026-09-08 12:00 UTC, in the future" in told(decision)
    assert "promote after 2026-09-09 12:00 UTC" in told(decision)


def test_a_landing_without_a_merge_is_told_for_what_its_soak_is_worth() -> None:
    plan = planned(promote("api", "prod", pins=AHEAD, about=facts(landings=STAGED, pushed=True)))
    (remark,) = plan.remarks
    assert remark.startswith("no merge brought api to main, so its soak in staging is counted from")


@pytest.mark.parametrize("version", [None, "1.1.0"])
def test_a_version_without_changelog_that_lacks_its_tag_gets_the_tag_and_no_new_number(
    version: str | None,
) -> None:
    about = facts(tags={}, has_changelog=False, sections=frozenset(), cut_in={"1.1.0": "c" * 40})
    assert "set it: git tag -a api-1.1.0" in told(promote("api", "staging", version, about=about))


def test_a_version_that_nobody_cut_yet_is_the_one_that_is_advised() -> None:
    about = facts(tags={}, sections=frozenset(), unreleased=True)
    said = told(promote("api", "staging", about=about))
    assert "hmco promote api 1.1.0 --to staging" in said
    assert planned(promote("api", "staging", "1.1.0", about=about)).cut


def test_a_cut_that_has_not_landed_is_landed_before_anybody_looks_for_its_tag() -> None:
    about = facts(tags={}, sections=frozenset({"1.1.0"}), cut_in={}, remote="origin")
    said = told(promote("api", "staging", about=about))
    assert "was cut in this checkout alone" in said
    assert "land it first" in said
    assert "git tag" not in said
