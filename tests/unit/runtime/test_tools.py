"""What a tool's schema says is what its check does."""

import json
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from backend.caller import Caller
from backend.errors import InvalidInputError
from backend.input import BODY_BYTES, from_body, from_fields
from backend.tools import TOOLS, CountArguments

CALLER = Caller("org_a", "key_AAAAAAAAAAAA", ("runtime",))

UNKNOWN, NONE = "Unknown field. The fields are: ", "This takes no fields."

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("echo", {"text": ""}),
    ("echo", {"text": "x" * 10_000}),
    ("echo", {"text": "grüezi 👋"}),
    ("whoami", {}),
    ("clock", {}),
    ("count", {"to": 1}),
    ("count", {"to": 10_000, "interval_ms": 0}),
    ("count", {"to": 6, "interval_ms": 60_000}),
    ("count", {"to": 3.0, "interval_ms": 1e3}),
]

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("echo", {}, "text: "),
    ("echo", {"text": None}, "text: "),
    ("echo", {"text": 1}, "text: "),
    ("echo", {"text": "x" * 10_001}, "text: "),
    ("echo", {"text": "", "loud": True}, UNKNOWN),
    ("whoami", {"organization_id": "org_b"}, NONE),
    ("clock", {"zone": "CET"}, NONE),
    ("count", {}, "to: "),
    ("count", {"to": 0}, "to: "),
    ("count", {"to": 10_001, "interval_ms": 0}, "to: "),
    ("count", {"to": "3"}, "to: "),
    ("count", {"to": True}, "to: "),
    ("count", {"to": 1.5}, "to: "),
    ("count", {"to": float("inf")}, "to: "),
    ("count", {"to": 1e300}, "to: "),
    ("count", {"to": 1, "": 1}, UNKNOWN),
    ("count", {"to": 2, "interval_ms": -1}, "interval_ms: "),
    ("count", {"to": 2, "interval_ms": 60_001}, "interval_ms: "),
]


@pytest.mark.parametrize("name", TOOLS)
def test_a_tools_schema_is_a_json_schema_of_an_object(name: str) -> None:
    schema = TOOLS[name].schema
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"


@pytest.mark.parametrize(("name", "arguments"), GOOD)
def test_good_arguments_pass_the_schema_and_the_check(name: str, arguments: dict[str, Any]) -> None:
    Draft202012Validator(TOOLS[name].schema).validate(arguments)
    from_fields(TOOLS[name].arguments, arguments)


@pytest.mark.parametrize(("name", "arguments", "field"), BAD)
def test_bad_arguments_fail_the_schema_and_the_check_which_names_the_field(
    name: str, arguments: dict[str, Any], field: str
) -> None:
    assert not Draft202012Validator(TOOLS[name].schema).is_valid(arguments)
    with pytest.raises(InvalidInputError, match=rf"^{field}"):
        from_fields(TOOLS[name].arguments, arguments)


@given(to=st.integers(1, 10_000), interval_ms=st.integers(0, 60_000))
def test_a_count_that_is_accepted_ends_before_the_gateway_would_cut_it(to: int, interval_ms: int) -> None:
    arguments = {"to": to, "interval_ms": interval_ms}
    if (to - 1) * interval_ms <= 5 * 60 * 1000:
        from_fields(CountArguments, arguments)
    else:
        with pytest.raises(InvalidInputError, match=r"^interval_ms: would make the count last longer than 5"):
            from_fields(CountArguments, arguments)


def test_a_count_is_bounded_in_time_with_the_interval_left_out_as_well() -> None:
    assert from_fields(CountArguments, {"to": 301}).interval_ms == 1000
    with pytest.raises(InvalidInputError, match=r"^interval_ms: "):
        from_fields(CountArguments, {"to": 302})


def test_an_error_repeats_nothing_that_was_sent() -> None:
    for body in (
        b'{"to": "sk_live_copia_secret"}',
        b'{"to": 1, "interval_ms": {"sk_live_copia_secret": 1}}',
        b'{"to": 1, "sk_live_copia_secret": 1}',
        b'{"to": 1, "interval_ms": 1, "interval_ms": "sk_live_copia_secret"}',
        b'{"sk_live_copia_secret": 1, "sk_live_copia_secret": 2}',
    ):
        with pytest.raises(InvalidInputError) as refusal:
            from_body(CountArguments, body)
        assert "sk_live" not in str(refusal.value)


@pytest.mark.parametrize("body", [b'{"to": 1, "to": 1}', b'{"to": 1, "\\u0074o": 2}'])
def test_a_duplicate_member_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"^The body has a duplicate member\. "):
        from_body(CountArguments, body)


@pytest.mark.parametrize("body", [b"", b"{", b"nothing", b"\xff", b'{"to": "\\ud800"}', b"[" * 60_000])
def test_the_error_says_that_a_body_is_not_json(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"^The body cannot be read as JSON: [a-zA-Z0-9 ]+\.$"):
        from_body(CountArguments, body)


def test_the_error_says_that_a_number_has_too_many_digits() -> None:
    with pytest.raises(InvalidInputError, match=r"^The body cannot be read as JSON: number out of range "):
        from_body(CountArguments, b'{"to": %s}' % (b"9" * 5000))


def test_the_longest_good_call_fits_with_any_escapes() -> None:
    assert 2 * len(json.dumps({"text": "👋" * 10_000})) < BODY_BYTES


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "arguments", "outputs"),
    [
        ("echo", {"text": "hello"}, [{"text": "hello"}]),
        ("whoami", {}, [{"organization_id": "org_a", "key_id": "key_AAAAAAAAAAAA", "scopes": ["runtime"]}]),
        ("count", {"to": 3, "interval_ms": 1}, [{"count": 1}, {"count": 2}, {"count": 3}]),
    ],
)
async def test_a_tool_gives_as_many_outputs_as_its_arguments_announce(
    name: str, arguments: dict[str, Any], outputs: list[dict[str, Any]]
) -> None:
    tool = TOOLS[name]
    checked = from_fields(tool.arguments, arguments)
    async with aclosing(tool.run(CALLER, checked)) as run:
        assert [output async for output in run] == outputs
    assert checked.outputs == len(outputs)
