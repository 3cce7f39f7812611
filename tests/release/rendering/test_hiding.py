"""Secrets are gone before anything else sees an object."""

import base64
import json
import time
from typing import Any

import pytest

from release.rendering.secrets import LAST_APPLIED, Hider

PLANTED = "Tr0ub4dor-and-3"


def hidden(*objects: dict[str, Any], key: bytes = b"k") -> list[dict[str, Any]]:
    hider = Hider(key)
    hider.learn(objects)
    return [hider.hidden(body) for body in objects]


def secret(**parts: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **parts}


def config(**data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLACES = {
    "data": secret(data={"a": encoded(PLANTED)}),
    "string-data": secret(stringData={"a": PLANTED}),
    "nested": secret(stringData={"a": {"b": [PLANTED]}}),
    "last-applied": {
        **config(),
        "metadata": {"name": "c", "annotations": {LAST_APPLIED: json.dumps({"x": PLANTED})}},
    },
    "password": config(adminPassword=PLANTED),
    "token": config(**{"api-token": PLANTED}),
    "variable": config(env=[{"name": "DB_PASSWORD", "value": PLANTED}]),
    "parameter": config(parameters=[{"name": "auth.clientSecret", "value": PLANTED}]),
    "assignment": config(file=f"user=x\npassword={PLANTED}\n"),
    "yaml-in-text": config(file=f'user: x\npassword: "{PLANTED}"\n'),
    "address": config(url=f"postgres://user:{PLANTED}@db/x"),
    "private-key": config(
        pem=f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}\n-----END RSA PRIVATE KEY-----"
    ),
}


@pytest.mark.parametrize("body", PLACES.values(), ids=PLACES)
def test_a_secret_is_hidden_wherever_it_stands(body: dict[str, Any]) -> None:
    text = json.dumps(hidden(body))
    assert PLANTED not in text
    assert encoded(PLANTED) not in text
    assert "hidden" in text


@pytest.mark.parametrize("source", ["data", "string-data"])
def test_the_value_of_a_secret_is_found_again_in_other_objects(source: str) -> None:
    copies = config(innocent=f"x {PLANTED} y", coded=encoded(PLANTED))
    text = json.dumps(hidden(PLACES[source], copies))
    assert PLANTED not in text
    assert encoded(PLANTED) not in text


def test_of_two_values_that_begin_alike_the_longer_is_hidden_whole() -> None:
    hider = Hider(b"k")
    hider.learn_values({"password": PLANTED})
    hider.learn_values({"adminPassword": f"{PLANTED}-and-the-rest"})
    assert hider.text(f"x {PLANTED}-and-the-rest") == f"x {hider.mark(f'{PLANTED}-and-the-rest')}"


def test_equal_secrets_look_equal_and_others_do_not() -> None:
    one, two, other = (
        hidden(secret(data={"a": encoded(text)}))[0]["data"]["a"] for text in ("one", "one", "two")
    )
    assert one == two
    assert one != other


def test_the_mark_depends_on_the_key() -> None:
    body = secret(data={"a": encoded(PLANTED)})
    assert hidden(body, key=b"one") != hidden(body, key=b"two")


@pytest.mark.parametrize(
    "data",
    [
        {"secretName": "db"},
        {"existingSecret": "db"},
        {"tokenPath": "/var/run"},
        {"automountServiceAccountToken": True},
        {"passwordSecretRef": {"name": "db", "key": "pw"}},
        {"file": "tokens are counted"},
        {"password": ""},
        {"url": "https://host/path"},
    ],
)
def test_what_only_sounds_like_a_secret_stays(data: dict[str, Any]) -> None:
    assert hidden(config(**data)) == [config(**data)]


def test_a_common_word_in_a_secret_does_not_blacken_the_release() -> None:
    other = config(a="admin", b="postgres")
    assert hidden(secret(stringData={"username": "postgres", "x": "admin"}), other)[1] == other


def test_a_mark_that_a_template_wrote_itself_hides_nothing_by_it() -> None:
    assert PLANTED not in json.dumps(hidden(config(password=f"«hidden 0123456789» {PLANTED}")))


@pytest.mark.parametrize("text", ["y" * 400_000, "a.b-" * 100_000, "password " * 50_000])
def test_long_text_is_searched_in_no_time(text: str) -> None:
    started = time.monotonic()
    assert hidden(config(x=text)) == [config(x=text)]
    assert time.monotonic() - started < 5
