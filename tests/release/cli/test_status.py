import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.release.cli.driver import Hmco, snapshot


def places(hmco: Hmco, *args: str) -> dict[str, dict[str, object]]:
    """Return the status of one chart by environment."""
    told = hmco.answered("status", "status", *args)["places"]
    return {place["environment"]: place for place in told}


def test_status_changes_nothing_and_prints_one_line_a_place(reader: Hmco) -> None:
    before = snapshot(reader.repo.path)
    lines = reader.done("status").out.splitlines()
    assert snapshot(reader.repo.path) == before
    assert lines[0].split() == [
        *("CHART", "ENV", "RUNS", "FOR", "SOAK", "LEFT", "SOURCE", "TAG", "ROLLBACK", "TO"),
        *("STOPPED", "BY"),
    ]
    told = len(reader.answered("status", "status")["places"])
    assert len(lines) == 1 + told == 1 + 7 + 7 + 13


def test_nothing_on_a_pipe_would_trip_a_parser(reader: Hmco) -> None:
    said = reader.done("status").out
    assert "\x1b" not in said
    assert said.isascii()
    assert all(line == line.rstrip() for line in said.splitlines())


def test_a_place_tells_its_version_age_tag_source_and_way_back(reader: Hmco) -> None:
    found = places(reader, "monitoring")
    prod = found["prod"]
    assert (prod["runs"], prod["pinned"], prod["tag"]) == ("1.2.0", True, "right")
    assert prod["sources"] == [
        {"environment": "staging", "standing": "behind", "versions": 1, "rolledBack": False}
    ]
    assert prod["rollbackTo"] == "1.0.0", "1.1.0 was never in prod"
    assert prod["soakLeftSeconds"] is None, "nothing is promoted out of production"
    dev = found["dev"]
    assert (dev["runs"], dev["version"], dev["released"]) == ("main", "1.3.0", True)
    assert dev["rollbackTo"] is None


def test_changes_that_no_version_holds_put_the_next_environment_behind(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until - timedelta(minutes=30))
    found = places(hmco, "monitoring")
    assert found["dev"]["released"] is False
    assert found["dev"]["soakLeftSeconds"] == 90 * 60
    assert found["staging"]["sources"] == [
        {"environment": "dev", "standing": "behind", "versions": 1, "rolledBack": False}
    ]
    assert "main (1.3.0 + changes)" in hmco.done("status", "monitoring").out


def test_an_environment_that_begins_to_follow_the_trunk_soaks_from_then_on(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until - timedelta(hours=3))
    hmco.repo.edit("Pulumi.dev.yaml", "monitoring: main", "monitoring: 1.2.0")
    hmco.repo.commit("pin", at=hmco.repo.until)
    hmco.repo.edit("Pulumi.dev.yaml", "monitoring: 1.2.0", "monitoring: main")
    hmco.repo.commit("follow", at=hmco.repo.until)
    assert places(hmco, "monitoring")["dev"]["soakLeftSeconds"] == 2 * 60 * 60
    refused = hmco.refused("promote", "monitoring", "minor", "--to", "staging")
    assert "its soak time of 2h lasts another 2 h" in refused


def test_holds_and_freezes_are_told_with_their_reasons(hmco: Hmco) -> None:
    hmco.repo.edit(
        "Pulumi.prod.yaml",
        "hmco:freezes: []",
        'hmco:freezes: [{first: "2026-06-14", last: "2026-06-16", reason: audit}]',
    )
    hmco.repo.commit("freeze")
    hmco.done("hold", "vault", "--env", "prod", "--reason=leak", "--by=Ann", "--until=2026-06-15")
    hmco.repo.commit("hold")
    said = hmco.done("status", "vault").out
    assert "hold freeze" in said
    assert "prod is frozen from 2026-06-14 to 2026-06-16: audit" in said
    assert "vault in prod is held: leak (by Ann, until 2026-06-15)" in said


def test_an_expired_hold_is_told_and_stops_nothing(hmco: Hmco) -> None:
    hmco.done("hold", "vault", "--env", "prod", "--reason=leak", "--by=Ann", "--until=2026-06-15")
    hmco.repo.commit("hold")
    hmco.now = hmco.repo.until + timedelta(days=1)
    said = hmco.done("status", "vault").out
    assert "vault in prod has an expired hold, which stops nothing: leak (by Ann" in said
    assert said.splitlines()[1].endswith(" -"), "nothing stands under STOPPED BY"


