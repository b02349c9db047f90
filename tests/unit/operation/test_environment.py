import os

import pytest

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from operation.environment import new_secret


def test_a_new_secret_comes_from_the_operating_systems_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = os.urandom(ENTROPY_BYTES)
    asked = []

    def urandom(size: int) -> bytes:
        asked.append(size)
        return drawn

    monkeypatch.setattr("os.urandom", urandom)
    monkeypatch.setenv("KEY_PREFIX", "sk_test_")
    assert new_secret().reveal() == SecretFormat("sk_test_").new(drawn).reveal()
    assert asked == [ENTROPY_BYTES]
