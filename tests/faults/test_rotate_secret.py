"""A rotation in Secrets Manager that breaks off anywhere, while clients keep reading the secret."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from local.template.template import Template
from tests.secret_rotation import Rotation, rotating

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROTATIONS = 50
#: As long as a machine with other work may take for anything.
PATIENCE_S = 120


@pytest.fixture(scope="module")
def new_rotation(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Callable[[], Rotation]]:
    with rotating(template, dynamodb) as made:
        yield made


@pytest.fixture
def rotation(new_rotation: Callable[[], Rotation]) -> Iterator[Rotation]:
    """A secret that was rotated before, so that a key is there to be revoked."""
    made = new_rotation()
    made.put(**made.made_key())
    made.rotate()
    yield made
    made.calls.watch = lambda: None
    made.calls.heal()


def stands_as_after_any_rotation(rotation: Rotation) -> bool:
    """Both versions' keys work, no other does, and each replaces the other."""
    current, previous = rotation.key(), rotation.key("AWSPREVIOUS")
    return (
        sorted(rotation.good()) == sorted([current.id, previous.id])
        and (current.replaces, previous.replaced_by) == (previous.id, current.id)
        and rotation.works(rotation.value()["secret"])
        and rotation.works(rotation.value("AWSPREVIOUS")["secret"])
    )


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_rotation_that_breaks_off_anywhere_is_completed_by_its_repetition(
    rotation: Rotation, record_property: Callable[[str, object], None], *, after: bool
) -> None:
    rotation.calls.made.clear()
    assert rotation.rotate() == 0
    calls = len(rotation.calls.made)
    assert calls > 15
    for number in range(calls):
        before = rotation.key()
        rotation.calls.break_write(number, after=after)
        assert rotation.rotate() == 1, rotation.calls.made
        rotation.calls.heal()
        assert rotation.key().replaces == before.id
        assert stands_as_after_any_rotation(rotation), number
    record_property("broken calls", calls)


def test_a_client_that_reads_the_secret_at_any_moment_never_gets_a_401(
    rotation: Rotation, record_property: Callable[[str, object], None]
) -> None:
    """It reads and calls with either label after each write, since nothing else changes what it reads."""
    labels = ("AWSCURRENT", "AWSPREVIOUS")
    reads = 0

    def read_and_call() -> None:
        nonlocal reads
        for label in labels:
            assert rotation.works(rotation.value(label)["secret"]), label
            reads += 1

    rotation.calls.watch = read_and_call
    for _ in range(ROTATIONS):
        assert rotation.rotate() == 0
    rotation.calls.watch = lambda: None
    record_property("reads", reads)
    assert reads > ROTATIONS * 10
    assert stands_as_after_any_rotation(rotation)


class Client:
    """A client that keeps reading the current secret and calling the API with it, until it is stopped."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._ended = threading.Event()
        self._called = threading.Condition()
        self.statuses: list[int] = []

    def run(self) -> None:
        with httpx.Client(timeout=PATIENCE_S) as http:
            while not self._ended.is_set():
                secret = self._rotation.value()["secret"]
                status = http.get(self._rotation.url, headers={"x-api-key": secret}).status_code
                with self._called:
                    self.statuses.append(status)
                    self._called.notify()

    def wait_for_a_call(self) -> None:
        """Wait until a call ends that began after this moment."""
        with self._called:
            calls = len(self.statuses) + 2  # the next to end may have begun before
            assert self._called.wait_for(lambda: len(self.statuses) >= calls, PATIENCE_S)

    def end(self) -> None:
        self._ended.set()


def test_a_client_that_calls_during_rotations_never_gets_a_401(
    rotation: Rotation, record_property: Callable[[str, object], None]
) -> None:
    client = Client(rotation)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(client.run)
        try:
            for _ in range(ROTATIONS):
                client.wait_for_a_call()
                assert rotation.rotate() == 0
            client.wait_for_a_call()
        finally:
            client.end()
        running.result()
    # The API answers 403 to a good key, which has no scope for it.
    assert set(client.statuses) == {403}
    record_property("calls", len(client.statuses))
    assert len(client.statuses) > ROTATIONS
