"""Every trigger and template by Argo CD's own offline judge, which exits 0 whatever it finds."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from release.monitoring.gitfacts import one_line
from release.monitoring.notifications import (
    TRIGGERS,
    config_data,
    config_map,
    external_secret,
    known_triggers,
)
from release.settings.model import TriggerName
from release.settings.observability import ExternalToken, Notifier
from tests.builders import environment
from tools.toolchain.locate import locate

LABEL = "release.254carbon.com/"
LONG = {"Why", "Argo CD says", "Commit"}
"""What gets a row of its own."""


def notifier() -> Notifier:
    return Notifier.model_validate_json(
        json.dumps(
            {
                "argocdUrl": "https://argocd.example.org/",
                "slackApi": None,
                "token": {"kind": "existing"},
            }
        )
    )


def application(**notes: str) -> dict[str, Any]:
    """Return an Application after a sync of alpha 1.1.0, with these notes as annotations."""
    pin = {"kind": "promotion", "revision": "refs/tags/alpha-1.1.0", "by": "Rita", "why": "Works"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "alpha-test",
            "namespace": "argocd",
            "labels": {
                f"{LABEL}chart": "alpha",
                f"{LABEL}environment": "test",
                f"{LABEL}team": "sre",
                f"{LABEL}version": "9.9.9",
            },
            "annotations": {f"{LABEL}pin-{key}": value for key, value in (pin | notes).items()},
        },
        "spec": {
            "project": "testing",
            "source": {"targetRevision": "refs/tags/alpha-9.9.9"},
            "syncPolicy": {"automated": {"enabled": False}},
        },
        "status": {
            "health": {"status": "Healthy"},
            "sync": {"status": "Synced"},
            "history": [
                {"id": n, "source": {"targetRevision": f"refs/tags/alpha-1.{n}.0"}} for n in (0, 1)
            ],
            "operationState": {
                "phase": "Succeeded",
                "startedAt": "2026-01-01T00:00:00Z",
                "syncResult": {"source": {"targetRevision": "refs/tags/alpha-1.1.0"}},
            },
        },
    }


def judge(folder: Path, app: dict[str, Any], *arguments: str, repository: str | None = None) -> str:
    """Return what the tool prints; it has failed if it complains or leaves a value out."""
    found = locate(("argocd-programs",))
    assert not found.missing, f"run make setup-dev; missing: {', '.join(found.missing)}"
    files = {
        "app.yaml": app,
        "config.yaml": config_map(
            environment({"source.repository": repository} if repository else {}), notifier()
        ),
        "kubeconfig": {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:1"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "namespace": "argocd"}}],
            "current-context": "x",
        },
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    done = subprocess.run(
        [
            found.bins["argocd-programs"] / "argocd-notifications",
            "tools",
            *arguments,
            "app.yaml",
            "--config-map=config.yaml",
            "--secret=:empty",
        ],
        cwd=folder,
        env={"KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    complaints = [
        line
        for line in done.stderr.splitlines()
        if "level=error" in line or line.startswith("failed to")
    ]
    assert complaints == []
    assert "<no value>" not in done.stdout
    return done.stdout


def message(
    folder: Path, app: dict[str, Any], trigger: str, *, repository: str | None = None
) -> tuple[str, dict[str, str]]:
    """Return the text and the fields of a trigger's message."""
    told = yaml.safe_load(judge(folder, app, "template", "notify", trigger, repository=repository))
    (attachment,) = json.loads(told["slack"]["attachments"])
    fields = attachment.pop("fields")
    assert attachment == {
        "color": {each.name: each.colour for each in TRIGGERS}[trigger],
        "mrkdwn_in": [],  # Slack would make what a person wrote bold, or cross it out
        "fallback": told["message"],
        "title": "alpha-test in Argo CD",
        "title_link": "https://argocd.example.org/applications/argocd/alpha-test",
    }
    assert all(field["short"] == (field["title"] not in LONG) for field in fields)
    return told["message"], {field["title"]: field["value"] for field in fields}


def holds(folder: Path, app: dict[str, Any], trigger: str) -> bool:
    """Tell whether a trigger's condition holds."""
    last = judge(folder, app, "trigger", "run", trigger).splitlines()[-1]
    return last.endswith("true")


def changed(path: str, value: object, **notes: str) -> dict[str, Any]:
    """Return the Application with one value replaced, or removed where it is None."""
    app = application(**notes)
    *parents, last = path.split("/")
    place = app
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return app


