"""Access by a GitHub App: its key signs, a token of an hour works, and neither is kept anywhere."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.github.identities import Installation
from tests.github.provider.governing import RELEASE_APP, STACK, Governing
from tests.github.server import Fault, error

INSTALLATION = 77
TOKEN = "ghs_Zm9yIGFuIGhvdXIgb25seQ"  # noqa: S105 -- of the fake


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private(form: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> str:
    return key().private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def by_app(governed: Governing, **variables: str) -> Governing:
    """Return the program as an App runs it that is installed in the repository."""
    public = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    governed.world.installations[INSTALLATION] = Installation(RELEASE_APP, public.decode(), TOKEN)
    governed.program.edit(STACK, "  credentials: token\n", "  credentials: app\n")
    given = {
        "HMCO_GITHUB_APP_ID": str(RELEASE_APP),
        "HMCO_GITHUB_APP_INSTALLATION_ID": str(INSTALLATION),
        "HMCO_GITHUB_APP_PEM_FILE": private(),
        **variables,
    }
    program = type(governed.program)(governed.program.folder, given)
    return Governing(program, governed.github, governed.world)


def assert_secret(told: str) -> None:
    """Assert that neither the token nor any line of the key is told."""
    secrets = [line for line in private().splitlines() if "PRIVATE KEY" not in line]
    assert not [secret for secret in (TOKEN, *secrets) if secret in told]


def test_an_app_brings_the_guard_up_and_its_key_and_token_are_nowhere(governed: Governing) -> None:
    up = by_app(governed)
    first = up.up("--diff", "--logtostderr", "-v=9")
    assert first.code == 0, first.text
    assert len(up.world.rulesets) == 5
    assert {call.token for call in up.github.writes()[1:]} == {TOKEN}
    up.program.edit(STACK, "approvals: 1\n      checks", "approvals: 2\n      checks")
    seen = up.program.pulumi("preview", "--stack", STACK, "--diff")
    assert seen.code == 0, seen.text
    up.github.faults.append(Fault("PUT .*", error(403, "Resource not accessible"), times=9))
    refused = up.up()
    assert refused.code != 0
    assert "403" in refused.text
    up.github.faults.clear()
    again = up.run("refresh", "--skip-preview")
    assert again.code == 0, again.text
    for told in (first.text, seen.text, refused.text, again.text, up.state()):
        assert_secret(told)


def test_a_key_that_is_not_the_app_s_is_refused_and_not_told(governed: Governing) -> None:
    up = by_app(governed, HMCO_GITHUB_APP_ID="1")
    answer = up.up()
    assert answer.code != 0
    assert "A JSON web token could not be decoded" in answer.text
    assert up.world.rulesets == {}
    assert_secret(answer.text + up.state())


@pytest.mark.parametrize("given", ["key.pem", private(PrivateFormat.PKCS8)])
def test_what_is_no_key_of_an_app_is_refused_before_any_request(
    governed: Governing, given: str
) -> None:
    answer = by_app(governed, HMCO_GITHUB_APP_PEM_FILE=given).up()
    assert answer.code != 0
    assert 'HMCO_GITHUB_APP_PEM_FILE="$(cat KEY.pem)"' in answer.text
    assert governed.github.requests == []
    assert_secret(answer.text)
