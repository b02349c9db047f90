"""One HTTP request as the gateway sees it, and the response to it.

Owns the two shapes that all parts of the gateway share. Must never normalize anything: header names keep
their case, and paths their encoding.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """`path` and `query` are as the client encoded them; `headers` are in the order in which they came."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded."""
        return parse_qsl(self.query, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The last value of a header, by its name in any case."""
        return next(self._values(name), None)

    def _values(self, name: str) -> Iterator[str]:
        return (value for key, value in reversed(self.headers) if key.lower() == name.lower())


def pairs(raw: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Headers as text."""
    return [(name.decode(errors="replace"), value.decode(errors="replace")) for name, value in raw]


class Stream:
    """A body that is sent piece by piece as it comes: an async context manager around its pieces."""

    def __init__(self, chunks: AsyncIterator[bytes], resources: AsyncExitStack) -> None:
        self._chunks = chunks
        self._resources = resources

    def when_over(self, act: Callable[[], object]) -> None:
        """Do something when the stream was sent to its end, or broke off."""
        self._resources.callback(act)

    async def __aenter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.__aexit__(kind, error, trace)


@dataclass(frozen=True)
class Response:
    """A response, whole or streamed."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | Stream = b""
