"""Why Git could not answer, each with what to do about it."""


class GitError(Exception):
    """Git could not answer; the message says what was asked, why it failed and what to do."""


class NotACheckoutError(GitError):
    """The folder is not in a work tree of a Git repository."""


class UnknownRevisionError(GitError):
    """What somebody named is not a commit of this clone."""

    def __init__(self, revision: str, fault: str = "names no commit here") -> None:
        super().__init__(
            f"{revision!r} {fault}; name a branch, tag or commit of this checkout, "
            "such as origin/main (git fetch brings what is missing)"
        )


class HistoryIncompleteError(GitError):
    """The clone lacks commits, objects or tags that the answer needs."""

    def __init__(self, what: str, git: str = "git") -> None:
        super().__init__(
            f"{what}, but this clone does not hold the whole history. Run: {git} fetch --unshallow "
            "--tags (in GitHub Actions: actions/checkout with fetch-depth: 0)"
        )


class ObjectsMissingError(HistoryIncompleteError):
    """The clone has the whole history but not every file, as `git clone --filter` leaves it."""

    def __init__(self, what: str, git: str = "git") -> None:
        GitError.__init__(
            self,
            f"{what}, as in a partial clone. Fetch what it left out: {git} fetch --refetch "
            "--no-filter",
        )


class DefaultBranchError(GitError):
    """It is not clear on which branch changes land."""
