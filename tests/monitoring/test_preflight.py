"""What the customer's side lacks is named, each time with what to do; what is there is not."""

from collections.abc import Mapping

import pytest

from release.monitoring.preflight import EXTERNAL, RULES, Seen, lacks, seen_from
from release.monitoring.queries import NEEDED_LABELS
from tests.builders import estate
from tests.monitoring.environments import WATCHED

FLAG = "--metrics-application-labels"
FULL = Seen(
    crds={RULES, EXTERNAL},
    workloads={
        "argocd-application-controller": ("controller", f"{FLAG}={','.join(NEEDED_LABELS)}"),
        "argocd-notifications-controller": (),
    },
    secret_keys={"slack-token"},
    config={"service.slack": "token: $slack-token"},
)
TOLD: Mapping[str, str | None] = {**WATCHED, "notifications": '{release-failed: ["ops"]}'}


def told(seen: Seen, overrides: Mapping[str, str | None] = TOLD) -> str:
    return "\n".join(str(lack) for lack in lacks(estate({"test": overrides}), seen))


def without(**changes: object) -> Seen:
    parts = {name: getattr(FULL, name) for name in Seen.__dataclass_fields__} | changes
    return Seen(**parts)


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert told(FULL) == ""


def test_nothing_is_said_of_what_could_not_be_looked_at() -> None:
    assert told(Seen()) == ""


def test_nothing_is_said_where_nothing_is_asked_for() -> None:
    assert told(without(crds=(), workloads={}, secret_keys=(), config={}), {}) == ""


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (without(crds={EXTERNAL}), "install the Prometheus operator"),
        (without(workloads={"argocd-notifications-controller": ()}), FLAG),
        (without(workloads={"argocd-application-controller": FULL.workloads and ()}), FLAG),
        (
            without(workloads={"argocd-application-controller": (f"{FLAG}=a,b",)}),
            "no notifications controller runs",
        ),
        (without(secret_keys={"other"}), "has no key slack-token"),
        (without(config={}), "has no service.slack"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(seen: Seen, words: str) -> None:
    assert words in told(seen)
    assert "; " in told(seen)


def test_the_flag_counts_in_every_form_that_kubernetes_writes() -> None:
    labels = list(NEEDED_LABELS)
    for arguments in (
        (FLAG, ",".join(labels)),
        tuple(f"{FLAG}={label}" for label in labels),
        (f"{FLAG}={labels[0]}", FLAG, ",".join(labels[1:])),
    ):
        workloads = {**(FULL.workloads or {}), "argocd-application-controller": arguments}
        assert told(without(workloads=workloads)) == ""


def test_a_token_from_a_store_needs_the_operator() -> None:
    token = "{kind: external, storeKind: SecretStore, store: vault, key: slack, property: null}"  # noqa: S105 -- settings
    notifier = f'{{argocdUrl: "https://a.example/", slackApi: null, token: {token}}}'
    assert "External Secrets operator" in told(
        without(crds={RULES}), {**TOLD, "notifier": notifier}
    )


def test_a_subscription_that_nobody_serves_is_named() -> None:
    alone = {"notifications": '{on-created: ["ops"]}'}
    assert "no stack states hmco:notifier" in told(FULL, alone)
    assert "our ConfigMap does not define" in told(FULL, {**TOLD, **alone})


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
    assert seen.config == {}
    assert "c2VjcmV0" not in repr(seen)
