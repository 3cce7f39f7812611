"""The judgement of the required check. Standard library alone: it runs without any package.

GitHub counts a skipped job as a success and lets jobs run after failed ones, so this one job looks
at all the others (GitHub, "Troubleshooting required status checks").
"""

import os
import sys
from collections.abc import Iterator, Mapping

_PASSED = frozenset({"success", "skipped"})


def outcomes_of(text: str) -> dict[str, str]:
    """Return the result of each job from `job=result` words."""
    pairs = (word.partition("=") for word in text.split())
    return {job: result for job, _, result in pairs}


def objections(outcomes: Mapping[str, str]) -> Iterator[str]:
    """Yield why the pull request may not be merged; nothing if it may.

    `changes` decides which other jobs may be skipped, so it must have succeeded itself.
    """
    if not outcomes:
        yield "no job was named; run: hmco workflows"
    for job, result in outcomes.items():
        if job == "changes" and result != "success":
            yield f"{job}: {result or 'unknown'}; it must succeed, so re-run the failed jobs"
        elif job == "check" and result != "success":
            yield f"{job}: {result or 'unknown'}; its log tells the findings and their fixes"
        elif result not in _PASSED:
            yield f"{job}: {result or 'unknown'}; look at its log, then re-run the failed jobs"


def main() -> int:
    """Judge the jobs that the variable OUTCOMES names."""
    found = list(objections(outcomes_of(os.environ.get("OUTCOMES", ""))))
    for line in found:
        sys.stdout.write(f"::error::{line}\n")
    sys.stdout.write("refused\n" if found else "every job succeeded or had nothing to do\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
