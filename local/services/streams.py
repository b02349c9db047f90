"""DynamoDB Streams: a table's stream, and its delivery to the functions that read it.

Owns the position of the delivery in the stream, and when a batch is delivered again. Delivery begins with
what is written after the start: positions are not kept from one run to the next.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.functions.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.template.event_source import EventSource

Record = dict[str, Any]

_PAUSE_S = 0.2
# After a batch that failed, as on Lambda longer each time.
_PAUSE_AT_MOST_S = 5.0


class Position:
    """A place in the stream of one table, at first its end. Raises BotoCoreError or ClientError."""

    def __init__(self, endpoint: str, region: str, table: str) -> None:
        self._client: Any = boto3.client(
            "dynamodbstreams",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1}),
        )
        streams = self._client.list_streams(TableName=table)["Streams"]
        #: The stream's ARN, or None if the table has no stream.
        self.arn: str | None = streams[-1]["StreamArn"] if streams else None
        # Shard → where it is read from. Shards come after those before them.
        self._iterators: dict[str, str] = {}
        self._ended: set[str] = set()
        # After the records that were read last.
        self._next: dict[str, str | None] = {}
        if self.arn is not None:
            self._find_shards("LATEST")

    def read(self, limit: int) -> list[Record]:
        """At most `limit` records from here on. The place stays."""
        for shard, iterator in list(self._iterators.items()):
            try:
                answer = self._client.get_records(ShardIterator=iterator, Limit=limit)
            except self._client.exceptions.TrimmedDataAccessException:
                # DynamoDB Local says so of the end of a stream that was empty, once it is no longer.
                self._iterators[shard] = self._iterator(shard, {"ShardIteratorType": "TRIM_HORIZON"})
                return self.read(limit)
            following = answer.get("NextShardIterator")
            if records := answer["Records"]:
                self._next = {records[-1]["dynamodb"]["SequenceNumber"]: following}
                return [{**record, "shard": shard} for record in records]
            self._go(shard, following)
        return []

    def leave_behind(self, record: Record) -> None:
        """Go to the place after a record that was read here."""
        shard, number = record["shard"], record["dynamodb"]["SequenceNumber"]
        if number in self._next:
            self._go(shard, self._next[number])
        else:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}
            self._go(shard, self._iterator(shard, place))

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _go(self, shard: str, iterator: str | None) -> None:
        if iterator is not None:
            self._iterators[shard] = iterator
            return
        del self._iterators[shard]
        self._ended.add(shard)
        self._find_shards("TRIM_HORIZON")

    def _find_shards(self, start: str) -> None:
        described = self._client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        for shard in (one["ShardId"] for one in described):
            if shard not in self._ended and shard not in self._iterators:
                self._iterators[shard] = self._iterator(shard, {"ShardIteratorType": start})

    def _iterator(self, shard: str, place: dict[str, str]) -> str:
        answer = self._client.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **place)
        iterator: str = answer["ShardIterator"]
        return iterator


class Delivery:
    """The delivery of one table's stream to one function."""

    def __init__(self, source: EventSource, position: Position, functions: Functions) -> None:
        self._source = source
        self._position = position
        self._functions = functions
        self._failed = 0

    async def run(self) -> None:
        """Deliver until it is cancelled."""
        while True:
            pause = _PAUSE_S
            try:
                if await self._deliver():
                    pause = min(_PAUSE_S * 2**self._failed, _PAUSE_AT_MOST_S) if self._failed else 0
            except (BotoCoreError, ClientError):
                pass  # the store cannot be reached: the calls that need it say so
            await asyncio.sleep(pause)

    async def _deliver(self) -> bool:
        """Deliver the next batch, or begin it again. Answers whether there was one."""
        records = await asyncio.to_thread(self._position.read, self._source.batch_size)
        passed = [record for record in records if self._source.passes(record)]
        if passed and (place := await self._failure(passed)) is not None:
            self._failed += 1
            done = records[: records.index(passed[place])]
            if done:
                self._failed = 1
                self._position.leave_behind(done[-1])
            if self._source.retries is None or self._failed <= self._source.retries:
                return True
            name = self._source.function
            print(f"{name}: gave up a record of {self._source.table}'s stream", flush=True)
            records = [passed[place]]
        self._failed = 0
        if records:
            self._position.leave_behind(records[-1])
        return bool(records)

    async def _failure(self, records: Sequence[Record]) -> int | None:
        """Which of the records the function failed at, if it did."""
        event = json.dumps({"Records": [self._event(one) for one in records]}, default=plain).encode()
        try:
            answer = json.loads(await self._functions.invoke(self._source.function, event))
        except FunctionError as error:
            self._functions.print_error(self._source.function, error)
            return 0
        failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
        if not (self._source.reports_failures and failures):
            return None
        numbers = [one["dynamodb"]["SequenceNumber"] for one in records]
        failed = {one.get("itemIdentifier") for one in failures}
        # An identifier that is none of the batch's makes Lambda begin the whole batch again.
        return min((place for place, number in enumerate(numbers) if number in failed), default=0)

    def _event(self, record: Record) -> Record:
        return {name: value for name, value in record.items() if name != "shard"} | {
            "eventSourceARN": self._position.arn
        }


@asynccontextmanager
async def delivered(
    sources: Sequence[EventSource], functions: Functions, endpoint: str, region: str
) -> AsyncIterator[list[str]]:
    """Deliver the streams until the end of the block. Yields a line for each stream that is missing."""
    warnings, running, positions = [], [], []
    try:
        for source in sources:
            if not functions.has_handler(source.function):
                continue
            position = await asyncio.to_thread(Position, endpoint, region, source.table)
            positions.append(position)
            if position.arn is None:
                warnings.append(f"Table {source.table} has no stream, so {source.function} hears of nothing.")
                continue
            running.append(asyncio.create_task(Delivery(source, position, functions).run()))
        yield warnings
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for position in positions:
            position.close()


def plain(value: object) -> object:
    """What JSON has in the place of a value of boto3's, for `json.dumps`."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError
