"""Messages as Slack gets them: our objects on an API server, Argo CD's own controller, a stand-in.

The program itself brings ConfigMap and Secret there, as a customer's `pulumi up` would.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.estate import load_estate, read_stack_files
from release.github.checklist import State
from release.monitoring.kubectl import look
from release.monitoring.preflight import cluster_lines
from release.registry import REGISTRY
from tests.cluster.apiserver import CONTEXT, Cluster, running_cluster
from tests.cluster.controller import Controller, application, running_controller, until
from tests.cluster.slack import Slack, running_slack
from tests.engine.program import Program, copy_program
from tests.engine.watched import watch

pytestmark = pytest.mark.xdist_group("notifications")
TOKEN = "xoxb-of-the-test"  # noqa: S105 -- the stand-in takes any
CHANNELS = {
    "release-deployed": "deployed",
    "release-failed": "failed",
    "release-degraded": "degraded",
    "release-rolled-back": "rolled-back",
    "release-waiting": "waiting",
    "release-held": "held-{team}",
}


@dataclass(frozen=True)
class World:
    """What runs, and the program that was brought up."""

    cluster: Cluster
    slack: Slack
    controller: Controller
    program: Program


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Bring staging up on an API server where Argo CD's own ConfigMap and Secret already are."""
    folder = tmp_path_factory.mktemp("notifications")
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster, running_slack() as slack:
        cluster.kubectl(
            "create", "configmap", "argocd-notifications-cm", "-n", "argocd",
            "--from-literal=trigger.on-theirs=[]",
        )  # fmt: skip
        cluster.kubectl(
            "create", "secret", "generic", "argocd-notifications-secret", "-n", "argocd",
            "--from-literal=their-key=theirs",
        )  # fmt: skip
        program = _program(folder, cluster, slack)
        for expectation in ((), ("--expect-no-changes",)):
            answer = program.up("staging", *expectation)
            assert answer.code == 0, answer.text
            assert TOKEN not in answer.text
        with running_controller(folder, cluster) as controller:
            # Told once, so a test that has Slack refuse messages must not meet the first look.
            until(lambda: slack.told("held-sre") != [], "the message of the hold")
            yield World(cluster, slack, controller, program)


def _program(folder: Path, cluster: Cluster, slack: Slack) -> Program:
    program = copy_program(
        folder / "program", {"HMCO_KUBECONFIG": str(cluster.kubeconfig), "HMCO_SLACK_TOKEN": TOKEN}
    )
    program.edit(
        "staging",
        "    kind: manifests\n    directory: build/staging\n",
        f"    kind: cluster\n    context: {CONTEXT}\n",
    )
    watch(
        program,
        "staging",
        notifier={"slackApi": slack.address, "token": {"kind": "pulumi"}},
        channels=CHANNELS,
        monitoring=None,
    )
    return program


def told(world: World, channel: str, chart: str) -> list[str]:
    """Return what a channel was told of a chart; tests run in any order."""
    return [text for text in world.slack.told(channel) if text.startswith(f"{chart} ")]


def fields_of(world: World, channel: str, chart: str) -> list[dict[str, object]]:
    """Return the fields of each of those messages."""
    return [
        {field["title"]: field["value"] for field in post["attachments"][0]["fields"]}
        for post in world.slack.posts
        if post["channel"] == channel and post["text"].startswith(f"{chart} ")
    ]


def told_anew(
    world: World, channel: str, texts: list[str], name: str, **annotations: str | None
) -> None:
    """Write our annotations of an Application anew, and wait for the messages that follow.

    The controller notes what it has sent by writing all annotations as it had read them, ours too.
    """
    notes = {
        f"release.254carbon.com/{key.replace('_', '-')}": annotations[key] for key in annotations
    }

    def happened() -> bool:
        application(world.cluster, name).patch({"metadata": {"annotations": notes}})
        return world.slack.told(channel) == texts

    until(happened, f"message {len(texts)} to {channel}")


def test_their_keys_stay_and_ours_arrive_whole(world: World) -> None:
    config = json.loads(
        world.cluster.kubectl(
            "get", "configmap", "argocd-notifications-cm", "-n", "argocd", "-o", "json"
        )
    )["data"]
    assert config["trigger.on-theirs"] == "[]"
    assert {f"trigger.{name}" for name in CHANNELS} <= set(config)
    secret = json.loads(
        world.cluster.kubectl(
            "get", "secret", "argocd-notifications-secret", "-n", "argocd", "-o", "json"
        )
    )["data"]
    assert {key: base64.b64decode(value).decode() for key, value in secret.items()} == {
        "their-key": "theirs",
        "slack-token": TOKEN,
    }


