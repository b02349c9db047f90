"""The tools: what each one does, and what it takes.

Owns the registry, TOOLS, which the Runtime API and the MCP endpoint both serve. A tool is an async generator
of outputs, so that each output can be passed on immediately; closing the generator stops the tool. A tool's
arguments are a model, which is both the JSON Schema that callers see and the check of what they send.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from backend.caller import Caller
from backend.input import Input, Integer

Output = dict[str, object]

#: Long enough to try a stream. For as long as a tool runs, it holds a process of the function, even when its
#: client has gone: the gateway itself would let it run for 15 minutes.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
LONGEST_SECONDS = 5 * 60


# The models' docstrings are part of the schemas, so callers of the tool read them.
class Arguments(Input):
    """Takes no arguments."""

    @property
    def outputs(self) -> int:
        """How many outputs the tool will give."""
        return 1

    @property
    def seconds(self) -> float:
        """How long the tool takes on purpose; 0 for one that answers at once.

        One that does not is counted among the executions that run at once, which `backend.leases` bounds.
        """
        return 0


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Tool(Generic[ArgumentsT]):
    """One tool. `run` is given who calls and arguments that were checked."""

    name: str
    description: str
    arguments: type[ArgumentsT]
    run: Callable[[Caller, ArgumentsT], AsyncGenerator[Output, None]]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return self.arguments.model_json_schema()


class EchoArguments(Arguments):
    """Takes a text."""

    text: str = Field(max_length=10_000, description="What to give back.")


class CountArguments(Arguments):
    """Takes where to stop, and how fast to get there."""

    to: Integer = Field(ge=1, le=10_000, description="The number to count to, from 1.")
    interval_ms: Integer = Field(
        default=1000,
        ge=0,
        le=60_000,
        validate_default=True,
        description="Milliseconds from each to the next.",
    )

    @property
    def outputs(self) -> int:
        """One for each number."""
        return self.to

    @property
    def seconds(self) -> float:
        """All the pauses between the numbers."""
        return (self.to - 1) * self.interval_ms / 1000

    @field_validator("interval_ms")
    @classmethod
    def _ends_in_time(cls, interval_ms: int, fields: ValidationInfo) -> int:
        if (fields.data.get("to", 1) - 1) * interval_ms > LONGEST_SECONDS * 1000:
            raise PydanticCustomError("too_long", "would make the count last longer than 5 minutes")
        return interval_ms


async def _echo(_: Caller, arguments: EchoArguments) -> AsyncGenerator[Output, None]:
    yield {"text": arguments.text}


async def _whoami(caller: Caller, _: Arguments) -> AsyncGenerator[Output, None]:
    yield caller.record()


async def _clock(_: Caller, __: Arguments) -> AsyncGenerator[Output, None]:
    yield {"time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


async def _count(_: Caller, arguments: CountArguments) -> AsyncGenerator[Output, None]:
    for number in range(1, arguments.to + 1):
        if number > 1:
            await asyncio.sleep(arguments.interval_ms / 1000)
        yield {"count": number}


TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool
    for tool in (
        Tool("echo", "Gives back the text that it is given.", EchoArguments, _echo),
        Tool("whoami", "Tells which organization, key and scopes the call is made with.", Arguments, _whoami),
        Tool("clock", "Tells the time of the server, in UTC.", Arguments, _clock),
        Tool("count", "Counts up, one output for each number. A long stream to try.", CountArguments, _count),
    )
}
