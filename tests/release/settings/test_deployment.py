"""How workflows may reach an environment's state, and what is refused with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.settings.problems import SettingsError
from tests.builders import environment
from tests.release.github.workflows.sources import BACKENDS

SOUND: dict[str, Any] = {
    "workflows": True,
    "runner": "ubuntu-24.04",
    "backend": "s3://state",
    "login": dict(BACKENDS["aws"][1]),
    "applications": None,
}


ROOT = Path(__file__).resolve().parents[3]


def refused(**fields: Any) -> tuple[str, str]:
    with pytest.raises(SettingsError) as refusal:
        environment({"deployment": json.dumps({**SOUND, **fields})})
    (problem,) = refusal.value.problems
    return problem.key, problem.message


@pytest.mark.parametrize("backend", [None, "file://~", "file:///var/state"])
def test_workflows_are_refused_a_state_that_one_machine_alone_sees(backend: str | None) -> None:
    key, message = refused(backend=backend, login={"kind": "none"})

    assert key == "deployment.backend"
    assert "each run of a workflow gets a new machine" in message
    assert "s3://" in message
    assert "workflows: false" in message


def test_without_workflows_a_folder_is_fine() -> None:
    place = environment(
        {
            "deployment": json.dumps(
                {**SOUND, "workflows": False, "backend": None, "login": {"kind": "none"}}
            )
        }
    )

    assert place.settings.deployment is not None


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_that_all_runners_see_is_taken(name: str) -> None:
    backend, login = BACKENDS[name]
    given = json.dumps({**SOUND, "backend": backend, "login": dict(login)})
    place = environment({"deployment": given})

    assert place.settings.deployment is not None
    assert place.settings.deployment.backend == backend


def test_a_login_that_does_not_open_the_backend_is_refused() -> None:
    assert refused(backend="gs://state") == (
        "deployment.login",
        "kind: aws does not open gs://state; write kind: google",
    )


@pytest.mark.parametrize("backend", ["ftp://state", "s3://user:key@state", "s3://$(id)"])
def test_an_address_of_another_form_is_refused(backend: str) -> None:
    key, message = refused(backend=backend)

    assert key == "deployment.backend"
    assert "s3://" in message


@pytest.mark.parametrize(
    ("credentials", "refused_keys"), [("token", []), ("app", ["repository.credentials"])]
)
def test_a_workflow_guards_the_repository_with_a_token_of_an_hour_alone(
    credentials: str, refused_keys: list[str]
) -> None:
    said = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]
    repository = json.dumps({**said["hmco:repository"], "credentials": credentials})

    try:
        environment({"deployment": json.dumps(SOUND), "repository": repository})
        told = []
    except SettingsError as error:
        told = [each.key for each in error.problems if each.message.endswith("write token")]

    assert told == refused_keys


def test_a_wrong_field_of_a_login_is_named_by_its_own_key() -> None:
    key, _ = refused(login={**BACKENDS["aws"][1], "role": "admin"})

    assert key == "deployment.login.role"
