"""`--pull-request`: the decided change on GitHub instead of in the work tree."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from release.charts import changelog
from release.cli.hub import hub_of, requesters, run_page, token
from release.cli.plancomment import edited_commit, outlook, unfit
from release.github.hub.propose import Proposal, Proposed, propose
from release.github.proposal import Context, body, commit_message, is_draft
from release.promotion.carry import Prepared, clone_of
from release.promotion.decision import Action, Reason
from release.promotion.gather import facts_of_all
from release.promotion.nextsteps import branch_name, commit_subject, labels
from release.promotion.status import status_of
from release.promotion.texts import TextChange, unified_diff
from release.repository.picture import Picture
from release.repository.revision import Revision
from release.versions import is_version, lower, parse_version, tag_of


def blocking(picture: Picture, prepared: Prepared) -> Iterator[Reason]:
    """Yield why the change may not be proposed from this checkout, or at all."""
    clone = picture.stacks.clone
    apart = clone.distance
    if not picture.one_clone:
        yield Reason(
            "two-checkouts",
            "a pull request is opened in the repository that holds the charts, and the stack files "
            "lie in another",
            "leave --pull-request out, and take the steps that are printed then",
        )
    elif apart is None or apart.ahead:
        yield Reason(
            "not-landed",
            f"this checkout is {apart.told if apart else 'of no branch that changes land on'}, and "
            "a pull request would carry those commits along",
            f"decide on what has landed: git switch --detach {clone.landed.ref}",
        )
    else:
        edits = {path: each.after for path, each in prepared.changes.items()}
        yield from unfit(picture, edited_commit(clone.repository, edits), prepared.action)


def open_pull_request(picture: Picture, prepared: Prepared, now: datetime) -> Proposed | None:
    """Make or update the pull request, None without a token; HubError where GitHub refuses."""
    if token() is None:
        return None
    action = prepared.action
    clone = clone_of(picture, action)
    commit = clone.state.commit or ""
    texts = {path: change.after for path, change in prepared.changes.items()}
    context = Context(
        requesters=requesters(),
        run=run_page(),
        commit=commit,
        diff=unified_diff(prepared.changes),
        evidence=tuple(_evidence(picture, action, now)),
        changelog=tuple(
            section
            for each in action.each
            for section in _changelog(picture, each, prepared.changes)
        ),
        outlook=outlook(picture, commit, edited_commit(clone.repository, texts)),
    )
    proposal = Proposal(
        branch=branch_name(action),
        base=clone.trunk.name,
        parent=commit,
        files=texts,
        message=commit_message(action, context),
        title=commit_subject(action),
        body=body(action, picture.estate, context),
        labels=labels(action),
        draft=is_draft(action, picture.estate),
    )
    return propose(hub_of(picture.estate), proposal)


def _evidence(picture: Picture, action: Action, now: datetime) -> Iterator[str]:
    if action.command != "promote":
        return
    sources = {each.chart: each.source for each in action.each}
    facts = facts_of_all(picture, sources)
    for place in status_of(picture.estate, facts, now, sources):
        if place.environment == sources[place.chart]:
            since = f" since {place.since:%Y-%m-%d %H:%M} UTC" if place.since else ""
            yield f"{place.environment} runs {place.chart} {place.runs}{since}"
            if place.soak_left is not None and not place.soak_left:
                soak = picture.estate.environments[place.environment].settings.soak
                yield f"its soak of {soak} there is over"


def _changelog(
    picture: Picture, action: Action, changes: Mapping[str, TextChange]
) -> Iterator[tuple[str, str]]:
    """Yield the tags and sections above the present version, up to the new one, newest first."""
    if action.command != "promote" or action.after is None:
        return
    file = f"{picture.folder_of(action.chart)}/CHANGELOG.md"
    changed = changes.get(file)
    clone = picture.charts.clone
    tag = clone.tags_of(action.chart).get(action.after)
    tagged = Revision(clone, tag.commit).text(file) if tag and tag.commit else None
    text = changed.after if changed else tagged
    if text is None:
        return
    found = [item for item in changelog.parse(text).releases if _is_between(action, item.version)]
    for item in sorted(found, key=lambda each: parse_version(each.version), reverse=True):
        yield tag_of(action.chart, item.version), item.body.strip("\r\n")


def _is_between(action: Action, version: str) -> bool:
    if not is_version(version):
        return False
    above = action.before is None or (
        version != action.before and not lower(version, action.before)
    )
    return above and not lower(action.after or "", version)
