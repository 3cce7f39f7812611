"""What runs, read from Argo CD's own words."""

import json

import pytest

from release.argocd.running import RunningError, deployed

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
VAULT = ("vault", "prod")
SOURCE = {
    "repoURL": "https://github.com/acme/shop.git",
    "path": "helm/charts/vault",
    "helm": {"releaseName": "vault"},
}
CLUSTER = {"server": "https://kubernetes.default.svc", "namespace": "vault"}
OURS = {
    VAULT: {"metadata": {"name": "vault-prod"}, "spec": {"source": SOURCE, "destination": CLUSTER}}
}


def commits(status: object, kind: str = "Application") -> list[str | None]:
    item = {"kind": kind, "metadata": {"name": "vault-prod"}, "status": status}
    found = deployed(json.dumps({"kind": "List", "items": [item]}), OURS)
    return [application.commit for application in found.values()]


STATUSES = {
    "the newest entry of the history": (
        {
            "sync": {"revision": THREE},
            "history": [{"id": 4, "revision": TWO}, {"id": 3, "revision": ONE}],
        },
        TWO,
    ),
    "the last operation where there is no history": (
        {"operationState": {"phase": "Succeeded", "syncResult": {"revision": ONE}}},
        ONE,
    ),
    "the source of the chart among several": (
        {
            "history": [
                {
                    "id": 1,
                    "sources": [{"path": "values"}, {"path": "helm/charts/vault"}],
                    "revisions": [TWO, ONE],
                }
            ]
        },
        ONE,
    ),
}


@pytest.mark.parametrize("case", STATUSES)
def test_what_was_synced_last_is(case: str) -> None:
    status, commit = STATUSES[case]
    assert commits(status) == [commit]


@pytest.mark.parametrize(
    "status",
    [
        None,
        {},
        {"sync": {"revision": ONE, "status": "OutOfSync"}},
        {"operationState": {"phase": "Failed", "syncResult": {"revision": ONE}}},
        {"history": [{"id": 1, "revision": "main"}]},
        {"history": "none"},
        {"operationState": {"phase": "Succeeded", "syncResult": None}},
    ],
)
def test_what_was_never_synced_runs_nothing_that_is_known(status: object) -> None:
    assert commits(status) == [None]


def test_other_objects_are_left_out() -> None:
    assert commits({"history": [{"id": 1, "revision": ONE}]}, kind="AppProject") == []


@pytest.mark.parametrize("text", ["", "NAME  SYNC", "[1]", '"x"', '{"items": 3}', '{"items": [1]}'])
def test_what_is_no_list_of_applications_is_told_with_the_way_to_one(text: str) -> None:
    with pytest.raises(RunningError, match="kubectl -n argocd get applications -o json"):
        deployed(text, OURS)


def test_an_entry_without_a_number_is_older_than_any_that_has_one() -> None:
    history = [{"id": "a", "revision": ONE}, {"id": 1, "revision": TWO}]
    assert commits({"history": history}) == [TWO]


def test_json_that_nests_without_end_is_no_list_of_applications() -> None:
    with pytest.raises(RunningError, match="not JSON"):
        deployed("[" * 100_000, OURS)


def named(name: str, source: object, destination: object = CLUSTER) -> dict[str, object]:
    spec = {"destination": destination, "source": source}
    return {"kind": "Application", "metadata": {"name": name}, "spec": spec}


OTHERS = {
    "by another address of the repository": ({**SOURCE, "repoURL": "git@github.com:Acme/shop"}, {}),
    "by a folder with a final slash": ({**SOURCE, "path": "helm/charts/vault/"}, {}),
    "by the cluster's name": (SOURCE, {"server": None, "name": "in-cluster"}),
}


@pytest.mark.parametrize("case", OTHERS)
def test_an_application_of_any_name_is_known_by_what_it_deploys_and_where(case: str) -> None:
    source, destination = OTHERS[case]
    item = named("shop-vault", source, CLUSTER | destination)
    assert deployed(json.dumps([item]), OURS)[VAULT].name == "shop-vault"
    ours = named("vault-prod", {})
    assert deployed(json.dumps([item, ours]), OURS)[VAULT].name == "vault-prod"


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ({"repoURL": "https://github.com/acme/other.git"}, {}),
        ({"path": "helm/charts/web"}, {}),
        ({}, {"namespace": "vault-test"}),
        ({}, {"server": "https://10.0.0.1"}),
    ],
)
def test_what_deploys_something_else_or_elsewhere_is_another_application(
    source: dict[str, str], destination: dict[str, str]
) -> None:
    item = named("shop-vault", SOURCE | source, CLUSTER | destination)
    assert deployed(json.dumps([item]), OURS) == {}


def test_ours_of_one_environment_is_not_that_of_another_which_shares_its_namespace() -> None:
    spec = {"source": SOURCE, "destination": CLUSTER}
    staging = {"metadata": {"name": "vault-staging"}, "spec": spec}
    both = {**OURS, ("vault", "staging"): staging}
    listed = json.dumps({"items": [named("vault-prod", SOURCE)]})
    assert set(deployed(listed, both)) == {VAULT}
    assert deployed(json.dumps({"items": [named("shop-vault", SOURCE)]}), both) == {}


def test_a_release_is_called_after_its_application_where_nothing_else_is_said() -> None:
    item = named("vault-prod", SOURCE | {"helm": None})
    assert deployed(json.dumps([item]), OURS)[VAULT].differs == ("releaseName vault-prod",)
    assert deployed(json.dumps([named("x", SOURCE)]), OURS)[VAULT].differs == ()
