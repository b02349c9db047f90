"""Usage keys, by which API Gateway tells organizations apart, and the usage plans that they are in.

Owns the calls of API Gateway, and what its errors mean. A usage key's value must never be in an error or a
log.
https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlanKey.html
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from apikeys.errors import UnavailableError

# As many as an account may have in a Region.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
_KEYS_AT_MOST = 10_000


class ValueTakenError(Exception):
    """There is a key with this value already."""


class KeyGoneError(Exception):
    """The usage key no longer exists: somebody deleted it."""


class GatewayKeys:
    """The account's keys of API Gateway. `client` is botocore's, `stack` the stack's name.

    Every method raises UnavailableError when API Gateway refuses, is busy or does not answer.
    """

    def __init__(self, client: Any, stack: str) -> None:  # noqa: ANN401 - botocore's client of API Gateway
        self._client = client
        self._stack = stack

    def create(self, organization_id: str, value: str) -> str:
        """Make a key with this value: its id. Raises ValueTakenError."""
        with _clear():
            try:
                # The name is only for people, in the console and in lists.
                name = f"{self._stack} {organization_id}"
                answer = self._client.create_api_key(name=name, value=value, enabled=True)
            except self._client.exceptions.ConflictException:
                raise ValueTakenError from None
        key_id: str = answer["id"]
        return key_id

    def place(self, key_id: str, plan_id: str, others: Iterable[str]) -> None:
        """Put the key into a plan, and take it out of the `others`. Raises KeyGoneError.

        It may be in one plan of a stage at most, so a key that is moved is in none for a moment. Repeated,
        this finishes what was broken off.
        """
        with _clear():
            if self._add(key_id, plan_id):
                return
            for other in others:
                with suppress(self._client.exceptions.NotFoundException):
                    self._client.delete_usage_plan_key(usagePlanId=other, keyId=key_id)
            self._add(key_id, plan_id)

    def _add(self, key_id: str, plan_id: str) -> bool:
        """Put the key into a plan; False where it is in this or another one."""
        exceptions = self._client.exceptions
        try:
            self._client.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")
        except exceptions.ConflictException:
            return False
        except exceptions.NotFoundException:
            raise KeyGoneError from None
        return True


@contextmanager
def _clear() -> Iterator[None]:
    """Turn a failed call of API Gateway into an UnavailableError."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "LimitExceededException":
            raise UnavailableError(
                f"API Gateway makes no more keys: an account may have {_KEYS_AT_MOST:,} in a Region."
            ) from error
        raise UnavailableError("API Gateway cannot set the plan at the moment. Try again.") from error
    except BotoCoreError as error:
        raise UnavailableError("API Gateway cannot be reached. Try again in a moment.") from error
