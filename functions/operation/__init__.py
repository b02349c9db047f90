"""One operation on keys, over HTTP or by direct invocation.

Owns what all management functions share: reading a call in either form, and answering it in the same form. A
function's own `app.py` contains the operation and does not know the two forms.
"""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from operation import answer, audit
from operation.attempt import Record, attempt
from operation.caller import Caller
from operation.input.model import Input, read_direct, read_http
from operation.table import Table

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["Caller", "Input", "InputT", "Record", "Table", "operation"]

InputT = TypeVar("InputT", bound=Input)


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
        name = perform.__module__.split(".")[-2]

        @wraps(perform)
        def handler(event: Any, context: "LambdaContext") -> Record:  # noqa: ANN401 - whatever was sent
            if isinstance(event, dict) and "requestContext" in event:
                return attempt(name, event, context, partial(by_http, event), over_http=True)
            return attempt(name, event, context, partial(directly, event), over_http=False)

        def by_http(event: dict[str, Any], call: audit.Call) -> tuple[Record, Record]:
            caller = Caller.over_http(event, call["request_id"])
            audit.called_by(call, caller)
            record = perform(caller, read_http(event, model))
            if table and table.is_wanted(event):
                return record, answer.text(status, table.text(record), table.headers(event, record))
            return record, answer.success(status, record, headers)

        def directly(event: object, call: audit.Call) -> tuple[Record, Record]:
            caller = (
                Caller.direct(event, call["request_id"])
                if for_organization
                else Caller.platform(call["request_id"])
            )
            audit.called_by(call, caller)
            record = perform(caller, read_direct(event, model, for_organization=for_organization))
            return record, record

        return handler

    return decorate