def test_no_file_of_the_program_or_its_state_holds_the_token(world: World) -> None:
    files = world.program.snapshot()
    assert [name for name in files if name.endswith("stacks/hmco/staging.json")], "the state"
    found = [
        name
        for name, content in files.items()
        if TOKEN.encode() in content or base64.b64encode(TOKEN.encode()) in content
    ]
    assert found == []


def test_a_deployment_is_told_with_what_was_synced_and_not_with_the_next_pin(
    world: World,
) -> None:
    app = application(world.cluster, "api-gateway-staging")
    app.patch({"spec": {"source": {"targetRevision": "refs/tags/api-gateway-1.9.0"}}})
    app.synced("1.1.0")
    until(lambda: told(world, "deployed", "api-gateway") != [], "a message of the deployment")
    assert told(world, "deployed", "api-gateway") == ["api-gateway 1.1.0 runs in staging"]
    (fields,) = fields_of(world, "deployed", "api-gateway")
    assert fields["Version"] == "1.1.0"
    assert fields["Before"] == "1.0.0"
    assert "Pinned by" not in fields, "another pin has landed meanwhile, so who is not known"
    assert world.slack.posts[0]["token"] == TOKEN


def test_a_second_sync_of_the_same_version_is_told_again_and_a_second_look_is_not(
    world: World,
) -> None:
    app = application(world.cluster, "cloudflare-tunnel-staging")
    app.synced("1.0.0")
    text = "cloudflare-tunnel 1.0.0 runs in staging"
    until(lambda: world.slack.told("deployed").count(text) == 1, "the first message")
    app.touch()
    app.synced("1.0.0", ran="1.0.0")
    until(lambda: world.slack.told("deployed").count(text) == 2, "the second message")
    for fields in fields_of(world, "deployed", "cloudflare-tunnel"):
        assert fields["Pinned by"] == "Rita Releaser"
        assert fields["Why"] == "Raise everything to 1.0.0"


def test_a_rollback_to_a_known_version_is_told_as_one_with_who_and_why(world: World) -> None:
    app = application(world.cluster, "storage-staging")
    app.synced("1.0.0", ran="1.1.0")
    until(lambda: world.slack.told("rolled-back") != [], "the message of the rollback")
    assert world.slack.told("rolled-back") == ["storage 1.0.0 was rolled back to in staging"]
    fields = fields_of(world, "rolled-back", "storage")[0]
    assert fields["Before"] == "1.1.0"
    assert fields["Pinned by"] == "Rita Releaser"
    assert fields["Why"] == (
        'Roll back storage to 1.0.0: Broke "login" &lt;!channel&gt; &amp; *more* @here'
    ), "Slack would call everybody in the channel"
    assert not [t for t in world.slack.told("deployed") if t.startswith("storage")]


def test_a_hold_is_told_once_to_the_team_that_owns_the_chart(world: World) -> None:
    application(world.cluster, "storage-staging").touch()
    assert world.slack.told("held-sre") == ["storage 1.0.0 is held in staging"]
    assert "&lt;!channel&gt;" in str(fields_of(world, "held-sre", "storage")[0]["Hold"])
    text = "storage 1.0.0 is held in staging"
    told_anew(world, "held-sre", [text] * 2, "storage-staging", hold_commit="b" * 40)


def test_a_failure_that_slack_refused_is_tried_again(world: World) -> None:
    app = application(world.cluster, "data-platform-staging")
    world.slack.refusing = "channel_not_found"
    try:
        app.synced("1.2.0", "Failed")
        until(
            lambda: any(p["channel"] == "failed" for p in world.slack.refused), "a refused message"
        )
    finally:
        world.slack.refusing = None
    assert world.slack.told("failed") == []
    app.touch()
    until(lambda: world.slack.told("failed") != [], "the second try")
    assert world.slack.told("failed") == ["data-platform 1.2.0 could not be synced in staging"]
    assert (
        fields_of(world, "failed", "data-platform")[0]["Argo CD says"]
        == "one or more objects failed"
    )
    assert fields_of(world, "failed", "data-platform")[0]["Before"] == "1.0.0"
    failures = r'deliveries_total\{[^}]*succeeded="false"[^}]*\} [1-9]'
    assert re.search(failures, world.controller.counted())


