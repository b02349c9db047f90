"""One gateway for the document's tests, and two organizations on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import ROOT, Gateway, local_gateway
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import read_policies


@pytest.fixture(scope="session")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    """A gateway whose functions can do what their roles allow, and nothing else."""
    with (
        closing(EnforcingProxy(dynamodb_endpoint, read_policies(ROOT / "template.yaml"))) as proxy,
        local_gateway(DYNAMODB_ENDPOINT=proxy.endpoint) as running,
    ):
        yield running
    assert not proxy.denied


@pytest.fixture(scope="session")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key("org_document"))) as api:
        yield api


@pytest.fixture(scope="session")
def other(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key("org_stranger"))) as other:
        yield other
