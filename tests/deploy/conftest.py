from collections.abc import Iterator

import pytest

from tests.deploy.account import Account
from tests.deploy.emulator import emulator


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account without anything in it."""
    with emulator(tmp_path_factory.mktemp("emulator")) as endpoint:
        yield Account(endpoint)
