"""The input of an operation is either as the manual says, or refused with a short text."""

import json
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.errors import InvalidInputError, TooLargeError
from keys.list_keys.app import ListKeys
from operation.input.model import InputT, OneKey, read_direct, read_http
from operation.input.new_key import NewKey

# White space at either end of a name, as Unicode has it.
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
SECRET = "a-value-that-no-error-may-repeat"


@pytest.fixture(scope="module", autouse=True)
def built_in_scopes() -> Iterator[None]:
    """The deployment adds no scopes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCOPES", "")
        yield


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = (
    st.text(max_size=8) | st.text(min_size=95, max_size=105) | st.sampled_from(["x", " x ", "\u2028x", "x\n"])
)
scopes = st.lists(st.sampled_from(["runtime", "keys", "*", "runtime ", "admin", ""]), max_size=4)
bodies = st.fixed_dictionaries(
    {}, optional={"name": names | json_values, "scopes": scopes | json_values, "more": json_values}
)
queries = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.lists(st.integers(-5, 120).map(str) | st.text(max_size=4), min_size=1, max_size=2),
        "include_revoked": st.lists(
            st.sampled_from(["true", "false", "TRUE", "1", ""]), min_size=1, max_size=2
        ),
        "cursor": st.lists(st.text(max_size=9), min_size=1, max_size=2),
        "page": st.lists(st.text(max_size=3), min_size=1, max_size=2),
        "state": st.lists(
            st.sampled_from(["active", "revoked", "Active", ""]) | st.text(), min_size=1, max_size=2
        ),
        "scope": st.lists(st.sampled_from(["keys", "*", "keys ", ""]) | st.text(), min_size=1, max_size=2),
        "created_by": st.lists(
            st.sampled_from(["iam", "usr_1", "a b", ""]) | st.text(), min_size=1, max_size=2
        ),
        "unused_days": st.lists(st.integers(-5, 4000).map(str) | st.text(max_size=4), min_size=1, max_size=2),
        "sort": st.lists(
            st.sampled_from(["created", "last_used", "name", "-name", ""]), min_size=1, max_size=2
        ),
    },
)


def event(method: str, **rest: Any) -> dict[str, Any]:
    none: dict[str, Any] = {"body": None, "isBase64Encoded": False, "pathParameters": None}
    return none | {"httpMethod": method, "multiValueQueryStringParameters": None} | rest


def read(sent: dict[str, Any], model: type[InputT]) -> InputT | None:
    """The input, or None when it is refused; what else may happen fails the test."""
    try:
        return read_http(sent, model)
    except (InvalidInputError, TooLargeError) as refusal:
        text = str(refusal)
    assert 0 < len(text) < 600
    assert SECRET not in text
    return None


def is_name(value: object) -> bool:
    if not isinstance(value, str):
        return False
    name = value.strip(WHITE)
    categories = {unicodedata.category(character) for character in name}
    seen = any(category[0] not in "CZ" for category in categories)
    return (
        1 <= len(name) <= 100 and seen and not categories & {"Cc", "Cs", "Zl", "Zp"} and "\ufffd" not in name
    )


def is_scopes(value: object) -> bool:
    return isinstance(value, list) and value != [] and all(one in ("runtime", "keys", "*") for one in value)


@given(bodies, st.booleans())
def test_a_body_is_accepted_exactly_if_it_is_as_the_manual_says(body: dict[str, Any], encoded: bool) -> None:
    text = json.dumps(body)
    sent = b64encode(text.encode()).decode() if encoded else text
    wanted = read(event("POST", body=sent, isBase64Encoded=encoded), NewKey)
    good = is_name(body.get("name")) and is_scopes(body.get("scopes", ["runtime"])) and "more" not in body
    assert (wanted is not None) == good
    if wanted:
        assert wanted.name == body["name"].strip(WHITE)
        assert wanted.scopes == list(dict.fromkeys(body.get("scopes", ["runtime"])))


@given(queries)
def test_a_query_is_accepted_exactly_if_it_is_as_the_manual_says(query: dict[str, list[str]]) -> None:
    wanted = read(event("GET", multiValueQueryStringParameters=query), ListKeys)
    limit, unused = query.get("limit", ["25"]), query.get("unused_days", ["1"])
    good = (
        all(len(values) == 1 for values in query.values())
        and "page" not in query
        and limit[0].isascii()
        and limit[0].isdigit()
        and len(limit[0]) < 10
        and 1 <= int(limit[0]) <= 100
        and query.get("include_revoked", ["true"])[0] in ("true", "false")
        and query.get("state", ["active"])[0] in ("active", "disabled", "replaced", "revoked")
        and query.get("scope", ["*"])[0] in ("runtime", "keys", "verify", "*")
        and all("!" <= character <= "~" for character in query.get("created_by", ["iam"])[0])
        and 1 <= len(query.get("created_by", ["iam"])[0]) <= 255
        and unused[0].isascii()
        and unused[0].isdigit()
        and len(unused[0]) < 10
        and 1 <= int(unused[0]) <= 3650
        and query.get("sort", ["name"])[0] in ("created", "last_used", "name")
    )
    assert (wanted is not None) == good
    if wanted:
        assert wanted.limit == int(limit[0])
        assert wanted.include_revoked == (query.get("include_revoked") == ["true"])
        assert [wanted.cursor] == query.get("cursor", [None])


@given(st.text(min_size=1) | json_values.map(json.dumps))
def test_a_body_that_is_not_an_object_is_refused(text: str) -> None:
    wanted = read(event("POST", body=text), OneKey)
    assert wanted is None


@given(st.text() | st.binary().map(lambda raw: b64encode(raw).decode()))
def test_bytes_of_any_kind_are_read_or_refused(text: str) -> None:
    wanted = read(event("POST", body=text, isBase64Encoded=True), NewKey)
    assert wanted is None or is_name(wanted.name)


@given(st.sampled_from(["GET", "POST", "DELETE"]), st.text(), bodies, queries)
def test_the_key_id_comes_from_the_path_and_nothing_else_is_taken(
    method: str, key_id: str, body: dict[str, Any], query: dict[str, list[str]]
) -> None:
    sent = event(
        method,
        body=json.dumps(body) if body else None,
        multiValueQueryStringParameters=query or None,
        pathParameters={"key_id": key_id},
    )
    wanted = read(sent, OneKey)
    assert (wanted is not None) == (not body and not query)
    assert wanted is None or wanted.key_id == key_id


@given(json_values)
def test_an_error_repeats_no_value(value: Any) -> None:
    hidden = json.loads(json.dumps(value), object_hook=lambda inner: inner | {"name": SECRET})
    for body in ({"name": [SECRET, hidden]}, {"name": "x", "scopes": [SECRET, hidden]}, {"scopes": SECRET}):
        assert read(event("POST", body=json.dumps(body)), NewKey) is None


@given(st.dictionaries(st.sampled_from(["organization_id", "key_id", "more"]), json_values))
def test_a_direct_invocation_is_read_by_the_same_rules(fields: dict[str, Any]) -> None:
    try:
        wanted = read_direct(fields, OneKey)
    except InvalidInputError:
        assert not isinstance(fields.get("key_id"), str) or "more" in fields
    else:
        assert wanted.key_id == fields["key_id"]
        assert "more" not in fields
