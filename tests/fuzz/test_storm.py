"""Headers and keys again, in great numbers: cases that cost microseconds, without Hypothesis."""

import os
import random
from collections.abc import Callable

import pytest

from apikeys.secret import ENTROPY_BYTES
from authorizer.header import presented_key
from tests.fuzz.keys import BASE62, FORMAT, slip
from tests.fuzz.model import FRAMES, NAMES, OTHER_FRAMES, OTHER_NAMES, is_key, rightly_presented

CASES = 200 * int(os.environ.get("FUZZ_CASES", "100"))
SEEDS = 4


def some_key(chance: random.Random) -> str:
    text = FORMAT.new(chance.randbytes(ENTROPY_BYTES)).reveal()
    if chance.random() < 0.5:
        return text
    new = chance.choice(BASE62) if chance.random() < 0.5 else chr(chance.randrange(0x250))
    return slip(text, chance.randrange(8), chance.randrange(256), new)


def some_headers(chance: random.Random) -> dict[str, list[str]]:
    keys = [some_key(chance), some_key(chance)]

    def name() -> str:
        return chance.choice(NAMES if chance.random() < 0.8 else OTHER_NAMES)

    def value() -> str:
        frame = chance.choice(FRAMES if chance.random() < 0.8 else OTHER_FRAMES)
        return frame.format(*[chance.choice(keys)] * 2)

    return {name(): [value() for _ in range(chance.choice([1, 1, 2, 0]))] for _ in range(chance.randrange(4))}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_headers_and_keys_are_read_by_the_contracts_rules(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("cases", CASES // SEEDS)
    chance = random.Random(seed)  # noqa: S311 - it guards nothing
    presented = accepted = 0
    for _ in range(CASES // SEEDS):
        headers = some_headers(chance)
        key = presented_key(headers)
        assert key == rightly_presented(headers), headers
        is_good = key is not None and FORMAT.parse(key) is not None
        assert is_good == (key is not None and is_key(key)), key
        presented += key is not None
        accepted += is_good
    # The cases are worth something: some keys are presented, and of those some are good.
    assert CASES / SEEDS > presented > accepted > CASES / SEEDS / 20
