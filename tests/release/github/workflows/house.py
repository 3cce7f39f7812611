"""What neither linters nor act judge, asked of a parsed workflow file: one function a rule."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from release.github.workflows import actions

Parsed = Mapping[str, Any]

ACTIONS: Final = tuple(each for each in vars(actions).values() if isinstance(each, actions.Action))
"""Every action that workflows may use."""

_VALUE: Final = r'(?:--[a-z-]+="\$[A-Z_]+"|"\$[A-Z_]+")'
CALL: Final = re.compile(
    rf"(?:(?:exec )?\.venv/bin/hmco|python3 -m [a-z.]+)(?: (?:--[a-z-]+|[a-z-]+|--|{_VALUE}))*"
)
"""One call of our command line: words of ours, and values that come from `env` in quotes."""


def jobs(parsed: Parsed) -> Iterator[tuple[str, Parsed]]:
    """Yield id and body of each job."""
    yield from parsed["jobs"].items()


def steps(parsed: Parsed) -> Iterator[Parsed]:
    """Yield the steps of all jobs."""
    for _, job in jobs(parsed):
        yield from job["steps"]


def run_is_one_call(parsed: Parsed) -> Iterator[str]:
    for step in steps(parsed):
        if "run" in step and not CALL.fullmatch(step["run"]):
            yield f"{step['name']}: {step['run']}"


def options_end_before_values(parsed: Parsed) -> Iterator[str]:
    """Find values that become options when they begin with a hyphen."""
    for step in steps(parsed):
        bare = re.search(r'(?<!=)"\$[A-Z_]+"', step.get("run", ""))
        if bare and " -- " not in step["run"][: bare.start()]:
            yield f"{step['name']}: {step['run']}"


def action_is_in_the_table(parsed: Parsed) -> Iterator[str]:
    known = {action.uses for action in ACTIONS}
    for step in steps(parsed):
        if "uses" in step and step["uses"] not in known:
            yield step["uses"]


def nothing_is_allowed_at_the_top(parsed: Parsed) -> Iterator[str]:
    if parsed.get("permissions") != {}:
        yield str(parsed.get("permissions"))


def job_names_its_scopes_and_its_time(parsed: Parsed) -> Iterator[str]:
    for name, job in jobs(parsed):
        if not {"permissions", "timeout-minutes", "name", "runs-on"} <= set(job):
            yield name


def checkout_keeps_no_credentials(parsed: Parsed) -> Iterator[str]:
    for step in steps(parsed):
        checks_out = step.get("uses", "").startswith("actions/checkout@")
        if checks_out and step.get("with", {}).get("persist-credentials") is not False:
            yield step["name"]


def pull_request_code_writes_nothing(parsed: Parsed) -> Iterator[str]:
    """Find jobs of a pull request that may write and run something else than the base's code.

    Previews are the exception that their read-only environments are made for.
    """
    if not {"pull_request", "pull_request_review"} & set(parsed["on"]):
        return
    for name, job in jobs(parsed):
        writes = [s for s, level in job["permissions"].items() if level == "write"]
        if writes in ([], ["id-token"]):
            continue
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                ref = str(step.get("with", {}).get("ref", ""))
                if "pull_request.base.sha" not in ref and ref != "main":
                    yield f"{name} has {writes} and checks out {ref or 'the merge'}"


def dangerous_triggers_stay_away(parsed: Parsed) -> Iterator[str]:
    yield from {"pull_request_target", "workflow_run", "issue_comment"} & set(parsed["on"])


def secret_needs_an_environment(parsed: Parsed) -> Iterator[str]:
    for name, job in jobs(parsed):
        if "secrets." in str(job) and "environment" not in job:
            yield name


def production_secrets_stay_in_production(parsed: Parsed) -> Iterator[str]:
    """Find jobs started by a pull request or the clock whose environment is no read-only one."""
    if {"push", "workflow_dispatch"} & set(parsed["on"]) and "schedule" not in parsed["on"]:
        return
    for name, job in jobs(parsed):
        place = job.get("environment")
        if place and not (place["name"].endswith("-preview") and place["deployment"] is False):
            yield f"{name}: {place['name']}"


def token_request_needs_a_login(parsed: Parsed) -> Iterator[str]:
    logins = ("aws-actions/", "google-github-actions/", "azure/login", "pulumi/auth")
    for name, job in jobs(parsed):
        asks = job["permissions"].get("id-token") == "write"
        logs_in = any(step.get("uses", "").startswith(logins) for step in job["steps"])
        if asks != logs_in:
            yield name


def app_token_names_its_rights(parsed: Parsed) -> Iterator[str]:
    most = {
        "app": {"contents": "write", "pull-requests": "write"},
        "guard": {
            "administration": "write",
            "issues": "write",
            "actions": "read",
            "members": "read",
        },
    }
    for step in steps(parsed):
        if step.get("uses", "").startswith("actions/create-github-app-token@"):
            rights = {
                name.removeprefix("permission-"): level
                for name, level in step["with"].items()
                if name.startswith("permission-")
            }
            if not rights or rights.items() - most[step["id"]].items():
                yield f"{step['name']}: {sorted(rights)}"


def administration_is_for_the_deploy_of_production_alone(parsed: Parsed) -> Iterator[str]:
    """Find what could loosen the guard outside of the job that a reviewer lets in."""
    keys = ("HMCO_GOVERNANCE", "HMCO_GITHUB", "steps.guard", "administration")
    for name, job in jobs(parsed):
        lends = [step for step in job["steps"] if any(key in str(step) for key in keys)]
        place = job.get("environment", {}).get("name")
        if lends and (name, place) != ("deploy-prod", "prod"):
            yield name
        for step in lends:
            makes = step.get("uses", "").startswith("actions/create-github-app-token@")
            if "secrets.HMCO_GOVERNANCE" in str(step) and not makes:
                yield f"{name}: {step['name']} is given the key itself"


def pull_requests_come_from_the_app(parsed: Parsed) -> Iterator[str]:
    """Find pull requests of the default token, which start no checks, and tags by it likewise."""
    for step in steps(parsed):
        speaks = "--pull-request" in step.get("run", "") or step.get("run", "").endswith(" release")
        if speaks and step["env"].get("GITHUB_TOKEN") != "${{ steps.app.outputs.token }}":
            yield step["name"]


def up_is_never_cancelled(parsed: Parsed) -> Iterator[str]:
    for name, job in jobs(parsed):
        if name.startswith("deploy-"):
            group = job.get("concurrency", {})
            if group.get("group") != name or group.get("cancel-in-progress") is not False:
                yield name
    deploys = any(name.startswith("deploy-") for name, _ in jobs(parsed))
    if deploys and parsed.get("concurrency", {}).get("cancel-in-progress"):
        yield "the whole workflow"


def dispatches_queue(parsed: Parsed) -> Iterator[str]:
    if set(parsed["on"]) == {"workflow_dispatch"}:
        wanted = {"group": "pins", "cancel-in-progress": False, "queue": "max"}
        if parsed.get("concurrency") != wanted:
            yield str(parsed.get("concurrency"))


def required_workflow_always_starts(parsed: Parsed) -> Iterator[str]:
    if "required" not in parsed["jobs"]:
        return
    if "merge_group" not in parsed["on"]:
        yield "the merge queue waits for ever"
    for event, how in parsed["on"].items():
        if {"paths", "paths-ignore"} & set(how or {}):
            yield f"{event} does not start for some paths"


def required_job_sees_all_others(parsed: Parsed) -> Iterator[str]:
    required = parsed["jobs"].get("required")
    if required is None:
        return
    if "always()" not in str(required.get("if")):
        yield "it is skipped when another job fails"
    unseen = set(parsed["jobs"]) - {"required", "report", *required["needs"]}
    yield from sorted(unseen)


def nothing_is_cached_where_it_counts(parsed: Parsed) -> Iterator[str]:
    for step in steps(parsed):
        if "cache" in step.get("uses", "") or "cache" in step.get("with", {}):
            yield step["name"]


def clock_is_off_the_hour(parsed: Parsed) -> Iterator[str]:
    for entry in parsed["on"].get("schedule", ()):
        if int(entry["cron"].split()[0]) % 5 == 0:
            yield entry["cron"]


RULES: Final[Mapping[str, Callable[[Parsed], Iterator[str]]]] = {
    rule.__name__.replace("_", " "): rule
    for rule in (
        run_is_one_call,
        options_end_before_values,
        action_is_in_the_table,
        nothing_is_allowed_at_the_top,
        job_names_its_scopes_and_its_time,
        checkout_keeps_no_credentials,
        pull_request_code_writes_nothing,
        dangerous_triggers_stay_away,
        secret_needs_an_environment,
        production_secrets_stay_in_production,
        token_request_needs_a_login,
        app_token_names_its_rights,
        administration_is_for_the_deploy_of_production_alone,
        pull_requests_come_from_the_app,
        up_is_never_cancelled,
        dispatches_queue,
        required_workflow_always_starts,
        required_job_sees_all_others,
        nothing_is_cached_where_it_counts,
        clock_is_off_the_hour,
    )
}
