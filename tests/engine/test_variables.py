"""What reaches the engine of a shell that is set up for other work."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine.program import HOSTILE
from tools.engine.environment import Places, engine_environment


def variables(ambient: Mapping[str, str], *, refreshes: bool = False) -> dict[str, str]:
    places = Places(
        work=Path("/p/build/.engine"), plugins=Path("/c"), path=(Path("/t"),), ambient=ambient
    )
    return engine_environment(places, refreshes=refreshes)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_variable_of_other_work_does_not_reach_the_engine(name: str) -> None:
    assert variables(HOSTILE).get(name) != HOSTILE[name]


def test_everything_else_of_the_shell_does() -> None:
    made = variables({"HTTPS_PROXY": "http://127.0.0.1:1", "LANG": "C"})
    assert made["HTTPS_PROXY"] == "http://127.0.0.1:1"
    assert made["LANG"] == "C"


def test_the_tools_come_before_those_on_the_users_path() -> None:
    assert variables({"PATH": "/usr/bin"})["PATH"] == "/t:/usr/bin"


def test_the_embedded_state_lies_below_build() -> None:
    made = variables({})
    assert made["PULUMI_BACKEND_URL"] == "file:///p/build/.engine/state"
    assert made["PULUMI_HOME"] == "/p/build/.engine/home"


def test_a_team_backend_gets_its_own_secrets_and_no_others() -> None:
    ambient = {**HOSTILE, "HMCO_BACKEND_URL": "s3://hmco-state"}
    made = variables(ambient)
    assert made["PULUMI_BACKEND_URL"] == "s3://hmco-state"
    assert made["PULUMI_CONFIG_PASSPHRASE"] == HOSTILE["PULUMI_CONFIG_PASSPHRASE"]
    assert made["PULUMI_ACCESS_TOKEN"] == HOSTILE["PULUMI_ACCESS_TOKEN"]
    assert "PULUMI_STACK" not in made


def test_a_cluster_is_reached_only_through_the_variable_of_this_program() -> None:
    assert variables({"KUBECONFIG": "/k"})["KUBECONFIG"] == "/nonexistent/kubeconfig"
    assert variables({"HMCO_KUBECONFIG": "/k"})["KUBECONFIG"] == "/k"


@pytest.mark.parametrize("refreshes", [True, False])
def test_the_provider_is_told_to_skip_reading_only_while_a_run_refreshes(
    *, refreshes: bool
) -> None:
    made = variables({}, refreshes=refreshes)
    assert ("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE" in made) is refreshes
