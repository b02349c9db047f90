"""One gateway whose functions are limited to their roles, and two organizations on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway, within_roles
from tests.e2e.people import Browser, ticket


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


# Signed in for each test: one of them signs out.
@pytest.fixture
def person(gateway: Gateway) -> Iterator[Browser]:
    yield from _signed_in(gateway, "org_document")


@pytest.fixture
def stranger(gateway: Gateway) -> Iterator[Browser]:
    yield from _signed_in(gateway, "org_stranger")


def _signed_in(gateway: Gateway, organization: str) -> Iterator[Browser]:
    with Browser(gateway.url) as browser:
        assert browser.sign_in(ticket=ticket(gateway, organization, role="admin")).status_code == 201
        gateway.secrets.append(browser.secret)
        yield browser


@pytest.fixture(scope="session")
def other(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_stranger")) as other:
        yield other