def test_what_is_told_once_per_operation_is_lost_when_slack_refuses_it(world: World) -> None:
    app = application(world.cluster, "monitoring-staging")
    world.slack.refusing = "invalid_auth"
    try:
        app.synced("1.0.0")
        until(lambda: any("monitoring" in p["text"] for p in world.slack.refused), "a refusal")
    finally:
        world.slack.refusing = None
    app.touch()
    marker = application(world.cluster, "service-mesh-staging")
    marker.synced("1.0.0")
    until(
        lambda: any(t.startswith("service-mesh") for t in world.slack.told("deployed")),
        "a later message",
    )
    assert not any(t.startswith("monitoring") for t in world.slack.told("deployed"))


def test_a_degraded_application_is_told(world: World) -> None:
    app = application(world.cluster, "ml-platform-staging")
    app.synced("1.0.0", health="Degraded")
    until(lambda: world.slack.told("degraded") != [], "the message")
    assert world.slack.told("degraded") == ["ml-platform 1.0.0 is degraded in staging"]


def test_a_pin_that_waits_for_a_person_is_told_with_the_version_that_waits(world: World) -> None:
    app = application(world.cluster, "api-gateway-staging")
    app.patch(
        {
            "spec": {
                "syncPolicy": {"automated": {"enabled": False}},
                "source": {"targetRevision": "refs/tags/api-gateway-1.3.0"},
            },
            "status": {
                "sync": {
                    "status": "OutOfSync",
                    "comparedTo": {
                        "source": {"repoURL": "https://github.com/254CARBON/HMCo.git"},
                        "destination": {},
                    },
                }
            },
        }
    )
    until(lambda: world.slack.told("waiting") != [], "the message")
    text = "api-gateway 1.3.0 waits for a person's sync in staging"
    assert world.slack.told("waiting") == [text]
    told_anew(world, "waiting", [text] * 2, "api-gateway-staging", pin_commit="b" * 40)
    told_anew(world, "waiting", [text] * 3, "api-gateway-staging", pin_commit=None)
    app.patch({"spec": {"source": {"targetRevision": "refs/tags/api-gateway-1.4.0"}}})
    until(lambda: len(world.slack.told("waiting")) > 3, "the message of a pin that nobody noted")
    text = "api-gateway 1.4.0 waits for a person's sync in staging"
    assert world.slack.told("waiting")[3:] == [text]


def test_one_broken_template_of_somebody_else_stops_all_and_the_alert_sees_it(
    world: World,
) -> None:
    def config(value: str | None) -> None:
        world.cluster.kubectl(
            "patch", "configmap", "argocd-notifications-cm", "-n", "argocd", "--type=merge", "-p",
            json.dumps({"data": {"template.theirs": value}}),
        )  # fmt: skip

    config("message: '{{'")
    until(lambda: "theirs" in world.controller.log.read_text(), "the log line")
    app = application(world.cluster, "service-mesh-staging")
    app.synced("1.4.0")
    before = evaluations(world)
    app.touch()
    until(lambda: world.controller.log.read_text().count("theirs") > 1, "another failed look")
    assert not any(t.startswith("service-mesh 1.4.0") for t in world.slack.told("deployed"))
    assert evaluations(world) == before, "HmcoNotificationsDead watches this counter stand still"
    config(None)
    app.touch()
    until(
        lambda: any(t.startswith("service-mesh 1.4.0") for t in world.slack.told("deployed")),
        "the message once the key is gone",
    )


def test_the_preflight_names_what_this_cluster_lacks_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMCO_KUBECONFIG", str(world.cluster.kubeconfig))
    monkeypatch.setenv("PATH", str(world.cluster.programs))
    seen = look("argocd", CONTEXT, os.environ)
    assert set(seen.secret_keys or ()) == {"slack-token", "their-key"}
    assert "applications.argoproj.io" in (seen.crds or ())
    estate = load_estate(REGISTRY, read_stack_files(world.program.folder))
    lines = {line.what.partition(" (")[0]: line.state for line in cluster_lines(estate, seen)}
    assert lines == {
        "Argo CD's own settings open nothing that the stack files close": State.MISSING,
        **{
            f"the triggers that {name} subscribes to are defined": State.DONE
            for name in ("staging", "prod")
        },
        "a notifications controller runs in Argo CD's namespace": State.MISSING,
        "argocd-notifications-secret has the key slack-token": State.DONE,
        "argocd-notifications-cm has service.slack": State.DONE,
    }, "the controller runs beside the cluster here, and nobody has made argocd-cm"


def evaluations(world: World) -> float:
    """Return how many triggers the controller has judged."""
    lines = world.controller.counted().splitlines()
    prefix = "argocd_notifications_trigger_eval_total{"
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(prefix))
