"""Rules on what the repository holds for GitHub's sake: owners, rulesets, forms, workflows."""

from collections.abc import Iterator

from release.github.names import CODEOWNERS, RULESETS, WORKFLOWS
from release.promotion.bypasses import read_bypasses
from release.promotion.commitlines import Saying, saying
from release.rules.facts import Facts, at_setting
from release.rules.rule import Breach, Need, Severity, rule, warning
from release.settings.governance_constraints import matches


def _look_at(commit: str) -> str:
    line = saying(Saying.REVIEWED, commit[:10], "WHAT")
    return f"look at what was done, and say what you found on a line of a commit's message: {line}"


@rule(
    fix="regenerate them: hmco render --repository",
    source="design, the one idea; fault F17",
    needs={Need.ESTATE},
)
def github_file_stale(facts: Facts) -> Iterator[Breach]:
    """The files that guard the repository are as registry and stack files say.

    GitHub asks the owners and runs the workflows that these files name, whatever the settings
    say.
    """
    governed = facts.picture.estate.governed
    if governed is None:
        return
    stack, repository = governed
    files = facts.picture.stacks
    # A repository that has none of them, and no credentials in its settings, has not begun.
    begun = repository.credentials != "none" or files.text(CODEOWNERS) is not None
    if repository.files != "rendered" or not begun:
        return
    # What writes every workflow takes long to import, and most repositories want none of it.
    from release.github.generated import repository_files, stale_files  # noqa: PLC0415

    wanted = repository_files(facts.registry, facts.picture.estate)
    for path, text in stale_files(wanted, files, RULESETS, WORKFLOWS).items():
        what = "must not be there" if text is None else "is not what registry and stack files say"
        yield Breach(file=path, what=f"{path} {what}", environment=stack)


@rule(
    fix="write the folder of Pulumi.yaml, from the top of the repository, into repository.folder",
    source="design, the one idea",
    needs={Need.ESTATE},
)
def github_folder_differs(facts: Facts) -> Iterator[Breach]:
    """The settings name the folder that this program lies in.

    Owners and required reviewers would guard paths that do not exist.
    """
    for place in facts.environments:
        repository = place.settings.repository
        if repository is not None and repository.folder != facts.picture.program:
            what = (
                f'the program lies in "{facts.picture.program}", and repository.folder says '
                f'"{repository.folder}"'
            )
            mild = Severity.WARNING if repository.credentials == "none" else None
            yield at_setting(facts, place, ("repository", "folder"), what, severity=mild)


@rule(
    fix="correct the pattern, or remove the line",
    source="guide R18, fault F18",
    needs={Need.ESTATE},
)
def github_path_idle(facts: Facts) -> Iterator[Breach]:
    """Each path that asks for an owner matches a file.

    A misspelt pattern guards nothing, and nobody notices.
    """
    for place in facts.environments:
        repository = place.settings.repository
        if repository is None or not repository.paths:
            continue
        files = facts.picture.stacks.clone.repository.run("ls-files", "-z").decode(errors="replace")
        tracked = files.split("\0")
        for index, each in enumerate(repository.paths):
            for number, pattern in enumerate(each.patterns):
                if not any(matches(file, pattern) for file in tracked):
                    path = ("repository", "paths", index, "patterns", number)
                    what = f"repository.paths.{index}: no file matches {pattern}"
                    yield at_setting(facts, place, path, what)


@rule(
    fix=_look_at("COMMIT"),
    source="design, the promotion rules; guide R28",
    needs={Need.GIT},
)
def bypass_unreviewed(facts: Facts) -> Iterator[Breach]:
    """What landed past its approvals in an emergency is reviewed afterwards.

    Nobody but its author has seen it, and it runs in production.
    """
    clone = facts.picture.stacks.clone
    for each in read_bypasses(clone.repository, clone.trunk.commit):
        if each.review is None:
            yield Breach(
                file=facts.picture.stack_path(f"Pulumi.{each.environment}.yaml"),
                what=f"{each.commit[:10]} went past the approvals of {each.environment} "
                f"({each.reason}, by {each.by}), and nobody has reviewed it",
                fix=_look_at(each.commit),
                environment=each.environment,
            )


@rule(
    fix="bring it back: pulumi up --stack STACK --refresh; what a refresh does not see, by hand",
    source="design, delivery; fault F18",
)
def github_drift(facts: Facts) -> Iterator[Breach]:
    """GitHub guards the repository as the stack files say.

    A ruleset switched off or a reviewer removed by hand leaves every promise of this program to the
    good will of whoever pushes. Checked only with --live.
    """
    yield from _live(facts, is_known=True)


@rule(
    fix=_look_at("COMMIT"),
    source="design, the promotion rules; guide R28",
)
def bypass_unsaid(facts: Facts) -> Iterator[Breach]:
    """What GitHub recorded as a bypass of the default branch says so in its commit.

    GitHub keeps its record for a while only, and nobody looks there. Checked only with --live, for
    the last month.
    """
    yield from _live(facts, is_known=True, is_bypass=True)


@warning(
    fix="ask with a token that may see it: administration, read, of this repository",
    source="design, delivery",
)
def github_unknown(facts: Facts) -> Iterator[Breach]:
    """GitHub shows all that guards the repository.

    What cannot be seen is not fine; it is unknown. Checked only with --live.
    """
    yield from _live(facts, is_known=False)


def _live(facts: Facts, *, is_known: bool, is_bypass: bool = False) -> Iterator[Breach]:
    estate = facts.picture.usable_estate
    stack = estate.governed[0] if estate and estate.governed else ""
    for each in facts.live or ():
        if stack and (each.is_known, each.commit is not None) == (is_known, is_bypass):
            yield Breach(
                file=facts.picture.stack_path(f"Pulumi.{stack}.yaml"),
                what=f"{each.about}: {each.what}",
                fix=_look_at(each.commit) if each.commit else "",
                environment=stack,
            )
