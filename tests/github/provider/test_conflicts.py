"""A file that somebody else writes meanwhile: GitHub answers 409, and nothing of theirs is lost."""

from tests.github.provider.governing import STACK, Governing
from tests.github.server import Fault, error

OWNERS = ".github/CODEOWNERS"
PUT = r"PUT /repos/\{owner\}/\{repo\}/contents/\{path\}"


def test_a_conflict_of_files_is_told_and_the_next_run_goes_on_where_it_stopped(
    governed: Governing,
) -> None:
    governed.program.edit(STACK, "files: rendered", "files: pulumi")
    conflict = error(409, "is at 5b1c but expected 0f3a")
    governed.github.faults.append(Fault(PUT, conflict, times=9, after=2))
    answer = governed.up()
    assert answer.code != 0
    assert "409" in answer.text
    assert conflict.body["message"] in answer.text
    written = dict(governed.world.files)
    assert len(written) == 2, "what comes after a file that failed waits for it"
    assert governed.world.rulesets == {}, "no ruleset guards a branch that is still to be written"
    governed.github.faults.clear()
    governed.github.forget()
    again = governed.up()
    assert again.code == 0, again.text
    puts = [call.path["path"] for call in governed.github.writes() if "contents" in call.operation]
    assert puts
    assert not set(puts) & written.keys(), "what is there is not written twice"
    assert written.items() <= governed.world.files.items()

    # Somebody edits the file by hand, and the stack file changes it too: our id of it is stale.
    theirs = b"* @someone-else\n"
    governed.world.files[OWNERS] = theirs
    governed.program.edit(STACK, "sre: sre", "sre: platform")
    governed.github.forget()
    stale = governed.up()
    assert stale.code != 0
    assert "409" in stale.text
    assert f"{OWNERS} does not match" in stale.text
    assert governed.world.files[OWNERS] == theirs, "the edit of another is not overwritten unseen"
    seen = governed.up("--refresh")
    assert seen.code == 0, seen.text
    assert b"@254CARBON/platform" in governed.world.files[OWNERS]
    governed.github.forget()
    assert governed.up().code == 0
    assert governed.github.writes() == []
