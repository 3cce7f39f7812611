"""The sync options that have an effect on an Application (Argo CD 3.5, Sync Options)."""

import difflib
from functools import lru_cache
from typing import Final

CREATE_NAMESPACE: Final = "CreateNamespace=true"
FAIL_ON_SHARED_RESOURCE: Final = "FailOnSharedResource=true"

SYNC_OPTIONS: Final = (
    "ApplyOutOfSyncOnly=true",
    "ClientSideApplyMigration=false",
    CREATE_NAMESPACE,
    "Delete=confirm",
    "Delete=false",
    FAIL_ON_SHARED_RESOURCE,
    "Prune=confirm",
    "Prune=false",
    "PruneLast=true",
    "PrunePropagationPolicy=background",
    "PrunePropagationPolicy=foreground",
    "PrunePropagationPolicy=orphan",
    "Replace=true",
    "RespectIgnoreDifferences=true",
    "ServerSideApply=true",
    "SkipDryRunOnMissingResource=true",
    "Validate=false",
)
"""Argo CD compares whole strings and silently ignores every other."""


# Most charts have the same in all environments.
@lru_cache(maxsize=1024)
def sync_option_problems(options: tuple[str, ...]) -> str:
    """Return all that is unknown, repeated or contradictory among the options, "" for nothing."""
    problems = [
        f"sync option {option!r} has no effect in Argo CD{_hint(option)}"
        for option in options
        if option not in SYNC_OPTIONS
    ]
    if problems:
        problems.append(f"known are {', '.join(SYNC_OPTIONS)}")
    seen: dict[str, str] = {}
    for option in options:
        key = option.partition("=")[0]
        if seen.get(key) == option:
            problems.append(f"sync option {option!r} is listed twice")
        elif key in seen:
            problems.append(f"sync options {seen[key]!r} and {option!r} contradict each other")
        seen[key] = option
    if {"Replace=true", "ServerSideApply=true"} <= set(options):
        problems.append(
            "sync option 'Replace=true' overrules 'ServerSideApply=true'; keep the one you mean"
        )
    return "; ".join(problems)


def _hint(option: str) -> str:
    near = difflib.get_close_matches(option, SYNC_OPTIONS, n=1, cutoff=0.8)
    return f" (did you mean {near[0]}?)" if near else ""
