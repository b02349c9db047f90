"""Many calls of a store at once: a report may name more than a thousand keys.

Owns how many run at a time, and what becomes of the rest when one fails or the operation's time is up.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

#: As many connections as botocore's client keeps. A client may be shared by threads.
#: https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
AT_ONCE = 10

T = TypeVar("T")
R = TypeVar("R")


def each(do: Callable[[T], R], many: Iterable[T]) -> list[R]:
    """What `do` answers to each of `many`, in their order. Raises what it raises, and then begins no other.

    `operation.deadline` interrupts the wait for them. What was begun by then runs to its end.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    begun = [pool.submit(do, one) for one in many]
    try:
        wait(begun, return_when=FIRST_EXCEPTION)
        pool.shutdown(cancel_futures=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [one.result() for one in begun]
