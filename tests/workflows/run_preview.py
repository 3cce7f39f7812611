"""The one comment and the required check of a pull request, as the runner's jobs make them."""

import base64
import gzip
import json

from tests.github.issues import comment
from tests.workflows.acting import preview, pull_event
from tests.workflows.stage import Stage

NUMBER = 7


def only_comment(stage: Stage) -> str:
    """Return the only comment that is ours."""
    (ours,) = [c for c in stage.forge.comments.values() if c["user"]["login"] == stage.forge.login]
    return str(ours["body"])


def test_the_comment_follows_the_pull_request_and_is_always_one(stage: Stage) -> None:
    stage.run("release.yml", "push").done()
    # Somebody quotes the marker: a comment of theirs is never taken for ours.
    comment(stage.forge, NUMBER, "<!-- hmco:preview --> mine", "mallory")
    text = stage.text("Pulumi.staging.yaml")

    # The branch is called like an option, which no command may take for one.
    changed = stage.push(
        "--force", {"Pulumi.staging.yaml": text.replace("Limit: 10", "Limit: 11")}, "Keep one more"
    )
    ran = preview(stage, NUMBER, changed)
    assert ran.jobs["preview-staging"] == "success", ran.told
    assert ran.jobs["required"] == "success"
    # The change is in one stack file, and nothing else is looked at.
    assert ran.jobs.get("preview-prod", "skipped") == "skipped"
    body = only_comment(stage)
    assert "## Changes staging" in body
    assert "🟡 update" in body
    assert "revisionHistoryLimit: 11" in body
    assert (stage.kept / "preview-staging").is_file()
    sarif = gzip.decompress(base64.b64decode(stage.forge.sarifs[-1]["sarif"]))
    assert json.loads(sarif)["version"] == "2.1.0"
    assert stage.forge.sarifs[-1]["ref"].startswith("refs/")

    nothing = stage.push("nothing", {"README.md": "# Words\n"}, "Say more")
    ran = preview(stage, NUMBER, nothing)
    assert ran.jobs["required"] == "success"
    body = only_comment(stage)
    assert "✅ No changes" in body
    assert "No stack can be touched" in body

    program = stage.text("__main__.py") + '\nraise RuntimeError("the program fails <b>here</b>")\n'
    failing = stage.push("failing", {"__main__.py": program}, "Fail")
    ran = preview(stage, NUMBER, failing)
    assert {"preview-dev", "preview-staging", "preview-prod", "required"} <= set(ran.failed())
    body = only_comment(stage)
    assert "❌ FAILED" in body
    assert "the program fails" in body
    assert "<b>here</b>" not in body.split("```", maxsplit=1)[0]
    # What mallory wrote stands as it was.
    assert "<!-- hmco:preview --> mine" in [c["body"] for c in stage.forge.comments.values()]


def test_a_broken_stack_file_fails_the_required_check_and_is_told(stage: Stage) -> None:
    text = stage.text("Pulumi.prod.yaml").replace("automated: false", "automated: maybe", 1)
    head = stage.push("broken", {"Pulumi.prod.yaml": text}, "Maybe")

    ran = preview(stage, NUMBER, head)

    assert "required" in ran.failed()
    assert "❌ FAILED" in only_comment(stage)


def test_a_fork_gets_the_part_that_is_safe(stage: Stage) -> None:
    text = stage.text("Pulumi.staging.yaml").replace("Limit: 10", "Limit: 11")
    head = stage.push("fork", {"Pulumi.staging.yaml": text}, "Retry")
    stage.github.forget()
    payload = pull_event(stage, NUMBER, head)
    payload["pull_request"]["head"]["repo"]["full_name"] = "mallory/charts"
    ran = stage.run(
        "preview.yml", "pull_request", payload=payload, commit=f"refs/pull/{NUMBER}/merge"
    )

    assert ran.jobs["check"] == "success"
    assert ran.jobs["required"] == "success"
    assert not {"preview-dev", "preview-staging", "preview-prod", "report"} & {
        job for job, result in ran.jobs.items() if result == "success"
    }
    assert stage.forge.comments == {}
    assert stage.github.writes() == []
