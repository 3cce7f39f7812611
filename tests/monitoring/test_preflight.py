"""What the stack files count on in a cluster is there, missing with what to do, or not told."""

from collections.abc import Callable, Mapping

import pytest

from release.github.checklist import State
from release.monitoring.kubectl import look
from release.monitoring.preflight import (
    EXTERNAL,
    OVERRIDE,
    RULES,
    Seen,
    cluster_lines,
    seen_from,
)
from release.monitoring.queries import NEEDED_LABELS
from tests.builders import estate
from tests.monitoring.environments import WATCHED

FLAG = "--metrics-application-labels"
SETTINGS = "Argo CD's own settings open nothing that the stack files close"
CRD = f"the CRD {RULES} is there"
FLAGGED = "the application controller exports the labels that the dashboard asks for"
CONTROLLER = "a notifications controller runs in Argo CD's namespace"
TOKEN = "argocd-notifications-secret has the key slack-token"  # noqa: S105 -- a line
OPERATOR = f"the CRD {EXTERNAL} is there"
SERVICE = "argocd-notifications-cm has service.slack"
SUBSCRIBED = "the triggers that test subscribes to are defined"
FULL = Seen(
    crds={RULES, EXTERNAL},
    workloads={
        "argocd-application-controller": ("controller", f"{FLAG}={','.join(NEEDED_LABELS)}"),
        "argocd-notifications-controller": (),
    },
    secret_keys={"slack-token"},
    config_maps={
        "argocd-cm": {OVERRIDE: "true"},
        "argocd-notifications-cm": {"service.slack": "token: $slack-token"},
    },
)
STORE = "{kind: external, storeKind: SecretStore, store: vault, key: slack, property: null}"
ALL: Mapping[str, str | None] = {
    **WATCHED,
    "notifications": '{release-failed: ["ops"]}',
    "notifier": f'{{argocdUrl: "https://a.example/", slackApi: null, token: {STORE}}}',
    "roles": "[{name: releasers, description: Sync, groups: [ops], actions: [get, sync]}]",
}


def told(seen: Seen, overrides: Mapping[str, str | None] = ALL) -> dict[str, tuple[State, str]]:
    lines = cluster_lines(estate({"test": overrides}), seen)
    return {line.what.removesuffix(" (test)"): (line.state, line.remedy) for line in lines}


def without(**changes: object) -> Seen:
    parts = {name: getattr(FULL, name) for name in Seen.__dataclass_fields__} | changes
    return Seen(**parts)


EVERY = {SETTINGS, CRD, FLAGGED, CONTROLLER, TOKEN, OPERATOR, SERVICE, SUBSCRIBED}


def test_what_is_all_there_is_all_done() -> None:
    assert told(FULL) == dict.fromkeys(EVERY, (State.DONE, ""))


def test_what_could_not_be_looked_at_cannot_be_told_and_says_what_that_takes() -> None:
    found = told(Seen())
    assert found.pop(SUBSCRIBED) == (State.DONE, "")
    assert found.keys() == EVERY - {SUBSCRIBED}
    for state, remedy in found.values():
        assert state is State.UNKNOWN
        assert "kubectl, and in HMCO_KUBECONFIG a kubeconfig that may get " in remedy


def test_nothing_but_argo_cds_settings_is_asked_where_nothing_is_asked_for() -> None:
    assert told(without(crds=(), workloads={}, secret_keys=()), {}) == {SETTINGS: (State.DONE, "")}