def test_what_a_place_was_rolled_back_from_stops_it_until_something_higher_comes(
    hmco: Hmco,
) -> None:
    hmco.done("rollback", "monitoring", "--env", "staging", "--reason", "leak")
    hmco.repo.commit("back")
    hmco.done("unhold", "monitoring", "--env", "staging", "--reason", "fixed")
    hmco.repo.commit("go on")
    assert "rolled back from monitoring 1.3.0" in hmco.refused(
        *("promote", "monitoring", "--to", "staging")
    )
    assert hmco.done("status", "monitoring").out.splitlines()[2].endswith(" rolled-back")
    assert places(hmco, "monitoring")["staging"]["sources"] == [
        {"environment": "dev", "standing": "behind", "versions": 1, "rolledBack": True}
    ]
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until - timedelta(minutes=30))
    assert "rolled-back" not in hmco.done("status", "monitoring").out


@pytest.mark.parametrize(
    ("break_tag", "expected"),
    [(("tag", "--delete", "monitoring-1.2.0"), "missing"),
     (("tag", "--force", "monitoring-1.2.0", "monitoring-1.1.0"), "wrong")],
    ids=["missing", "wrong"],
)  # fmt: skip
def test_a_tag_that_is_not_right_is_told(
    hmco: Hmco, break_tag: tuple[str, ...], expected: str
) -> None:
    hmco.repo.git(*break_tag)
    assert places(hmco, "monitoring")["prod"]["tag"] == expected


