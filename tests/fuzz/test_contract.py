"""The gateway does what docs/openapi.yaml says, for any request.

OPENAPI_CASES is how often each call is tried.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import positive_data_acceptance, unsupported_method

from tests.e2e.api import Api
from tests.e2e.conftest import local_gateway, within_roles
from tests.leak_reports import github
from tools.openapi import DOCUMENT

CASES = int(os.environ.get("OPENAPI_CASES", "10"))

schema = schemathesis.openapi.from_path(DOCUMENT)


@pytest.fixture(scope="module")
def api(dynamodb_endpoint: str) -> Iterator[Api]:
    with (
        within_roles(dynamodb_endpoint) as endpoint,
        github() as hub,
        local_gateway([f"GithubKeysUrl={hub.url}"], DYNAMODB_ENDPOINT=endpoint) as gateway,
        closing(gateway.api("org_document")) as api,
    ):
        yield api


@schema.parametrize()
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_call_is_answered_as_described(case: schemathesis.Case[Any], api: Api) -> None:
    case.call_and_validate(
        base_url=api.url,
        # Not x-api-key, which would win over anything else that is tried.
        headers={"Authorization": f"Bearer {api.admin_key}"},
        excluded_checks=[
            # It asks for a 405; API Gateway has none, and the contract says 404.
            unsupported_method,
            # A schema cannot tell a cursor from another text, nor everything that a name must not contain.
            positive_data_acceptance,
        ],
    )
