"""The store that the gateways of these tests keep keys in: each function can do what its role allows.

And a gateway whose store breaks when it is told to, and whose functions wait for it no longer than on Lambda.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.conftest import Gateway, local_gateway, within_roles
from tests.e2e.fault_proxy import FaultProxy


@pytest.fixture(scope="session")
def dynamodb_endpoint(dynamodb_endpoint: str) -> Iterator[str]:
    with within_roles(dynamodb_endpoint) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def proxy(dynamodb_endpoint: str) -> Iterator[FaultProxy]:
    with closing(FaultProxy(dynamodb_endpoint)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def gateway(proxy: FaultProxy) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=proxy.endpoint, PATIENCE="1") as running:
        yield running
