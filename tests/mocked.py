"""API Gateway of an AWS account, which moto answers in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws
from moto.apigateway.models import apigateway_backends
from moto.core.config import DefaultConfig

_CONFIG: DefaultConfig = {"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1.*"]}}}


@contextmanager
def mocked_api_gateway(region: str = "eu-central-1") -> Iterator[None]:
    """Answer the calls to AWS of this process until the end of the block, and forget them then."""
    mock = mock_aws(config=_CONFIG)
    # All of moto in a process has one memory: emptied whole, it would lose the other tests' tables.
    mock.start(reset=False)
    try:
        yield
    finally:
        mock.stop(remove_data=False)
        apigateway_backends["123456789012"][region].reset()
