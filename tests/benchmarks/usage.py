"""What folding an access log costs: requests, write units, time and memory of `record_usage`.

    DYNAMODB_ENDPOINT=http://127.0.0.1:8000 PYTHONPATH=functions python -m tests.benchmarks.usage

The handler runs in this process, so its memory is the function's own. The endpoint is DynamoDB Local's: moto
copies all of its items for each transaction. Keys are drawn evenly, so few lines of a batch fall on one key.
There is one log stream; the same calls in many would make more and smaller slots. There is one process too:
each further one that gets calls of a key writes its last use again.
"""

import argparse
import base64
import gzip
import json
import math
import os
import random
import resource
import sys
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import botocore.session

from local.functions.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template

ROOT = Path(__file__).parents[2]
# A second after a slot's start, so that some batches fall into two slots.
START_MS = 1_795_512_601_000

# A binary set's item: each event takes 8 bytes and one for its place in the set; the rest is below 100.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
EVENT_BYTES, REST_BYTES = 9, 100


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "benchmark"


def batches(lines: int, keys: int, size: int, a_second: float) -> list[dict[str, Any]]:
    """The events of `lines` calls in one log stream, `size` lines each."""
    source = random.Random(7)  # noqa: S311 - it draws keys for a measurement
    stream = uuid.uuid4().hex
    # Those of another run have counts of that day already.
    ids = [f"key_{stream[:5]}{number:07}" for number in range(keys)]

    def line(number: int) -> dict[str, Any]:
        at = START_MS + int(number * 1000 / a_second)
        fields = {
            "request_id": "Tn1jXGnxvHcFgQA=",
            "time": str(at),
            "key_id": source.choice(ids),
            "organization_id": "org_example",
            "method": "GET",
            "route": "/api/runtime/{proxy+}",
            "status": "200",
            "error_type": "-",
            "source_ip": "203.0.113.7",
            "latency_ms": "12",
            "authorizer_ms": "4",
            "response_bytes": "142",
        }
        return {"id": f"{number:056}", "timestamp": at + 12, "message": json.dumps(fields)}

    def event(first: int) -> dict[str, Any]:
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": "AccessLogs",
            "logStream": stream,
            "subscriptionFilters": ["AccessLog"],
            "logEvents": [line(number) for number in range(first, min(first + size, lines))],
        }
        return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}

    return [event(first) for first in range(0, lines, size)]


class Meter:
    """Counts requests, and the write units that DynamoDB would bill."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        self._slots: Counter[str] = Counter()

    def before_call(self, **call: Any) -> None:
        operation, request = call["model"].name, json.loads(call["params"]["body"])
        self.requests[operation] += 1
        if operation == "UpdateItem" and request["TableName"] == "KeyTable":
            # The key, and its copy in the index.
            self.units["last_used_at"] += 2
        elif operation == "UpdateItem" and request["TableName"] == "UsageTable":
            self.units["counts"] += 1
        elif operation == "UpdateItem":
            self.units["events of counts"] += self._grown(request)
        elif operation == "GetItem":
            # A unit for 4 KB. https://aws.amazon.com/dynamodb/pricing/on-demand/
            size = self._slots[request["Key"]["slot"]["S"]] * EVENT_BYTES + REST_BYTES
            self.units["read"] += math.ceil(size / 4096)
        for action in request.get("TransactItems", ()):
            update = action["Update"]
            if update["TableName"] == "UsageTable":
                self.units["counts"] += 2
            else:
                self.units["slots"] += 2 * self._grown(update)

    def _grown(self, update: dict[str, Any]) -> int:
        """The units, of 1 KB each, of a slot to which an update adds events."""
        slot = update["Key"]["slot"]["S"]
        self._slots[slot] += len(update["ExpressionAttributeValues"][":new"]["BS"])
        return math.ceil((self._slots[slot] * EVENT_BYTES + REST_BYTES) / 1024)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=2_500, help="lines in one event")
    parser.add_argument("--a-second", type=float, default=1_000, help="calls of all keys in a second")
    arguments = parser.parse_args()

    endpoint, template = os.environ["DYNAMODB_ENDPOINT"], Template.load(ROOT / "template.yaml", {})
    create_tables(client(endpoint, template.region), template)
    os.environ |= {
        **template.functions["RecordUsageFunction"].environment,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": template.region,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }
    meter = Meter()
    session = botocore.session.Session()
    session.register("before-call.dynamodb", meter.before_call)

    def get_session(env_vars: object = None) -> botocore.session.Session:
        assert env_vars is None
        return session

    botocore.session.get_session = get_session  # where the function gets its client from
    from usage.record_usage.app import handler  # noqa: PLC0415 - with the environment and the session in place

    events = batches(arguments.lines, arguments.keys, arguments.batch, arguments.a_second)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, processor = time.perf_counter(), time.process_time()
    counted: int = sum(handler(event, Context())["counted"] for event in events)  # type: ignore[arg-type, misc]
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    million = 1_000_000 / arguments.lines
    report = [
        f"{counted} calls counted, {arguments.keys} keys, {len(events)} events of {arguments.batch} lines",
        *(f"{name:20} {number:8} requests" for name, number in sorted(meter.requests.items())),
        *(
            f"{name:20} {number:8} units, {number * million:12,.0f} per million calls"
            for name, number in sorted(meter.units.items())
        ),
        f"time                 {wall:8.1f} s, of which {processor:.1f} s are this process's own",
        f"memory               {after / 1024:8.0f} MB at most, {before / 1024:.0f} MB before the first event",
    ]
    sys.stdout.write("\n".join(report) + "\n")


if __name__ == "__main__":
    main()