def test_a_rollback_that_can_no_longer_go_anywhere_is_told(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", "monitoring-1.0.0")
    assert places(hmco, "monitoring")["prod"]["rollbackTo"] is None


def test_one_environment_alone_can_be_asked_for(reader: Hmco) -> None:
    assert set(places(reader, "monitoring", "--env", "prod")) == {"prod"}


def test_history_tells_who_when_why_and_approved_by_whom(reader: Hmco) -> None:
    told = reader.answered("history", "history", "api-gateway", "--env", "prod")
    kinds = [change["kind"] for change in told["changes"]]
    assert kinds == ["promotion", "promotion", "unhold", "rollback", "promotion", "deployed"]
    rollback = told["changes"][3]
    assert (rollback["before"], rollback["after"]) == ("1.1.0", "1.0.0")
    assert rollback["holdAfter"]["reason"] == "rolled back from 1.1.0"
    assert rollback["pullRequest"] == 5
    assert rollback["author"]["name"] == "Tess Lead"
    assert rollback["approvedBy"] == [
        "Tess Lead <tess@254carbon.example>",
        "Sam Reliable <sam@254carbon.example>",
    ]
    moments = [change["landedAt"] for change in told["changes"]]
    assert moments == sorted(moments, reverse=True)


def test_history_is_a_table_for_people(reader: Hmco) -> None:
    lines = reader.done("history", "api-gateway", "--limit", "2").out.splitlines()
    assert len(lines) == 3
    assert "promotion 1.2.0 -> 1.4.0" in lines[1]
    assert "Promote api-gateway 1.4.0 to prod (#82)" in lines[1]


def test_history_gives_each_reason_that_a_command_asked_for_once(hmco: Hmco) -> None:
    def why(*command: str) -> str:
        answer = hmco.answered("change", *command)
        said = answer["commit"]
        hmco.repo.commit(f"{said['subject']}\n\n{said['body']}", at=hmco.repo.until)
        where = ("history", answer["chart"], "--env", "prod", "--limit", "1")
        return hmco.done(*where).out.splitlines()[1]

    vault = ("vault", "--env", "prod", "--reason")
    assert "hold vault in prod: audit (by Ann)  " in why("hold", *vault, "audit", "--by", "Ann")
    assert "; unhold: all is right  " in why("unhold", *vault, "all is right")
    storage = ("storage", "--env", "prod")
    target = hmco.answered("change", "rollback", *storage, "--dry-run")["before"]
    back = why("rollback", *storage, "--reason", "it leaks", "--by", "Ann")
    assert "; hold: it leaks  " in back
    why("unhold", *storage, "--reason", "it is tight")
    again = why("promote", f"storage@{target}", "--to", "prod", "--again", "it was the disk")
    assert "; again: it was the disk  " in again


def test_history_gives_the_reason_of_a_branch_that_git_merged_with_words_of_its_own(
    hmco: Hmco,
) -> None:
    vault = ("vault", "--env", "prod", "--reason")
    hmco.done("hold", *vault, "audit")
    hmco.repo.commit("Hold vault\n", at=hmco.repo.until)
    hmco.repo.git("switch", "--quiet", "--create", "unhold")
    said = hmco.answered("change", "unhold", *vault, "checked")["commit"]
    hmco.repo.commit(f"{said['subject']}\n\n{said['body']}", at=hmco.repo.until)
    hmco.repo.git("switch", "--quiet", "main")
    hmco.repo.git("merge", "--quiet", "--no-ff", "--no-edit", "unhold")
    told = hmco.done("history", "vault", "--env", "prod", "--limit", "1").out.splitlines()[1]
    assert f"{said['subject']}; unhold: checked  " in told


def test_what_is_not_committed_is_told_and_not_counted(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "data-platform: 1.3.0", "data-platform: 1.4.0")
    hmco.repo.write("README.md", "# Other\n")
    answer = hmco.answered("status", "status", "data-platform", "--env", "prod")
    assert [place["runs"] for place in answer["places"]] == ["1.3.0"]
    assert answer["notCommitted"] == ["Pulumi.prod.yaml"]
    assert hmco.done("status", "data-platform").out.splitlines()[-1] == (
        "not committed, so not counted here: changes of Pulumi.prod.yaml; hmco diff shows them"
    )


def test_history_of_an_environment_tells_of_every_chart_there(reader: Hmco) -> None:
    told = reader.answered("history", "history", "--env", "prod")
    assert told["chart"] is None
    assert {change["environment"] for change in told["changes"]} == {"prod"}
    one = reader.answered("history", "history", "storage", "--env", "prod")["changes"]
    assert [c for c in told["changes"] if c["chart"] == "storage"] == one != []
    moments = [change["landedAt"] for change in told["changes"]]
    assert moments == sorted(moments, reverse=True)
    header, first = reader.done("history", "--env", "prod", "--limit", "1").out.splitlines()
    assert header.split()[:3] == ["WHEN", "CHART", "ENV"]
    assert f" {told['changes'][0]['chart']} " in first


def test_history_tells_what_ran_on_a_day_and_who_had_brought_it(hmco: Hmco) -> None:
    def ran(at: str, chart: str = "api-gateway") -> list[tuple[str, str, str]]:
        told = hmco.answered("history", "history", chart, "--env", "prod", "--at", at)
        return [(c["kind"], c["after"], c["landedAt"][:10]) for c in told["changes"]]

    everything = hmco.answered("history", "history", "api-gateway", "--env", "prod")["changes"]
    rollback, unhold = everything[3], everything[2]
    day = rollback["landedAt"][:10]
    assert ran(day) == [("rollback", "1.0.0", day)]
    assert ran(rollback["commit"]) == [("rollback", "1.0.0", day)]
    lifted = unhold["landedAt"][:10]
    assert ran(lifted) == [("rollback", "1.0.0", day), ("unhold", "1.0.0", lifted)]
    assert (
        ran("2026-06-15") == ran("HEAD") == [("promotion", "1.4.0", everything[0]["landedAt"][:10])]
    )
    hmco.repo.edit("Pulumi.prod.yaml", "    api-gateway: 1.4.0\n", "")
    hmco.repo.commit("retire api-gateway")
    assert ran("HEAD") == []
    assert "nothing has landed yet" in hmco.done("history", "--at", "2020-01-01").out
    whole = hmco.done("history", "--env", "prod", "--at", "HEAD").out.splitlines()[1:]
    pinned = hmco.answered("status", "status", "--env", "prod")["places"]
    assert len({line.split()[3] for line in whole}) == len(pinned) == 12
    places = hmco.answered("history", "history", "--at", "HEAD")["changes"]
    in_order = ["dev", "staging", "prod"]
    ordered = [(place["chart"], in_order.index(place["environment"])) for place in places]
    assert ordered == sorted(ordered)
    assert (
        hmco.done("history", "--at", "1969-07-20").out
        == hmco.done("history", "--at", "2020-01-01").out
    )
    assert (
        hmco.done("history", "--at", "9999-12-31").out == hmco.done("history", "--at", "HEAD").out
    )
    for revision in ("2026-13-40", "^HEAD", ""):
        said = hmco.refused("history", "--at", revision, code=2)
        assert f"{revision!r} is neither a day (YYYY-MM-DD, such as 2026-12-31) nor a comm" in said


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine's clock show another time than UTC's."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "HST10")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_day_begins_at_midnight_by_utc(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "    api-gateway: 1.4.0\n", "")
    hmco.repo.commit("retire api-gateway", at=datetime(2030, 1, 2, tzinfo=UTC))
    command = ("history", "api-gateway", "--env", "prod", "--at")
    assert "promotion 1.2.0 -> 1.4.0" in hmco.done(*command, "2030-01-01").out
    assert "nothing has landed yet" in hmco.done(*command, "2030-01-02").out


def test_a_day_is_one_of_the_trunk_wherever_the_checkout_stands(hmco: Hmco) -> None:
    command = ("history", "history", "--env", "prod", "--at", "2026-06-15")
    on_the_trunk = hmco.answered(*command)["changes"]
    hmco.repo.git("switch", "--quiet", "--create", "older", "HEAD~20")
    assert hmco.answered(*command)["changes"] == on_the_trunk


def test_history_says_where_approvals_are_read_from_where_a_landing_names_none(
    hmco: Hmco,
) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "data-platform: 1.3.0", "data-platform: 1.4.0")
    hmco.repo.commit("Promote it (#77)\n")
    told = hmco.done("history", "data-platform").err
    assert "approvals are read from trailers (Approved-by, Reviewed-by, Acked-by)" in told
    assert "pull request 77 has none, and its reviews are on GitHub alone" in told
    hmco.repo.edit("Pulumi.prod.yaml", "data-platform: 1.4.0", "data-platform: 1.3.0")
    hmco.repo.commit("Undo it (#78)\n")
    for limit in range(2, 6):
        told = hmco.done("history", "data-platform", f"--limit={limit}").err
        assert "pull request 78 has none" in told, "the newest, whatever order a set has"
    assert hmco.done("history", "vault").err == ""


