"""Where GitHub is known to differ from its own description; nothing else may.

Each entry was met with the real provider, or stands in GitHub's documentation as named.
"""

from collections.abc import Mapping
from typing import Final

EXTRA_BODY_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    # The provider sends it in every call and GitHub obeys it (terraform-provider-github,
    # resource_github_repository_environment.go); the description forbids unknown fields there.
    "PUT /repos/{owner}/{repo}/environments/{environment_name}": frozenset({"can_admins_bypass"}),
}
ANY_OPERATION_MAY_ANSWER: Final = frozenset(
    {
        "301",  # a repository that was renamed ("Best practices for using the REST API", redirects)
        "307",  # the same for a write
        "401",  # no or wrong token ("Troubleshooting the REST API")
        "403",  # too few permissions, or a rate limit ("Rate limits for the REST API")
        "404",  # what the token may not see is not there; many reads do not list it
        "409",  # a rule or another write was in the way; `PUT contents` lists it, others do not
        "422",  # validation failed; not listed for every write
        "429",  # the secondary rate limit
        "500",
        "502",
        "503",
    }
)
ANSWERS_THAT_FIT_SEVERAL: Final = frozenset(
    {
        # Exactly one of two errors must fit, and neither has a required field: every error fits
        # both, the one that GitHub sends ("Repository rule violations found") as well.
        ("PUT /repos/{owner}/{repo}/contents/{path}", "409"),
    }
)
FIELDS_THAT_EXAMPLES_LACK: Final[Mapping[str, object]] = {
    # Required by the schemas, absent from the examples beside them.
    "language": None,
    "archived_at": None,
    "type": "organization",
}
