"""The function itself, on a real DynamoDB API, and the authorizer's own verdict on what it stored."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from apikeys.imported import AnySecretFormat
from authorizer.dynamodb import ItemReader
from authorizer.verify import RefusedError, Verifier
from keys.import_keys import app
from local.template.template import Template
from operation import environment
from tests.conftest import ROOT
from tests.integration.as_function import BreakingWrites, as_function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX = "sk_live_copia_"
CONTEXT: Any = SimpleNamespace(
    function_name="ImportKeysFunction",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 60_000,
)


class CountingReader(ItemReader):
    """Counts what is read."""

    reads = 0

    def get(self, key: str, value: str) -> dict[str, str] | None:
        self.reads += 1
        return super().get(key, value)


class Function(BreakingWrites):
    """Imports keys, and says the authorizer's verdict on a secret."""

    def __init__(self, reader: CountingReader) -> None:
        super().__init__("TransactWriteItems")
        self.reader = reader
        self._verifier = Verifier(AnySecretFormat(PREFIX), reader)

    def __call__(self, *keys: object) -> Any:
        return app.handler({"keys": list(keys)}, CONTEXT)

    def verdict(self, secret: str) -> str:
        """The organization whose key it is, or the reason of the refusal."""
        try:
            return self._verifier.verify(secret, "127.0.0.1")[1]
        except RefusedError as refusal:
            return refusal.reason


@pytest.fixture(scope="module")
def function(dynamodb: "DynamoDBClient") -> Iterator[Function]:
    template = Template.load(ROOT / "template.yaml", {"ImportedKeys": "true"})
    own = template.functions["ImportKeysFunction"].environment
    reached = {
        "AWS_REGION": template.region,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    function = Function(CountingReader(own["KEY_TABLE"], reached))
    with as_function("ImportKeysFunction", template, dynamodb, function, [environment.key_store]):
        yield function
    function.reader.close()