@pytest.mark.parametrize(
    ("seen", "what", "words"),
    [
        (without(crds={EXTERNAL}), CRD, "install the Prometheus operator"),
        (without(crds={RULES}), OPERATOR, "External Secrets operator"),
        (without(workloads={"argocd-notifications-controller": ()}), FLAGGED, FLAG),
        (without(workloads={"argocd-application-controller": ()}), FLAGGED, FLAG),
        (without(workloads={"argocd-application-controller": (f"{FLAG}=a,b",)}), FLAGGED, FLAG),
        (without(workloads={"argocd-application-controller": ()}), CONTROLLER, "install it"),
        (without(secret_keys={"other"}), TOKEN, "put the bot's token there"),
        (without(config_maps={}), SERVICE, "bring up the stack that states hmco:notifier"),
        (without(config_maps={}), SETTINGS, f"argocd-cm {OVERRIDE} lets whoever may sync name any"),
        (
            without(config_maps={"argocd-cm": {"users.anonymous.enabled": "true"}}),
            SETTINGS,
            "argocd-cm users.anonymous.enabled lets everybody in without a name",
        ),
        (
            without(config_maps={"argocd-cmd-params-cm": {"server.disable.auth": "true"}}),
            SETTINGS,
            "argocd-cmd-params-cm server.disable.auth lets everybody do everything",
        ),
        (
            without(config_maps={"argocd-rbac-cm": {"policy.default": "role:admin"}}),
            SETTINGS,
            "argocd-rbac-cm policy.default gives role:admin to everybody",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_with_its_remedy(seen: Seen, what: str, words: str) -> None:
    state, remedy = told(seen)[what]
    assert state is State.MISSING
    assert words in remedy


def test_who_may_choose_a_revision_anyway_needs_no_setting_against_it() -> None:
    roles = "[{name: all, description: All, groups: [ops], actions: [sync, override]}]"
    assert told(without(config_maps={}), {"roles": roles})[SETTINGS][0] is State.DONE


def test_an_argo_cd_that_does_not_read_the_setting_cannot_have_it() -> None:
    state, remedy = told(FULL, {**ALL, "argocd.version": "3.2.9"})[SETTINGS]
    assert state is State.MISSING
    assert "from Argo CD 3.3.0 on" in remedy


def test_the_flag_counts_in_every_form_that_kubernetes_writes() -> None:
    labels = list(NEEDED_LABELS)
    for arguments in (
        (FLAG, ",".join(labels)),
        tuple(f"{FLAG}={label}" for label in labels),
        (f"{FLAG}={labels[0]}", FLAG, ",".join(labels[1:])),
    ):
        workloads = {**(FULL.workloads or {}), "argocd-application-controller": arguments}
        assert told(without(workloads=workloads))[FLAGGED][0] is State.DONE


def test_a_subscription_that_nobody_serves_is_named() -> None:
    alone = {"notifications": '{on-created: ["ops"]}'}
    state, remedy = told(FULL, alone)[SUBSCRIBED]
    assert state is State.UNKNOWN
    assert "no stack states hmco:notifier" in remedy
    state, remedy = told(FULL, {**ALL, **alone})[SUBSCRIBED]
    assert state is State.MISSING
    assert "our ConfigMap does not define on-created" in remedy


def test_live_objects_show_names_and_keys_and_never_a_value() -> None:
    container = {"command": ["argocd"], "args": [FLAG, "x"]}
    seen = seen_from(
        [
            {"kind": "CustomResourceDefinition", "metadata": {"name": RULES}},
            {
                "kind": "StatefulSet",
                "metadata": {"name": "argocd-application-controller"},
                "spec": {"template": {"spec": {"containers": [container]}}},
            },
            {
                "kind": "Secret",
                "metadata": {"name": "argocd-notifications-secret"},
                "data": {"slack-token": "c2VjcmV0"},
            },
            {"kind": "ConfigMap", "metadata": {"name": "argocd-notifications-cm"}},
            {"kind": "Deployment", "metadata": {"name": "broken"}, "spec": None},
        ]
    )
    assert seen.crds == {RULES}
    assert seen.workloads == {
        "argocd-application-controller": ("argocd", FLAG, "x"),
        "broken": (),
    }
    assert seen.secret_keys == {"slack-token"}
    assert seen.config_maps == {"argocd-notifications-cm": {}}
    assert "c2VjcmV0" not in repr(seen)


KUBECTL = """\
*"get --ignore-not-found customresourcedefinitions"*) echo '{"items": []}' ;;
*"get --ignore-not-found secret argocd-notifications-secret"*) ;;
*"get --ignore-not-found configmap argocd-cm argocd-rbac-cm argocd-cmd-params-cm argocd-notif"*)
    echo '{"kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {"a": "b"}}' ;;
"""


def test_what_is_not_there_is_told_from_what_may_not_be_read(
    kubectl: Callable[[str], None],
) -> None:
    kubectl(KUBECTL)
    seen = look("argocd", "prod", {"HMCO_KUBECONFIG": "kubeconfig"})
    assert seen == Seen(
        crds=frozenset(), secret_keys=frozenset(), config_maps={"argocd-cm": {"a": "b"}}
    )
    assert look("argocd", "prod", {}) == Seen()
