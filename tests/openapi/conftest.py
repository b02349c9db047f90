"""One gateway for the document's tests, and two organizations on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway, within_roles


@pytest.fixture(scope="session")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with (
        within_roles(dynamodb_endpoint) as endpoint,
        local_gateway(DYNAMODB_ENDPOINT=endpoint) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_document")) as api:
        yield api


@pytest.fixture(scope="session")
def other(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_stranger")) as other:
        yield other