FAILED = changed("status/operationState/phase", "Failed")
EARLY = changed("status/operationState", {"phase": "Error", "message": "cannot render"})
NEW = changed("status", None)
SYNCING = changed("status/sync/status", "OutOfSync")
SYNCING["status"]["operationState"]["phase"] = "Running"
AUTOMATED = changed("status/sync/status", "OutOfSync")
AUTOMATED["spec"]["syncPolicy"]["automated"]["enabled"] = True
SITUATIONS = {
    "deployed": (application(), {"release-deployed"}),
    "rolled back": (application(kind="rollback"), {"release-rolled-back"}),
    "rolled back, but another version was synced": (
        application(kind="rollback", revision="refs/tags/alpha-1.0.0"),
        {"release-deployed"},
    ),
    "failed": (FAILED, {"release-failed"}),
    "failed before anything was rendered": (EARLY, {"release-failed"}),
    "degraded": (changed("status/health/status", "Degraded"), {"release-degraded"}),
    "waiting": (
        changed("status/sync/status", "OutOfSync"),
        {"release-deployed", "release-waiting"},
    ),
    "waiting no longer, since a person syncs": (SYNCING, set()),
    "about to sync by itself": (AUTOMATED, {"release-deployed"}),
    "just made": (NEW, set()),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_calls_for_its_own_triggers_and_no_other(
    tmp_path: Path, situation: str
) -> None:
    app, expected = SITUATIONS[situation]
    called = {t.name for t in TRIGGERS if holds(tmp_path, app, t.name)}
    assert called == expected


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("trigger", [t.name for t in TRIGGERS])
def test_every_template_is_whole_in_every_situation(
    tmp_path: Path, trigger: str, situation: str
) -> None:
    text, fields = message(tmp_path, SITUATIONS[situation][0], trigger)
    assert text.startswith("alpha ")
    assert {"Chart", "Environment", "Version", "Before", "Team"} <= set(fields)
    assert all(fields.values())


def test_a_version_is_claimed_only_where_it_was_synced(tmp_path: Path) -> None:
    assert message(tmp_path, application(), "release-deployed")[0] == "alpha 1.1.0 runs in test"
    assert "an unknown version" in message(tmp_path, EARLY, "release-failed")[0]
    assert message(tmp_path, application(), "release-waiting")[0].startswith("alpha 9.9.9 waits")


def test_the_version_before_is_what_ran_and_not_what_failed(tmp_path: Path) -> None:
    assert message(tmp_path, application(), "release-deployed")[1]["Before"] == "1.0.0"
    assert message(tmp_path, FAILED, "release-failed")[1]["Before"] == "1.1.0"


def test_a_held_pin_is_told_with_who_holds_it_why_and_until_when(tmp_path: Path) -> None:
    app = application(commit="3f9a1c0", revision="refs/tags/alpha-9.9.9")
    said = {"commit": "77b0e1d", "by": "Rita", "reason": "audit", "until": "2026-12-24"}
    app["metadata"]["annotations"] |= {f"{LABEL}hold-{key}": text for key, text in said.items()}
    text, fields = message(tmp_path, app, "release-held")
    assert text == "alpha 9.9.9 is held in test"
    assert fields == {
        "Chart": "alpha",
        "Environment": "test",
        "Version": "9.9.9",
        "Before": "1.1.0",
        "Team": "sre",
        "Pinned by": "Rita",
        "Why": "Works",
        "Hold": "audit (by Rita, until 2026-12-24)",
        "Commit": "https://git.example.org/charts/commit/3f9a1c0",
    }
    del app["metadata"]["annotations"][f"{LABEL}hold-until"]
    assert message(tmp_path, app, "release-held")[1]["Hold"] == "audit (by Rita)"
    local = message(tmp_path, app, "release-held", repository="file:///srv/git/charts.git")[1]
    assert fields.keys() - local.keys() == {"Commit"}, "nobody can follow that link"
    synced = message(tmp_path, app, "release-deployed")[1]
    assert not {"Pinned by", "Commit"} & synced.keys(), "another version was synced"


def test_what_argo_cd_says_is_told_of_a_failure_alone_and_not_for_pages(tmp_path: Path) -> None:
    long = changed("status/operationState/message", "x" * 10_000)
    assert "Argo CD says" not in message(tmp_path, long, "release-deployed")[1]
    long["status"]["operationState"]["phase"] = "Failed"
    assert message(tmp_path, long, "release-failed")[1]["Argo CD says"] == "x" * 500


HOSTILE = (
    "<!channel> look",
    "<!here|now>",
    "<@U012345>",
    "<https://evil.example|click>",
    "&lt;!channel&gt;",
    'a "quoted" word',
    "back\\slash \\n",
    '{{ index .secrets "slack-token" }}',
    '{{template "x"}}',
    "${IFS} $(id) `id`",
    "'; DROP TABLE pins; --",
    "<script>alert(1)</script>",
    "*bold* _it_ ~gone~ `code`",
    '</w> ]}] , {"text": "x"}',
    "[link](http://evil.example)",
    "@channel @everyone @here",
    ":rotating_light:",
    "emoji \U0001f600 and \u202eright to left",
    "null",
    "%s %d %!v(MISSING)",
    "a" * 10_000,
    "ü" * 400,
    '=HYPERLINK("http://evil.example")',
    "- item\n- other\n\nparagraph",
    "tab\tand\rreturn",
    "\x1b[31mred\x1b[0m",
    "nul\x00byte",
    "\u2028line separator\u2029",
    "zero\u200bwidth",
    "#!/bin/sh",
    "--flag=value",
    "~!@#$%^&*()_+",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_person_wrote_stays_text(tmp_path: Path, text: str) -> None:
    app = application(why=one_line(text), by=one_line(text))
    _, fields = message(tmp_path, app, "release-deployed")
    for name in ("Why", "Pinned by"):
        assert "<" not in fields[name]
        assert ">" not in fields[name]
        assert "\n" not in fields[name]
        assert len(fields[name]) <= 500 * 5
    unescaped = fields["Why"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert unescaped.rstrip("\ufffd") == one_line(text)[: len(unescaped.rstrip("\ufffd"))]


def test_every_trigger_of_ours_can_be_subscribed_to_in_a_stack_file_and_no_other() -> None:
    offered = {name for name in get_args(TriggerName) if name.startswith("release-")}
    assert offered == {trigger.name for trigger in TRIGGERS}
    assert known_triggers() <= {*get_args(TriggerName)}


def test_argo_cd_s_own_names_send_the_same_messages() -> None:
    data = config_data(environment(), notifier())
    for name, ours in {
        "on-deployed": "release-deployed",
        "on-sync-succeeded": "release-deployed",
        "on-sync-failed": "release-failed",
        "on-health-degraded": "release-degraded",
    }.items():
        assert data[f"trigger.{name}"] == data[f"trigger.{ours}"]
        assert name in known_triggers()


@pytest.mark.parametrize(
    ("repository", "web"),
    [
        ("https://github.com/acme/shop.git", "https://github.com/acme/shop"),
        ("git@github.com:acme/shop.git", "https://github.com/acme/shop"),
        ("file:///srv/git/shop.git", ""),
    ],
)
def test_commits_are_linked_where_the_repository_has_a_web_address(
    repository: str, web: str
) -> None:
    data = config_data(environment({"source.repository": repository}), notifier())
    assert yaml.safe_load(data["context"])["repository"] == web


def test_the_token_is_merged_into_argo_cd_s_secret_from_the_store_that_is_named() -> None:
    said = {"storeKind": "ClusterSecretStore", "store": "vault", "key": "slack", "property": "bot"}
    token = ExternalToken.model_validate_json(json.dumps({"kind": "external", **said}))
    assert external_secret(environment(), token)["spec"] == {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
        "refreshInterval": "1h",
        "target": {"name": "argocd-notifications-secret", "creationPolicy": "Merge"},
        "data": [
            {"secretKey": "slack-token", "remoteRef": {"key": "slack", "property": "bot"}},
        ],
    }
    whole: Any = external_secret(environment(), token.model_copy(update={"property": None}))
    assert whole["spec"]["data"] == [{"secretKey": "slack-token", "remoteRef": {"key": "slack"}}]


def test_what_went_wrong_is_red_and_nothing_else_looks_like_it_or_like_a_success() -> None:
    colours = {trigger.name: trigger.colour for trigger in TRIGGERS}
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours.values())
    red, green = colours["release-failed"], colours["release-deployed"]
    assert {name for name in colours if colours[name] == red} == {
        "release-failed",
        "release-degraded",
    }
    assert {name for name in colours if colours[name] == green} == {"release-deployed"}


def test_the_config_map_has_the_label_by_which_argo_cd_knows_its_own_settings() -> None:
    metadata: Any = config_map(environment(), notifier())["metadata"]
    assert metadata["labels"]["app.kubernetes.io/part-of"] == "argocd"


def test_slack_is_spoken_to_where_the_stack_file_says() -> None:
    def service(slack_api: str | None) -> object:
        said = notifier().model_copy(update={"slack_api": slack_api})
        return yaml.safe_load(config_data(environment(), said)["service.slack"])

    assert service(None) == {"token": "$slack-token"}
    theirs = "https://slack.example.org/api/"
    assert service(theirs) == {"token": "$slack-token", "apiURL": theirs}


def test_only_what_must_not_be_lost_is_tried_again() -> None:
    assert {t.name for t in TRIGGERS if not t.once} == {"release-failed", "release-degraded"}