def test_history_of_what_never_landed_says_so(reader: Hmco) -> None:
    assert reader.done("history", "vault", "--env", "dev").out == (
        "nothing has landed yet that pins or holds vault there\n"
    )


def test_history_escapes_what_a_commit_smuggles_to_the_terminal(hmco: Hmco) -> None:
    hmco.repo.edit("Pulumi.prod.yaml", "vault: 1.0.0", "vault: 1.0.1")
    hmco.repo.commit("promote \x1b[31mvault\x1b[0m\n\nApproved-by: \x1b]0;evil\x07 <e@x>")
    said = hmco.done("history", "vault").out
    assert "\x1b" not in said
    assert "\\x1b[31mvault" in said


def test_history_of_a_shallow_clone_says_what_is_missing(hmco: Hmco) -> None:
    hmco.repo = hmco.repo.clone_to(hmco.repo.path.parent / "shallow", "--depth=30")
    told = hmco("history", "storage", "--env", "prod")
    assert told.code == 0
    assert "git fetch --unshallow --tags" in told.err
    hmco.repo = hmco.repo.clone_to(hmco.repo.path.parent / "one", "--depth=1")
    told = hmco("history")
    assert "nothing is known here that pins or holds a chart" in told.out
    assert "earlier changes of dev, staging, prod are not in this clone: git" in told.err


def test_a_commit_dated_in_the_future_gives_no_age_below_zero_and_no_soak_of_months(
    hmco: Hmco,
) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring", at=hmco.repo.until + timedelta(days=90))
    dev = places(hmco, "monitoring")["dev"]
    assert dev["ageSeconds"] == 0
    assert dev["soakLeftSeconds"] == 2 * 60 * 60


def test_a_branch_whose_version_has_no_tag_is_not_said_to_have_changed(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", "monitoring-1.3.0")
    assert "main (1.3.0, not tagged)" in hmco.done("status", "monitoring").out


def test_a_fetch_that_is_old_is_told_with_its_age(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo = hmco.repo.clone_to(tmp_path / "clone")
    hmco.repo.git("fetch", "--quiet")
    fetched = hmco.repo.until.timestamp()
    os.utime(hmco.repo.path / ".git" / "FETCH_HEAD", (fetched, fetched))
    hmco.now = hmco.repo.until + timedelta(hours=23)
    assert "fetch" not in hmco.done("status", "vault").out
    hmco.now = hmco.repo.until + timedelta(days=3, hours=1)
    assert hmco.done("status", "vault").out.splitlines()[-1] == (
        "last fetched 3 d ago, and what landed since is not counted: git fetch"
    )
    hmco.repo.git("fetch", "--quiet")
    assert "fetch" not in hmco.done("status", "vault").out
