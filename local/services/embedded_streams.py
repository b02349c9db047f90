"""DynamoDB Streams of the embedded store, where a table has one.

Owns what has to differ from moto's: moto copies a table before each transaction, and puts the copy back when
the transaction fails. With every record of the stream in it, each write would take longer than the last.
Known by the embedded server alone. https://github.com/getmoto/moto/tree/master/moto/dynamodbstreams
"""

from typing import TYPE_CHECKING, Any

from moto.dynamodb.models import table
from moto.dynamodbstreams.models import dynamodbstreams_backends
from moto.moto_server.werkzeug_app import create_backend_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_ITERATORS_KEPT = 1000


class Records:
    """The records of a stream: a list that only grows, whose copy takes no time.

    All copies share one list, and each knows how much of it is its own. The one that is written to next,
    which is the one that moto has kept, cuts off what the other had written.
    """

    def __init__(self, shared: list[Any] | None = None, own: int = 0) -> None:
        self._shared = [] if shared is None else shared
        self._own = own

    def __len__(self) -> int:
        return self._own

    def __getitem__(self, place: slice) -> list[Any]:
        start, stop, _ = place.indices(self._own)
        return self._shared[start:stop]

    def __deepcopy__(self, _memo: object) -> "Records":
        return Records(self._shared, self._own)

    def append(self, record: object) -> None:
        """Add a record."""
        del self._shared[self._own :]
        self._shared.append(record)
        self._own += 1


class _Shard(table.StreamShard):
    def __init__(self, account_id: str, its_table: table.Table) -> None:
        super().__init__(account_id, its_table)
        self.items: Any = Records()


def create_streams_app() -> "WSGIApplication":
    """DynamoDB Streams of the tables that are created from now on."""
    table.StreamShard = _Shard  # type: ignore[assignment, misc]
    dynamodbstreams_backends.reset()
    return create_backend_app("dynamodbstreams")


def forget_old_iterators() -> None:
    """Keep moto from keeping each iterator that it ever gave, for as long as the process lives."""
    for account in dynamodbstreams_backends.values():
        for backend in account.values():
            for old in list(backend.shard_iterators)[:-_ITERATORS_KEPT]:
                del backend.shard_iterators[old]
