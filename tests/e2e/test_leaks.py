"""The search for secrets in what a gateway prints, which every gateway of the tests ends with."""

import hashlib

import pytest

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.e2e.conftest import leaked

KNOWN, UNKNOWN = (
    SecretFormat("sk_live_copia_").new(bytes([number]) * ENTROPY_BYTES).reveal() for number in (1, 2)
)


@pytest.mark.parametrize("secret", [KNOWN, UNKNOWN])
def test_a_secret_a_part_of_it_or_its_digest_is_found_for_any_creator(secret: str) -> None:
    for text in (secret, secret[-49:-6], hashlib.sha256(secret.encode()).hexdigest()):
        assert leaked(f'GET /api/keys 200\n{{"key": "{text}"}}\n', [KNOWN])


def test_harmless_output_is_not_taken_for_a_secret() -> None:
    ids = "POST /api/keys 201 key_ExampleKey01 12 ms\nrequest 8476a536-e9f4-11e8-9739-2dfe598c3fcd session_"
    assert leaked(ids + "0123456789abcdef" * 2, [KNOWN]) == []
