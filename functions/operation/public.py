"""One operation that anybody may call, before anyone is known.

Owns what the calls of signing in share: reading, answering, and the log of what went wrong. No authorizer
stands before them, so each checks by itself what it is sent.
"""

from functools import wraps
from typing import TYPE_CHECKING, Any

from operation import InputT, Record, answer, audit
from operation.deadline import deadline
from operation.input import read_http

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
            call = audit.about(name, event, context)
            try:
                wanted = read_http(event, model)
                with deadline(context):
                    record, headers = perform(event, wanted)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
                audit.failed(call, None, error)
                return answer.failure(error, call["request_id"])
            audit.done(call, None, record)
            return answer.success(status, record, headers)

        return handler

    return decorate
