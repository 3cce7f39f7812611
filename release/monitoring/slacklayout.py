"""The one layout of all Slack messages, as the notifications controller's text templates.

Whatever a person may have written goes through `_said`: Slack reads `<!channel>` and `<@somebody>`
wherever it parses text, a quote would end the JSON, and a missing path prints `<no value>`.
"""

from typing import Final

from release.argocd.manifests import (
    CHART_LABEL,
    ENVIRONMENT_LABEL,
    HOLD_ANNOTATION,
    PIN_ANNOTATION,
    TEAM_LABEL,
)

_MOST: Final = 500
"""Bytes of a field: what Argo CD says of a failed sync can fill pages."""


def message(says: str, *, pinned: bool) -> str:
    """Return the line that shows in the channel's list and on a phone."""
    line = f"{_escaped('$chart')} {_escaped('$version')} {says} {_escaped('$environment')}"
    return _variables(pinned=pinned) + line


def attachments(says: str, colour: str, *, pinned: bool) -> str:
    """Return the attachment: versions, people, reasons and links, as the JSON that Slack takes."""
    fields = [
        _field("Chart", "$chart"),
        _field("Environment", "$environment"),
        _field("Version", "$version"),
        _field("Before", "$before"),
        _field("Team", "$team"),
        _when("$noted", _field("Pinned by", "$by")),
        _when("$noted", _field("Why", "$why", short=False)),
        _when("$holdReason", _field("Hold", '(printf "%s (by %s%s)" $holdReason $holdBy $until)')),
        _when("$problem", _field("Argo CD says", "$problem", short=False)),
        _when("$commitLink", _field("Commit", "$commitLink", short=False)),
    ]
    return (
        _variables(pinned=pinned)
        + '[{"color": "'
        + colour
        + '", "mrkdwn_in": [], "fallback": '
        + _said(f'(printf "%s %s {says} %s" $chart $version $environment)')
        + ', "title": '
        + _said('(printf "%s in Argo CD" .app.metadata.name)')
        + ', "title_link": {{$link | toJson}}, "fields": ['
        + "".join(fields).removeprefix(",")
        + "]}]"
    )


def _path(*keys: str) -> str:
    """Return a path into the Application; empty text where any part of it is missing."""
    return f'(dig {" ".join(f"{chr(34)}{key}{chr(34)}" for key in keys)} "" .app)'


def _cleaned(expr: str) -> str:
    escapes = ' | replace "&" "&amp;" | replace "<" "&lt;" | replace ">" "&gt;"'
    return f"{expr} | toString | trunc {_MOST}{escapes}"


def _escaped(expr: str) -> str:
    return f"{{{{{_cleaned(expr)}}}}}"


def _said(expr: str) -> str:
    return f"{{{{{_cleaned(expr)} | toJson}}}}"


def _field(title: str, expr: str, *, short: bool = True) -> str:
    return (
        f',{{"title": "{title}", "value": {_said(expr)}, "short": {"true" if short else "false"}}}'
    )


def _when(expr: str, text: str) -> str:
    return f"{{{{if {expr}}}}}{text}{{{{end}}}}"


_LINK: Final = (
    'printf "%sapplications/%s/%s" .context.argocdUrl .app.metadata.namespace .app.metadata.name'
)
_SYNC: Final = ("status", "operationState", "syncResult")


def _variables(*, pinned: bool) -> str:
    """Return the assignments that every text begins with.

    `pinned` is for what is said of a pin, before any sync of it; else the version is the one that
    was synced: `syncResult` is missing where rendering failed, and then no version is claimed.
    """
    revision = (
        _path("spec", "source", "targetRevision")
        if pinned
        else _path(*_SYNC, "source", "targetRevision")
    )
    lines = (
        f'$chart := dig "metadata" "labels" "{CHART_LABEL}" .app.metadata.name .app',
        f'$environment := dig "metadata" "labels" "{ENVIRONMENT_LABEL}" "unknown" .app',
        f'$team := dig "metadata" "labels" "{TEAM_LABEL}" "unknown" .app',
        f"$revision := {revision}",
        '$prefix := printf "refs/tags/%s-" $chart',
        '$version := default "an unknown version" (trimPrefix $prefix $revision)',
        f"$phase := {_path('status', 'operationState', 'phase')}",
        # After a success the newest entry is what runs now; otherwise it is what ran before.
        f'$back := ternary {1 if pinned else 2} 1 (eq $phase "Succeeded")',
        '$history := dig "status" "history" (list) .app',
        '$before := "unknown"',
        "if ge (len $history) $back",
        "$entry := index $history (sub (len $history) $back)",
        '$before = trimPrefix $prefix (dig "source" "targetRevision" "unknown" $entry)',
        "end",
        f"$noted := and $revision (eq $revision {_note(PIN_ANNOTATION, 'revision')})",
        f"$by := {_note(PIN_ANNOTATION, 'by')}",
        f"$why := {_note(PIN_ANNOTATION, 'why')}",
        f"$commit := {_note(PIN_ANNOTATION, 'commit')}",
        f"$holdReason := {_note(HOLD_ANNOTATION, 'reason')}",
        f"$holdBy := {_note(HOLD_ANNOTATION, 'by')}",
        f"$holdUntil := {_note(HOLD_ANNOTATION, 'until')}",
        '$until := ternary (printf ", until %s" $holdUntil) "" (ne $holdUntil "")',
        f"$problem := {_path('status', 'operationState', 'message')}",
        '$problem = ternary "" $problem (eq $phase "Succeeded")',
        '$commitLink := ""',
        "if and $noted .context.repository",
        '$commitLink = printf "%s/commit/%s" .context.repository $commit',
        "end",
        f"$link := {_LINK}",
    )
    return "".join(f"{{{{- {line} -}}}}" for line in lines)


def _note(prefix: str, name: str) -> str:
    return _path("metadata", "annotations", f"{prefix}{name}")
