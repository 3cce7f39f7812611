"""Several charts promoted by one command: one change of one file, or none at all."""

from pathlib import Path

import pytest

from tests.release.cli.driver import Hmco, changed, changed_lines, snapshot

BOTH = ("promote", "data-platform", "monitoring", "--to", "prod")


def versions(hmco: Hmco) -> dict[str, tuple[str, str]]:
    """Return what each promotion alone would move, by chart."""
    answers = [hmco.answered("change", *BOTH[:1], chart, *BOTH[3:], "--dry-run")
               for chart in BOTH[1:3]]  # fmt: skip
    return {answer["chart"]: (answer["before"], answer["after"]) for answer in answers}


def test_several_charts_change_one_line_each_of_one_file(hmco: Hmco) -> None:
    alone, before = versions(hmco), snapshot(hmco.repo.path)
    (one, one_to), (two, two_to) = alone["data-platform"], alone["monitoring"]
    told = hmco.done(*BOTH).out
    assert changed(before, snapshot(hmco.repo.path)) == ["Pulumi.prod.yaml"]
    assert sorted(changed_lines(hmco.repo)) == sorted([
        f"-    data-platform: {one}", f"+    data-platform: {one_to}",
        f"-    monitoring: {two}", f"+    monitoring: {two_to}",
    ])  # fmt: skip
    branch = f"promote/data-platform-{one_to}-and-monitoring-{two_to}-to-prod"
    assert f"git switch -c {branch}" in told
    assert told.count("git commit") == 1
    assert "with the labels promotion, prod, data-platform, monitoring" in told
    assert "argocd app sync data-platform-prod monitoring-prod" in told


def test_the_steps_told_make_one_commit_that_names_every_move(hmco: Hmco) -> None:
    alone = versions(hmco)
    answer = hmco.answered("change", *BOTH)
    said = "\n".join(answer["commit"].values())
    for chart, (before, after) in alone.items():
        assert f"{chart} {before} -> {after}" in said
    assert len(answer["commit"]["subject"]) <= 72
    assert answer["moves"] == [
        {"chart": chart, "source": "staging", "before": before, "after": after}
        for chart, (before, after) in alone.items()
    ]
    assert (answer["chart"], answer["before"], answer["after"]) == ("", None, None)
    hmco.repo.commit("promote both")
    for chart, (_, after) in alone.items():
        places = hmco.answered("status", "status", chart, "--env", "prod")["places"]
        assert [place["runs"] for place in places] == [after]


def test_a_version_stands_behind_its_chart(hmco: Hmco) -> None:
    after = versions(hmco)["monitoring"][1]
    answer = hmco.answered("change", "promote", "data-platform", f"monitoring@{after}",
                           "--to", "prod")  # fmt: skip
    assert [move["chart"] for move in answer["moves"]] == ["data-platform", "monitoring"]
    assert answer["moves"][1]["after"] == after


def test_one_chart_may_be_written_that_way_too(hmco: Hmco) -> None:
    after = versions(hmco)["monitoring"][1]
    answer = hmco.answered("change", "promote", f"monitoring@{after}", "--to", "prod")
    assert (answer["chart"], answer["after"], answer["moves"]) == ("monitoring", after, [])


def test_one_refusal_stops_all_and_every_refusal_is_told(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        for chart in ("monitoring", "service-mesh"):
            story.hold(chart, "prod", "looking into it")
    said = hmco.refused("promote", "data-platform", "monitoring", "service-mesh", "--to", "prod")
    assert "prod holds monitoring: looking into it" in said
    assert "prod holds service-mesh: looking into it" in said


def test_what_is_there_already_stops_nothing(hmco: Hmco) -> None:
    hmco.done("promote", "monitoring", "--to", "prod")
    hmco.repo.commit("promote monitoring")
    answer = hmco.answered("change", *BOTH)
    assert answer["chart"] == "data-platform"
    assert any("monitoring" in remark and "already" in remark for remark in answer["remarks"])


def test_several_charts_are_a_no_op_the_second_time(hmco: Hmco) -> None:
    hmco.done(*BOTH)
    assert hmco.answered("change", *BOTH)["outcome"] == "already"
    hmco.repo.commit("promote both")
    answer = hmco.answered("change", *BOTH)
    assert (answer["outcome"], answer["files"], answer["chart"]) == ("already", [], "")


def test_a_version_that_is_not_cut_yet_goes_alone(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring")
    said = hmco.refused("promote", "service-mesh", "monitoring@minor", "--to", "staging")
    assert "promote it by itself: hmco promote monitoring 1.4.0 --to staging" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vault", "storage", "vault"), "vault is named twice"),
        (("vault", "1.0.0", "storage"), "join them, such as vault@1.0.0"),
        (("1.0.0", "vault"), "join them, such as vault@1.0.0"),
        (("vault", "STORAGE"), "'STORAGE' is not a chart; did you mean storage?"),
        (("vault", "storage", "--again", "fixed"), "--again is about one version of one chart"),
        (("vault", "storage", "vualt"), "'vualt' is not a chart; did you mean vault?"),
        (("vault", "storage@1"), "'1' is not an exact version"),
    ],
)
def test_what_several_charts_cannot_mean_is_misuse(
    reader: Hmco, words: tuple[str, ...], said: str
) -> None:
    assert said in reader.refused("promote", *words, "--to", "prod", code=2)


def test_what_only_this_checkout_promoted_has_not_landed_for_several_as_for_one(
    hmco: Hmco, tmp_path: Path
) -> None:
    hmco.repo = hmco.repo.clone_to(tmp_path / "here")
    hmco.repo.git("config", "user.name", "Ann")
    hmco.repo.git("config", "user.email", "ann@254carbon.example")
    hmco.done(*BOTH)
    hmco.repo.commit("promote both here alone", at=hmco.repo.until)
    said = hmco.refused(*BOTH)
    for chart in BOTH[1:3]:
        assert f"{chart} in prod is " in said
        assert f"{chart} in prod is " in hmco.refused("promote", chart, "--to", "prod")
