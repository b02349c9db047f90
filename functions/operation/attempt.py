"""One call of a function, from its first line in the log to its answer.

Owns what all operations share: the time is limited, the outcome is logged once, and over HTTP an error
becomes an answer.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from operation import answer, audit
from operation.deadline import deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Record = dict[str, object]
#: Does what the call is for. Takes the call's entry in the log, and answers a record and how that is shown.
Perform = Callable[[audit.Call], tuple[Record, Record]]


def attempt(name: str, event: Any, context: "LambdaContext", perform: Perform, *, over_http: bool) -> Record:  # noqa: ANN401 - whatever was sent
    """What is shown of the record that `perform` answers. A direct invocation fails with what went wrong."""
    call = audit.about(name, event, context)
    try:
        with deadline(context):
            record, shown = perform(call)
    except Exception as error:
        audit.failed(call, error)
        if over_http:
            return answer.failure(error, call["request_id"])
        raise
    audit.done(call, record)
    return shown
