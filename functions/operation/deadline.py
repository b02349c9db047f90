"""The end of an operation's time, a moment before Lambda would stop the function without an answer.

Owns the timer. boto3's timeouts limit each pause of the store, but not a whole call whose answer arrives byte
by byte. The caller of such a call gets a 503 with a reason, not the gateway's 502.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from apikeys.errors import StoreUnavailableError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_FOR_THE_ANSWER_S = 1.0
_AT_ONCE_S = 0.001  # zero would set no alarm


class _TimeIsUpError(BaseException):
    """Not an Exception, which boto3 would catch and try again."""


@contextmanager
def deadline(context: "LambdaContext") -> Iterator[None]:
    """Raise StoreUnavailableError when all but a second of the function's time has passed."""
    left = context.get_remaining_time_in_millis() / 1000 - _FOR_THE_ANSWER_S
    signal.signal(signal.SIGALRM, _raise)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, max(left, _AT_ONCE_S))
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeIsUpError:
        raise StoreUnavailableError(
            "The call took too long. It may have had an effect: check before you try again."
        ) from None


def _raise(_signal: int, _frame: FrameType | None) -> None:
    raise _TimeIsUpError
