"""No report that GitHub did not sign is accepted, with any headers and any body.

`make fuzz` tries a hundred thousand cases: each of Hypothesis is one body or signature with twenty slips.
"""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaks.report_leak import github as app
from leaks.report_leak.signature import Keys
from tests.integration.report_leak.conftest import Context
from tests.leak_reports import IDENTIFIER, SIGNATURE, GitHub, github, report

SLIPS = 20
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


@pytest.fixture(scope="module")
def hub() -> Iterator[GitHub]:
    with github() as fake:
        yield fake


@pytest.fixture(scope="module", autouse=True)
def acted_on(hub: GitHub) -> Iterator[list[Any]]:
    """What the function did something about: nothing, as none of these reports is GitHub's."""
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        keys = Keys(hub.url, lambda: 0.0)
        patch.setattr(app, "_keys", lambda: keys)
        patch.setattr(app, "reported", lambda *of: found.append(of))
        patch.setenv("KEY_PREFIX", "sk_live_copia_")
        yield found


def status(body: str, headers: dict[str, list[str]]) -> int:
    event = {"requestContext": {}, "multiValueHeaders": headers, "body": body, "isBase64Encoded": False}
    answer: Any = app.handler(event, Context())  # type: ignore[arg-type]
    return int(answer["statusCode"])


def slipped(text: str, rng: random.Random, alphabet: str) -> str:
    """The text with one slip in it: a character that is another, missing, doubled, or moved."""
    at = rng.randrange(len(text))
    match rng.randrange(4):
        case 0:
            return text[:at] + rng.choice(alphabet.replace(text[at], "")) + text[at + 1 :]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + text[at] + text[at:]
        case _:
            return text[at:] + text[:at]


@given(st.randoms(use_true_random=False))
def test_no_slip_in_body_signature_or_identifier_is_accepted(
    hub: GitHub, acted_on: list[Any], rng: random.Random
) -> None:
    secret = "sk_live_copia_ExampleKey01ThisIsNotASecretItOnlyShowsWhatOneLooksLike3NbOPm"
    body = report(secret, url=f"https://github.com/{rng.random()}").decode()
    signature = hub.sign(body.encode())
    for _ in range(SLIPS):
        sent, signed, identifier = body, signature, hub.identifier
        match rng.randrange(3):
            case 0:
                sent = slipped(body, rng, "{}[]:,\" \n'abcXYZ019é\u2028")
            case 1:
                signed = slipped(signature, rng, BASE64)
            case _:
                identifier = slipped(identifier[:-1] + "b", rng, "0123456789abcdef")
        if (sent, signed, identifier) != (body, signature, hub.identifier):
            assert status(sent, {IDENTIFIER: [identifier], SIGNATURE: [signed]}) == 401
    assert acted_on == []


HEADERS = st.lists(st.text(max_size=100) | st.just("a" * 64) | st.text(BASE64, max_size=100), max_size=2)


@given(st.text(), HEADERS, HEADERS)
def test_no_headers_that_somebody_made_up_are_accepted(
    acted_on: list[Any], body: str, identifier: list[str], signature: list[str]
) -> None:
    assert status(body, {IDENTIFIER: identifier, SIGNATURE: signature}) == 401
    assert acted_on == []
