"""One gateway for the document's tests, and two organizations on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    with local_gateway() as running:
        yield running


@pytest.fixture(scope="session")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key("org_document"))) as api:
        yield api


@pytest.fixture(scope="session")
def other(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key("org_stranger"))) as other:
        yield other
