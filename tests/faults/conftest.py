"""The store that the gateways of these tests keep keys in: each function can do what its role allows."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import within_roles


@pytest.fixture(scope="session")
def dynamodb_endpoint(dynamodb_endpoint: str) -> Iterator[str]:
    with within_roles(dynamodb_endpoint) as endpoint:
        yield endpoint
