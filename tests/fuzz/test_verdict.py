"""With any headers, a call passes exactly if they present one good key by the contract's rules."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES
from authorizer.dynamodb import ItemReader
from authorizer.header import presented_key
from authorizer.verify import RefusedError, Verifier
from tests.fuzz.keys import FORMAT, near_misses, with_another_secret
from tests.fuzz.model import FRAMES, NAMES, OTHER_FRAMES, OTHER_NAMES, rightly_presented
from tests.keys import revoke

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MINE, THEIRS, REVOKED, UNKNOWN = (FORMAT.new(bytes([n]) * ENTROPY_BYTES) for n in (101, 102, 103, 104))
GOOD = {MINE.reveal(): "org_mine", THEIRS.reveal(): "org_theirs"}
BAD = [REVOKED.reveal(), UNKNOWN.reveal(), with_another_secret(MINE).reveal()]

# Good keys are frequent here, or no case with two of them would ever be tried.
keys = st.one_of(
    st.sampled_from([*GOOD, *GOOD, *BAD, ""]), near_misses(st.just(MINE.reveal())), st.text(max_size=20)
)
values = st.builds(lambda frame, key: frame.format(key, key), st.sampled_from(FRAMES + OTHER_FRAMES), keys)
headers = st.dictionaries(st.sampled_from(NAMES + OTHER_NAMES), st.lists(values, max_size=2), max_size=3)


@pytest.fixture(scope="module")
def verifier(dynamodb: "DynamoDBClient", dynamodb_endpoint: str) -> Iterator[Verifier]:
    store = KeyStore(dynamodb, "KeyTable")
    for secret, organization in ((MINE, "org_mine"), (THEIRS, "org_theirs"), (REVOKED, "org_mine")):
        store.add(
            Key(
                id=secret.id,
                name="Fuzz",
                organization_id=organization,
                scopes=("runtime",),
                hint=secret.hint,
                created_at="2026-11-24T09:30:00.000Z",
                created_by="iam",
            ),
            secret.digest,
        )
    revoke(store, "org_mine", REVOKED.id, "2026-11-25T09:30:00.000Z")
    environ = {
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    with closing(ItemReader("KeyTable", environ)) as reader:
        yield Verifier(FORMAT, reader)


@given(headers)
@example({"x-api-key": [MINE.reveal()], "X-API-KEY": [MINE.reveal()]})
@example({"x-api-key": [MINE.reveal()], "X-API-KEY": [THEIRS.reveal()]})
@example({"Authorization": [f"Bearer {MINE.reveal()}"], "x-api-key": [REVOKED.reveal()]})
@example({"x-api-key": [], "Authorization": [f"bearer  {MINE.reveal()}"]})
def test_exactly_a_good_key_that_is_rightly_presented_passes(
    verifier: Verifier, sent: dict[str, list[str]]
) -> None:
    try:
        key_id, organization, scopes, _ = verifier.verify(presented_key(sent), "198.51.100.7")
    except RefusedError:
        assert rightly_presented(sent) not in GOOD
    else:
        key = rightly_presented(sent)
        assert key is not None
        assert (key_id, organization, scopes) == (f"key_{key[14:26]}", GOOD[key], "runtime")


@given(headers)
def test_the_rules_of_presentation_are_those_of_the_contract(sent: dict[str, list[str]]) -> None:
    assert presented_key(sent) == rightly_presented(sent)
