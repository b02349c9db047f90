"""One operation on keys, called in either of two ways.

Owns what every management function shares: reading a call, whether API Gateway or a direct invocation made
it, and answering it in kind. A function's own `app.py` holds the operation and knows nothing of the two ways.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from operation import answer, audit
from operation.caller import Caller
from operation.deadline import deadline
from operation.input import Input, read_direct, read_http
from operation.table import Table

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["Caller", "Input", "InputT", "Record", "Table", "operation"]

InputT = TypeVar("InputT", bound=Input)
Record = dict[str, object]


def operation(
    model: type[InputT],
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
    *,
    for_organization: bool = True,
    table: Table | None = None,
) -> Callable[[Callable[[Caller, InputT], Record]], Callable[[Any, "LambdaContext"], Record]]:
    """Turn a function of a caller and an input into a Lambda handler.

    Called through API Gateway, the handler answers `status`, `headers` and the record, or the error's status
    and `{"error": TEXT}`. Invoked directly, it returns the record itself, or fails with the same text; the
    event names the organization, unless the operation is for the platform and for no organization. With a
    `table`, a caller over HTTP may ask for CSV instead of JSON.
    """

    def decorate(perform: Callable[[Caller, InputT], Record]) -> Callable[[Any, "LambdaContext"], Record]:
        name = perform.__module__.partition(".")[0]

        @wraps(perform)
        def handler(event: Any, context: "LambdaContext") -> Record:  # noqa: ANN401 - whatever was sent
            over_http = isinstance(event, dict) and "requestContext" in event
            call = audit.about(name, event, context)
            caller = None
            try:
                if over_http:
                    caller, wanted = Caller.over_http(event, call["request_id"]), read_http(event, model)
                else:
                    caller = (
                        Caller.direct(event, call["request_id"]) if for_organization else Caller.platform()
                    )
                    wanted = read_direct(event, model, for_organization=for_organization)
                with deadline(context):
                    record = perform(caller, wanted)
                if not over_http:
                    shown = record
                elif table and table.is_wanted(event):
                    shown = answer.text(status, table.text(record), table.headers(event, record))
                else:
                    shown = answer.success(status, record, headers)
            except Exception as error:
                audit.failed(call, caller, error)
                if over_http:
                    return answer.failure(error, call["request_id"])
                raise
            audit.done(call, caller, record)
            return shown

        return handler

    return decorate
