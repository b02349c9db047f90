from datetime import UTC, datetime

import botocore.credentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorizer.credentials import Credentials
from authorizer.sigv4 import Signer

DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12).map(
    lambda text: "x-" + text
)
keys = st.text(DIGITS_AND_LETTERS + "/+", min_size=1, max_size=40)
session_tokens = st.none() | st.text(DIGITS_AND_LETTERS + "/+=", min_size=1, max_size=1200)
regions = st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "ap-southeast-5"])
moments = st.integers(min_value=0, max_value=4_102_444_800)


def botocore_signature(
    body: bytes, headers: dict[str, str], credentials: Credentials, region: str, now: float
) -> str:
    """What botocore puts in the Authorization header of the same request."""
    request = AWSRequest("POST", "https://" + headers["host"].strip() + "/", headers, body)
    request.context["timestamp"] = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if credentials.session_token:
        request.headers["X-Amz-Security-Token"] = credentials.session_token
    auth = SigV4Auth(
        botocore.credentials.Credentials(credentials.access_key_id, credentials.secret_access_key),
        "dynamodb",
        region,
    )
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={signed}, Signature={signature}"


@given(
    body=st.binary(max_size=400),
    extra=st.dictionaries(names, st.text(printable, max_size=40), max_size=4),
    credentials=st.builds(Credentials, keys, keys, session_tokens),
    region=regions,
    now=moments,
)
@settings(deadline=None)
def test_a_request_is_signed_as_botocore_signs_it(
    *, body: bytes, extra: dict[str, str], credentials: Credentials, region: str, now: int
) -> None:
    headers = {"host": "dynamodb.example.com", "content-type": "application/x-amz-json-1.0"} | extra
    lines = Signer(region, "dynamodb", headers).sign(body, credentials, now)
    expected = botocore_signature(body, headers, credentials, region, now)
    assert f"\r\nauthorization: {expected}\r\n" in lines


@given(st.lists(st.tuples(moments, st.sampled_from("ab"), session_tokens), min_size=2, max_size=6))
@settings(deadline=None)
def test_a_signer_that_is_used_again_signs_as_a_new_one(calls: list[tuple[int, str, str | None]]) -> None:
    headers = {"host": "dynamodb.example.com"}
    used = Signer("eu-west-1", "dynamodb", headers)
    for now, secret, token in calls:
        credentials = Credentials("AKIA", secret, token)
        new = Signer("eu-west-1", "dynamodb", headers)
        assert used.sign(b"{}", credentials, now) == new.sign(b"{}", credentials, now)


def test_the_signed_headers_are_the_lines_to_send() -> None:
    signer = Signer("eu-west-1", "dynamodb", {"host": "dynamodb.example.com", "x-other": " a  b "})
    lines = signer.sign(b"{}", Credentials("AKIA", "secret", "token"), 1_700_000_000.9)
    *headers, authorization, end = lines.split("\r\n")
    assert headers == [
        "host: dynamodb.example.com",
        "x-other: a b",
        "x-amz-security-token: token",
        "x-amz-date: 20231114T221320Z",
    ]
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token;x-other," in authorization
    assert end == ""
