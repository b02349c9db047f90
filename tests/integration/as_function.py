"""A function's own handler in this process: with the template's environment, and writes that can break."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError

from local.template.template import Template
from operation import environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BreakingWrites:
    """Breaks the write that it is told to break. `writes` are the operations that count as one."""

    def __init__(self, *writes: str) -> None:
        self._writes = writes
        self._writes_until_fault: int | None = None
        self._fault_after_the_write = False

    def break_write(self, number: int, *, after: bool) -> None:
        """Lose the connection at a write from now: before the store has it, or before its answer is here."""
        self._writes_until_fault, self._fault_after_the_write = number, after

    def heal(self) -> None:
        self._writes_until_fault = None

    def before_call(self, **call: Any) -> None:
        if call["model"].name in self._writes and self._writes_until_fault is not None:
            self._writes_until_fault -= 1
            if not self._fault_after_the_write:
                self._fail_when_due()

    def after_call(self, **_: Any) -> None:
        if self._fault_after_the_write:
            self._fail_when_due()

    def _fail_when_due(self) -> None:
        if self._writes_until_fault is not None and self._writes_until_fault < 0:
            self._writes_until_fault = None
            raise ConnectionClosedError(endpoint_url="http://store")


@contextmanager
def as_function(
    name: str,
    template: Template,
    dynamodb: "DynamoDBClient",
    writes: BreakingWrites,
    stores: Iterable[Any],
    **variables: str,
) -> Iterator[None]:
    """Let this process be the function, which uses these `stores` of `operation.environment`."""
    made = (environment._dynamodb, *stores)  # noqa: SLF001
    session = botocore.session.Session()
    session.register("before-call", writes.before_call)
    session.register("after-call", writes.after_call)
    variables = {
        **template.functions[name].environment,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url,
        **variables,
    }
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in variables.items():
            patch.setenv(variable, value)
        # Where the function gets its client from.
        patch.setattr(botocore.session, "get_session", lambda: session)
        _forget(made)
        yield
        environment._dynamodb().close()  # noqa: SLF001 - as at the end of a process
        _forget(made)


def _forget(made: Iterable[Any]) -> None:
    # Connections are made once for a warm function, and here once for a module of tests.
    for one in made:
        one.cache_clear()
