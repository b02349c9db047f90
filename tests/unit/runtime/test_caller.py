"""Who calls is known from what the gateway wrote, and from nothing else."""

import json

import pytest
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from backend.caller import Caller, Identified, from_mapped_headers, from_request_context
from backend.errors import UnidentifiedError

VOUCHED = {"organization_id": "org_a", "key_id": "key_AAAAAAAAAAAA", "scopes": "runtime keys"}
CALLER = Caller("org_a", "key_AAAAAAAAAAAA", ("runtime", "keys"))

WRONG: tuple[object, ...] = ("", " ", "org_a,org_b", "x" * 65, None, 7, ["org_a"])

SECRET = "s" * 32
MAPPED = [
    ("x-organization-id", "org_a"),
    ("x-key-id", "key_AAAAAAAAAAAA"),
    ("x-scopes", "runtime keys"),
    ("x-gateway-secret", SECRET),
]


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.lower().encode(), value.encode()) for name, value in pairs])


def context(value: object) -> Headers:
    return headers(("x-amzn-request-context", json.dumps(value, ensure_ascii=False)))


def test_the_authorizers_findings_in_the_request_context_are_the_caller() -> None:
    vouched = VOUCHED | {"principalId": "key_AAAAAAAAAAAA", "integrationLatency": 3}
    sent = {"authorizer": vouched, "identity": {"userAgent": "Müller 1.0"}}
    assert from_request_context(context(sent)) == CALLER


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "PassThrough",
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"lambda": VOUCHED}},
        *({"authorizer": {k: v for k, v in VOUCHED.items() if k != name}} for name in VOUCHED),
        *({"authorizer": {**VOUCHED, name: wrong}} for name in VOUCHED for wrong in WRONG),
    ],
)
def test_a_request_context_without_the_three_findings_is_refused(value: object) -> None:
    with pytest.raises(UnidentifiedError):
        from_request_context(context(value))


@pytest.mark.parametrize("text", ["", "{", "\xff", "[" * 100_000])
def test_a_request_context_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(UnidentifiedError):
        from_request_context(headers(("x-amzn-request-context", text)))


def test_identity_headers_of_a_client_do_not_replace_the_request_context() -> None:
    with pytest.raises(UnidentifiedError):
        from_request_context(headers(*MAPPED))


def test_headers_that_something_joined_are_refused() -> None:
    joined = [(name, f"{value}, org_b") for name, value in MAPPED[:1]]
    with pytest.raises(UnidentifiedError):
        from_mapped_headers(SECRET)(headers(*joined, *MAPPED[1:]))


def test_two_request_contexts_are_refused_even_if_one_is_good() -> None:
    pair = ("x-amzn-request-context", json.dumps({"authorizer": VOUCHED}))
    with pytest.raises(UnidentifiedError):
        from_request_context(headers(pair, pair))


def test_mapped_headers_with_the_gateways_secret_are_the_caller() -> None:
    assert from_mapped_headers(SECRET)(headers(*MAPPED)) == CALLER


@pytest.mark.parametrize("missing", [name for name, _ in MAPPED])
def test_mapped_headers_that_lack_one_are_refused(missing: str) -> None:
    with pytest.raises(UnidentifiedError):
        from_mapped_headers(SECRET)(headers(*(pair for pair in MAPPED if pair[0] != missing)))


@pytest.mark.parametrize("name", [name for name, _ in MAPPED])
def test_a_duplicate_mapped_header_is_refused(name: str) -> None:
    with pytest.raises(UnidentifiedError):
        from_mapped_headers(SECRET)(headers(*MAPPED, (name.title(), "org_b")))


@pytest.mark.parametrize("wrong", ["", "x" * 32, SECRET + "s", SECRET[:-1], "ü" * 32])
def test_mapped_headers_with_a_wrong_secret_are_refused(wrong: str) -> None:
    with pytest.raises(UnidentifiedError):
        from_mapped_headers(SECRET)(headers(*MAPPED[:-1], ("x-gateway-secret", wrong)))


def test_a_clients_own_request_context_does_not_replace_mapped_headers() -> None:
    with pytest.raises(UnidentifiedError):
        from_mapped_headers(SECRET)(context({"authorizer": VOUCHED}))


def test_a_refusal_repeats_nothing_of_the_request() -> None:
    with pytest.raises(UnidentifiedError) as refusal:
        from_mapped_headers(SECRET)(headers(("x-gateway-secret", "guess-of-a-secret")))
    assert "guess" not in repr(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.anyio
async def test_no_code_behind_the_check_sees_the_key_or_the_gateways_secret() -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def app(scope: Scope, _: Receive, __: Send) -> None:
        seen.extend(scope["headers"])

    sent = headers(
        *MAPPED,
        ("Authorization", "Bearer sk_live_copia_x"),
        ("X-API-Key", "sk_live_copia_x"),
        ("Accept", "*/*"),
    )
    scope = {"type": "http", "headers": sent.raw}
    await Identified(app, from_mapped_headers(SECRET))(scope, _never, _never)  # type: ignore[arg-type]
    assert [name.lower() for name, _ in seen] == [b"x-organization-id", b"x-key-id", b"x-scopes", b"accept"]


async def _never() -> None:
    """Neither read from nor written to."""
