"""What runs, read from Argo CD's own words."""

import json

import pytest

from release.argocd.running import RunningError, running_commits

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
FOLDERS = {"vault-prod": "helm/charts/vault"}


def commits(status: object, kind: str = "Application") -> dict[str, str]:
    item = {"kind": kind, "metadata": {"name": "vault-prod"}, "status": status}
    return running_commits(json.dumps({"kind": "List", "items": [item]}), FOLDERS)


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
    assert commits(status) == {"vault-prod": commit}


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
    assert commits(status) == {}


def test_other_objects_are_left_out() -> None:
    assert commits({"history": [{"id": 1, "revision": ONE}]}, kind="AppProject") == {}


@pytest.mark.parametrize("text", ["", "NAME  SYNC", "[1]", '"x"', '{"items": 3}', '{"items": [1]}'])
def test_what_is_no_list_of_applications_is_told_with_the_way_to_one(text: str) -> None:
    with pytest.raises(RunningError, match="kubectl -n argocd get applications -o json"):
        running_commits(text, FOLDERS)


def test_an_entry_without_a_number_is_older_than_any_that_has_one() -> None:
    history = [{"id": "a", "revision": ONE}, {"id": 1, "revision": TWO}]
    assert commits({"history": history}) == {"vault-prod": TWO}


def test_json_that_nests_without_end_is_no_list_of_applications() -> None:
    with pytest.raises(RunningError, match="not JSON"):
        running_commits("[" * 100_000, FOLDERS)
