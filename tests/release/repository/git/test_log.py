"""Landings: first parents, newest first, paths of any kind."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from release.repository.git.log import FileChange, Landing, landings, parse_log, read_landings
from tests.estate.scratch import Scratch

OLD, NEW = "1" * 40, "2" * 40
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


def tokens(landed: list[Landing]) -> Iterator[str]:
    for landing in landed:
        yield f"{landing.commit} {landing.seconds}"
        for number, change in enumerate(landing.changes):
            before, after = change.before or "0" * 40, change.after or "0" * 40
            yield ("\n" if number == 0 else "") + f":100644 100644 {before} {after} M"
            yield change.path


@given(
    st.lists(
        st.builds(
            Landing,
            st.sampled_from((OLD, NEW)),
            st.integers(0, 2**33),
            st.lists(
                st.builds(FileChange, NAMES, st.sampled_from((None, OLD)), st.just(NEW)),
                min_size=1,
                max_size=3,
            ).map(tuple),
        ),
        max_size=4,
    )
)
def test_any_path_survives_parsing(landed: list[Landing]) -> None:
    assert list(parse_log(tokens(landed))) == landed


def test_hostile_names_and_messages_are_only_text(scratch: Scratch) -> None:
    names = {"-rf", ":100644 x", "a\nb", 'q"uo te', "ünï", "$(touch x)"}
    commit = scratch.commit(dict.fromkeys(names, "1"), ":100644 100644 a b M\n\nx")
    (landing,) = landings(scratch.repository, "main")
    assert landing.commit == commit
    assert {change.path for change in landing.changes} == names
    assert all(change.before is None for change in landing.changes)


def test_paths_are_literal(scratch: Scratch) -> None:
    scratch.commit({"ab": "1"})
    starred = scratch.commit({"a*": "1", ":(top)x": "1"})
    assert [landing.commit for landing in landings(scratch.repository, "main", "a*")] == [starred]
    assert [landing.commit for landing in landings(scratch.repository, "main", ":(top)x")] == [
        starred
    ]


def test_a_merge_is_one_landing_with_all_that_it_brought(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    scratch.git("checkout", "--quiet", "-b", "side")
    scratch.commit({"b": "1"})
    scratch.commit({"c": "1"})
    scratch.git("checkout", "--quiet", "main")
    merged = scratch.merge("side")
    newest, _ = landings(scratch.repository, "main")
    assert newest.commit == merged
    assert [change.path for change in newest.changes] == ["b", "c"]
    assert newest.landed_at == scratch.now


def test_a_merge_says_what_the_commits_that_it_brought_say_of_the_paths(scratch: Scratch) -> None:
    scratch.commit({"pins": "1"})
    scratch.git("switch", "--quiet", "--create", "early")
    scratch.commit({"pins": "1\n2"}, "Early\n\nUnhold: vault in prod: fixed\n")
    scratch.git("switch", "--quiet", "main")
    scratch.git("switch", "--quiet", "--create", "late")
    scratch.commit({"pins": "1\n2", "sub/pins": "1"}, "First late\n")
    scratch.commit({"other": "1"}, "Of no interest\n")
    scratch.git("switch", "--quiet", "main")
    squashed = scratch.commit({"sub/pins2": "1"}, "Squashed (#1)\n")
    scratch.git("switch", "--quiet", "late")
    scratch.merge("early", "Merge branch 'early' into late\n")
    scratch.commit({"sub/pins": "2"}, "Second late\n")
    scratch.git("switch", "--quiet", "main")
    plain = scratch.merge("early", "Merge branch 'early'\n")
    github = scratch.merge("late", "Merge pull request #7 from o/late\n\nThe title\n")
    ids = (squashed, plain, github)
    found = read_landings(scratch.repository, github, ids, ["pins", "sub/pins", "sub/pins2"])
    assert found[squashed].message == "Squashed (#1)\n"
    assert found[plain].why == "Early", "Git's own message gives no reason"
    assert "Unhold: vault in prod: fixed" in found[plain].message
    assert found[github].why == "The title"
    told = found[github].message
    assert told.index("The title") < told.index("Second late") < told.index("First late")
    assert not any(each in told for each in ("Unhold", "Of no interest", "into late"))
