"""Many calls of a store at once: a report may name more than a thousand keys.

Owns how many run at a time, and what becomes of the others when one fails or the operation's time is up.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

#: As many connections as botocore's client keeps. A client may be shared by threads.
#: https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
AT_ONCE = 10

T = TypeVar("T")
R = TypeVar("R")


def each(do: Callable[[T], R], many: Iterable[T]) -> tuple[list[R], Exception | None]:
    """What `do` answered, in the order of `many`, and the first error, which keeps none of the others back.

    `operation.deadline` interrupts the wait for them. What was begun by then runs to its end, and no more.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        begun = [pool.submit(do, one) for one in many]
        outcomes = [(one, one.exception()) for one in begun]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    failures = [error for _, error in outcomes if isinstance(error, Exception)]
    return [one.result() for one, error in outcomes if error is None], next(iter(failures), None)
