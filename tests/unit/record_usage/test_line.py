"""Which lines of a log are calls."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event import CloudWatchLogsLogEvent
from hypothesis import given
from hypothesis import strategies as st

from apikeys.usage.call import Call
from usage.record_usage.line import read

AT = 1795512600007  # 2026-11-24T09:30:00.007Z
DAY_MS = 24 * 60 * 60 * 1000
GOOD = {"key_id": "key_ExampleKey01", "organization_id": "org_example", "status": "200", "time": str(AT)}


def event(message: str) -> CloudWatchLogsLogEvent:
    return CloudWatchLogsLogEvent({"id": "7", "timestamp": AT + 30, "message": message})


def line(**changes: Any) -> str:
    return json.dumps(GOOD | {"request_id": "x", "method": "GET"} | changes)


def test_a_line_is_a_call_named_by_its_log_event() -> None:
    assert read(event(line())) == Call(
        "7", "key_ExampleKey01", "org_example", "2026-11-24T09:30:00.007Z", 200
    )


@pytest.mark.parametrize(
    "message",
    [
        "",
        "-",
        "null",
        "[]",
        "{}",
        "START RequestId: 8f5a Version: $LATEST",
        "CWL CONTROL MESSAGE: Checking health of destination Lambda.",
        line()[:-1],
        line()[:40],
        "[" * 100_000,
        '{"a":' * 100_000,
        line() + line(),
        "\ud800",
        line(key_id="-"),
        line(key_id="key_ExampleKey0"),
        line(key_id="key_ExampleKey01\n"),
        line(key_id="key_ExampleKey0\u0661"),
        line(key_id=["key_ExampleKey01"]),
        line(key_id={"key_ExampleKey01": 1}),
        line(key_id=None),
        line(organization_id=""),
        line(organization_id="o" * 65),
        line(organization_id="\ud800"),
        line(organization_id=None),
        line(status="-"),
        line(status=200),
        line(status=" 200"),
        line(status="2_00"),
        line(status="+200"),
        line(status="200\n"),
        line(status="2\u06600"),
        line(status="99"),
        line(status="600"),
        line(status="9" * 5000),
        line(status="NaN"),
        line(time="-"),
        line(time="0"),
        line(time=AT),
        line(time=f"+{AT}"),
        line(time=f" {AT} "),
        line(time=f"0{AT}"),
        line(time="1_795512600007"),
        line(time=str(AT + 30 - DAY_MS - 1)),
        line(time="-1"),
        line(time="9" * 25),
        line(time="9" * 5000),
        line(time="Infinity"),
        line(time=str(AT + 30 + 60_001)),
        *(json.dumps({name: value for name, value in GOOD.items() if name != left_out}) for left_out in GOOD),
    ],
)
def test_a_foreign_cut_or_hostile_line_is_not_a_call(message: str) -> None:
    assert read(event(message)) is None


@given(st.text())
def test_no_text_breaks_the_parser(message: str) -> None:
    assert read(event(message)) is None


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.text() | st.integers() | st.none()))
def test_no_value_breaks_the_parser(changes: dict[str, Any]) -> None:
    call = read(event(line(**changes)))
    assert call is None or (call.key_id == GOOD["key_id"] and len(call.organization_id) <= 64)


@pytest.mark.parametrize(
    ("source_ip", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        *[
            (odd, None)
            for odd in ("-", "", "nonsense", "203.0.113.7 x", "fe80::1%eth0", "203.0.113.0/24", 7, None)
        ],
    ],
)
def test_a_call_has_the_address_that_its_line_names_and_counts_without_one(
    source_ip: object, address: str | None
) -> None:
    call = read(event(line(source_ip=source_ip)))
    assert call
    assert call.address == address


def test_a_call_that_ended_long_after_its_start_counts() -> None:
    assert read(event(line(time=str(AT + 30 - DAY_MS)))) is not None


def test_a_call_whose_clock_is_a_little_ahead_counts() -> None:
    assert read(event(line(time=str(AT + 30 + 60_000)))) is not None
