"""DynamoDB Streams of the embedded store, for tables that have one.

Owns the differences from moto's: moto keeps every iterator forever, with the table as it was then. Only the
embedded server uses this module.
https://github.com/getmoto/moto/tree/master/moto/dynamodbstreams
"""

from typing import TYPE_CHECKING

from moto.dynamodbstreams.models import dynamodbstreams_backends
from moto.moto_server.werkzeug_app import create_backend_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_ITERATORS_KEPT = 200


def create_streams_app() -> "WSGIApplication":
    """DynamoDB Streams of an empty store."""
    dynamodbstreams_backends.reset()
    return create_backend_app("dynamodbstreams")


def prepare_iterators() -> None:
    """Let each iterator read the shard that its table has now; called before each request.

    A transaction that fails puts a copy of the table in its place, and moto would read on in the other.
    """
    for account in dynamodbstreams_backends.values():
        for backend in account.values():
            for old in list(backend.shard_iterators)[:-_ITERATORS_KEPT]:
                del backend.shard_iterators[old]
            for iterator in backend.shard_iterators.values():
                its_table = backend.dynamodb.tables.get(iterator.stream_shard.table.name)
                if its_table is not None and its_table.stream_shard is not None:
                    iterator.stream_shard = its_table.stream_shard
