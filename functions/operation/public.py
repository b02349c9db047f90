"""One operation that anybody may call, without a key.

Owns how the calls for signing in are read and answered. They have no authorizer, so each checks what it gets.
"""

from functools import wraps
from typing import TYPE_CHECKING, Any

from operation import InputT, Record, answer, audit
from operation.attempt import attempt
from operation.input.model import read_http

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    Event = Mapping[str, Any]
    Answer = tuple[Record, Mapping[str, str]]


def public_operation(
    name: str, model: type[InputT], status: int = 200
) -> "Callable[[Callable[[Event, InputT], Answer]], Callable[[Any, LambdaContext], Record]]":
    """Turn a function of an event and an input, which answers a record and headers, into a Lambda handler."""

    def decorate(
        perform: "Callable[[Event, InputT], Answer]",
    ) -> "Callable[[Any, LambdaContext], Record]":
        @wraps(perform)
        def handler(event: Any, context: "LambdaContext") -> Record:  # noqa: ANN401 - whatever was sent
            def by_anybody(_call: audit.Call) -> tuple[Record, Record]:
                record, headers = perform(event, read_http(event, model))
                return record, answer.success(status, record, headers)

            return attempt(name, event, context, by_anybody, over_http=True)

        return handler

    return decorate
