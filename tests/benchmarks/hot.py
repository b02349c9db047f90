"""`make bench`: what one authorization costs, compared with the floor, the usual way and other libraries.

Each subject is a separate process, as on Lambda, and all take turns, so that other load on the machine
affects all of them. Prints one table, and the same as JSON on the last line and in .bench/hot.json.
"""

import argparse
import contextlib
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from moto.server import ThreadedMotoServer

from apikeys.imported import ImportedSecret
from apikeys.secret import Secret
from tests.benchmarks import stage

OUTPUT = stage.ROOT / ".bench" / "hot.json"
HERE = "tests.benchmarks"

#: Peer → what it is, with what it does not do, and its calls a round. No network in any of them.
PEERS = {
    "drf": ("djangorestframework-api-key on SQLite, no scopes", 100),
    "keygate": ("fastapi-keygate on SQLite, scopes not checked", 100),
    "keyshield": ("keyshield in memory, Argon2, its delay at 0", 1),
}


class Subject(NamedTuple):
    """Something to measure. `calls` is how many calls a round has."""

    name: str
    title: str
    handler: str
    event: str
    verdict: str
    environ: dict[str, str]
    calls: int = 300
    python: str = sys.executable


class Process:
    """A subject in its process."""

    def __init__(self, subject: Subject, directory: Path) -> None:
        event = directory / f"{subject.name}.json"
        event.write_text(subject.event)
        module, _, function = subject.handler.rpartition(".")
        self.subject = subject
        self.rounds: list[dict[str, float]] = []
        self._process = subprocess.Popen(
            [subject.python, "-m", "tests.benchmarks.worker", module, function, event, subject.verdict],
            cwd=stage.ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": "functions:."} | subject.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def measure(self) -> None:
        """One round."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{self.subject.calls}\n")
        self._process.stdin.flush()
        self.rounds.append(json.loads(self._process.stdout.readline()))

    def median(self, figure: str) -> float:
        """The median of the rounds, in microseconds, without the first, which warms up."""
        return statistics.median(one[figure] for one in self.rounds[1:])

    def ratio(self, other: "Process") -> float:
        """How many times the CPU of `other` this took: the median of the rounds, which both met alike."""
        rounds = zip(self.rounds[1:], other.rounds[1:], strict=True)
        return statistics.median(mine["cpu_us"] / its["cpu_us"] for mine, its in rounds)

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


def measured(subjects: list[Subject], rounds: int) -> dict[str, Process]:
    """All subjects after `rounds` rounds, in each of which every subject has its turn."""
    with tempfile.TemporaryDirectory() as directory:
        processes = [Process(subject, Path(directory)) for subject in subjects]
        for _ in range(rounds + 1):
            for process in processes:
                process.measure()
        for process in processes:
            process.stop()
    return {process.subject.name: process for process in processes}


def hot(rounds: int, peers_python: str | None) -> dict[str, Process]:
    """Every subject on the stub of the store."""
    secret, other, limited = stage.new_secret(), stage.new_secret(), stage.new_secret()
    items = {secret.id: stage.item(secret, "runtime"), other.id: stage.item(other, "keys")}
    items[limited.id] = stage.item(limited, "runtime") | {"allowed_addresses": stage.ADDRESSES}
    text = secret.reveal()
    valid, wanting = stage.event(text), stage.event(other.reveal())
    unknown = stage.event(stage.new_secret().reveal())
    legacy = ImportedSecret(f"legacy-{os.urandom(16).hex()}")
    items[legacy.id] = stage.item(legacy, "runtime")
    mistyped = stage.event(text[:-1] + ("1" if text[-1] == "0" else "0"))
    with contextlib.ExitStack() as stack:
        certificate = stage.new_certificate(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        environ = stage.environ(stack.enter_context(stage.stub_store(items)))
        secure = stage.environ(stack.enter_context(stage.stub_store(items, certificate=certificate)))
        subjects = [
            Subject(name, title, f"{module}.handler", event, verdict, environ, calls)
            for name, title, module, event, verdict, calls in (
                ("authorizer", "authorizer, valid key", "authorizer.app", valid, "allowed", 300),
                (
                    "limited",
                    "authorizer, the last of 20 networks",
                    "authorizer.app",
                    stage.event(limited.reveal()),
                    "allowed",
                    300,
                ),
                ("unknown", "authorizer, unknown key", "authorizer.app", unknown, "Unauthorized", 300),
                ("scope", "authorizer, scope missing", "authorizer.app", wanting, "denied", 300),
                ("garbage", "authorizer, wrong checksum", "authorizer.app", mistyped, "Unauthorized", 300),
                ("floor", "floor: one bare signed read", f"{HERE}.floor", valid, "allowed", 300),
                (
                    "boto3_client",
                    "the same with boto3's client",
                    f"{HERE}.usual_client",
                    valid,
                    "allowed",
                    60,
                ),
                (
                    "boto3_resource",
                    "the same with boto3's Table",
                    f"{HERE}.usual_resource",
                    valid,
                    "allowed",
                    60,
                ),
            )
        ]
        importing = environ | {"IMPORTED_KEYS": "true"}
        subjects += [
            Subject(name, title, "authorizer.app.handler", event, verdict, importing)
            for name, title, event, verdict in (
                ("importing", "authorizer with ImportedKeys, valid key", valid, "allowed"),
                ("imported", "the same, imported key", stage.event(legacy.reveal()), "allowed"),
                ("imported_garbage", "the same, wrong checksum", mistyped, "Unauthorized"),
            )
        ]
        over_tls = secure | {"SSL_CERT_FILE": str(certificate[0])}
        subjects += [
            Subject("tls", "authorizer, over TLS", "authorizer.app.handler", valid, "allowed", over_tls),
            Subject("floor_tls", "floor, over TLS", f"{HERE}.floor.handler", valid, "allowed", over_tls),
        ]
        if peers_python:
            subjects += [
                Subject(name, title, f"{HERE}.peers.{name}", "{}", "allowed", {}, calls, peers_python)
                for name, (title, calls) in PEERS.items()
            ]
        return measured(subjects, rounds)


def growth(rounds: int, sizes: list[int]) -> dict[str, Process]:
    """A valid key in tables of different sizes, on DYNAMODB_ENDPOINT or on moto's server."""
    with contextlib.ExitStack() as stack:
        endpoint = os.environ.get("DYNAMODB_ENDPOINT") or stack.enter_context(_moto())
        subjects = []
        for size in sizes:
            environ = stage.environ(endpoint, f"Bench-{os.getpid()}-{size}")
            secret = stage.new_secret()
            stack.enter_context(_table(environ, secret, size))
            title = f"authorizer, valid key among {size:,}"
            event = stage.event(secret.reveal())
            subjects.append(
                Subject(str(size), title, "authorizer.app.handler", event, "allowed", environ, 50)
            )
        return measured(subjects, rounds)


@contextlib.contextmanager
def _moto() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@contextlib.contextmanager
def _table(environ: dict[str, str], secret: Secret, size: int) -> Iterator[None]:
    table = boto3.resource(
        "dynamodb",
        region_name=environ["AWS_REGION"],
        endpoint_url=environ["AWS_ENDPOINT_URL_DYNAMODB"],
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
    ).create_table(
        TableName=environ["KEY_TABLE"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    with table.batch_writer() as batch:
        for one in (secret, *(stage.new_secret() for _ in range(size - 1))):
            batch.put_item(Item=stage.item(one, "runtime"))
    yield
    table.delete()


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description="What one authorization costs.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--peers", metavar="PYTHON", help="an interpreter that has the `bench` group installed"
    )
    parser.add_argument("--keys", type=int, nargs="*", default=[1, 1_000, 100_000], help="sizes of the table")
    options = parser.parse_args()
    costs = hot(options.rounds, options.peers)
    grown = growth(options.rounds, options.keys)
    print(f"{'per call, in µs (medians)':52}{'CPU':>10}{'wall':>10}")
    for process in (*costs.values(), *grown.values()):
        cpu, wall = process.median("cpu_us"), process.median("wall_us")
        print(f"{process.subject.title:52}{cpu:10,.0f}{wall:10,.0f}")
    ours = costs["authorizer"].median("cpu_us")
    figures: dict[str, Any] = {
        f"{name}_cpu_us": round(costs[name].median("cpu_us"), 1)
        for name in (
            "authorizer",
            "limited",
            "unknown",
            "scope",
            "garbage",
            "importing",
            "imported",
            "imported_garbage",
            "floor",
            "boto3_client",
            "boto3_resource",
            "tls",
            "floor_tls",
        )
    }
    figures |= {
        "ratio_to_floor": round(costs["authorizer"].ratio(costs["floor"]), 2),
        "ratio_to_floor_tls": round(costs["tls"].ratio(costs["floor_tls"]), 2),
        "ratio_boto3_client": round(costs["boto3_client"].median("cpu_us") / ours, 1),
        "peers": {name: round(costs[name].median("cpu_us"), 1) for name in PEERS if name in costs},
        "growth": {size: round(process.median("cpu_us"), 1) for size, process in grown.items()},
        "cold": json.loads(cold.read_text()) if (cold := OUTPUT.with_name("cold.json")).exists() else None,
        "python": platform.python_version(),
        "machine": stage.machine(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
