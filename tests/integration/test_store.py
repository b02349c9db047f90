import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from apikeys.errors import ConflictError, InvalidInputError, NotFoundError, StoreUnavailableError
from apikeys.keys.item import item_of
from apikeys.keys.key import Change, Key
from apikeys.keys.listing import Page, Wanted
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.damaged import damaged
from tests.integration.authorizer.scripted_store import response, send_and_close
from tests.keys import revoke

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DIGEST = "sha256:" + "0" * 64
LATER = "2026-11-25T09:30:00.000Z"


@pytest.fixture
def organization() -> str:
    return f"org_{uuid.uuid4().hex}"


@pytest.fixture
def key(organization: str) -> Callable[..., Key]:
    def make(created_at: str = "2026-11-24T09:30:00.000Z") -> Key:
        secret = SecretFormat("sk_live_copia_").new((uuid.uuid4().bytes * 3)[:ENTROPY_BYTES])
        return Key(
            id=secret.id,
            name="名前",
            organization_id=organization,
            scopes=("runtime", "keys"),
            hint=secret.hint,
            created_at=created_at,
            created_by="iam",
        )

    return make


def whole(key: Key) -> Key:
    """The key with a value in every field."""
    full = replace(
        key,
        description="Sends invoices.\nAsk Ada.",
        allowed_addresses=("198.51.100.0/24", "2001:db8::/32"),
        metadata={"team": "billing", "größe": ""},
        created_by_name="Ada",
        changed_at=LATER,
        changed_by="usr_1",
        changed_by_name="Grace",
        last_used_at=LATER,
        last_used_from="203.0.113.7",
        disabled_at=LATER,
        revoked_at=LATER,
        revoked_by="usr_2",
        revoked_by_name="Lin",
        replaces="key_000000000000",
        replaced_by="key_000000000001",
        changed_from="2001:db8::1",
        request_id="Tn1jXGnxvHcFgQA=",
    )
    assert all(getattr(full, field.name) is not None for field in fields(Key))
    return full


def every_page(store: KeyStore, organization: str, limit: int, **rest: Any) -> list[Page]:
    pages = [store.page(organization, limit, **rest)]
    while pages[-1].cursor:
        pages.append(store.page(organization, limit, pages[-1].cursor, **rest))
    return pages


def test_a_key_comes_back_as_it_was_added(store: KeyStore, key: Callable[..., Key]) -> None:
    added = key()
    store.add(added, DIGEST)
    assert store.get(added.organization_id, added.id) == added


def test_an_existing_id_is_not_overwritten(store: KeyStore, key: Callable[..., Key]) -> None:
    first = key()
    store.add(first, DIGEST)
    with pytest.raises(ConflictError):
        store.add(replace(first, name="Second"), "sha256:" + "1" * 64)
    assert store.get(first.organization_id, first.id).name == first.name


def test_an_addition_whose_answer_was_lost_succeeds_when_it_is_sent_again(
    store: KeyStore, key: Callable[..., Key]
) -> None:
    added = key()
    store.add(added, DIGEST)
    store.add(added, DIGEST)


def test_a_key_of_another_organization_is_not_found(store: KeyStore, key: Callable[..., Key]) -> None:
    added = key()
    store.add(added, DIGEST)
    with pytest.raises(NotFoundError):
        store.get("org_other", added.id)
    with pytest.raises(NotFoundError):
        revoke(store, "org_other", added.id, LATER)
    assert store.get(added.organization_id, added.id).revoked_at is None


@pytest.mark.parametrize("key_id", ["key_000000000000", "", "nonsense"])
def test_a_key_that_does_not_exist_is_not_found_and_not_made(store: KeyStore, key_id: str) -> None:
    with pytest.raises(NotFoundError):
        store.get("org_other", key_id)
    with pytest.raises(NotFoundError):
        revoke(store, "org_other", key_id, LATER)
    with pytest.raises(NotFoundError):
        store.get("org_other", key_id)


def test_the_first_revocation_stays(store: KeyStore, key: Callable[..., Key]) -> None:
    added = key()
    store.add(added, DIGEST)
    revoked = added.revoked(Change(LATER, "iam"))
    assert revoke(store, added.organization_id, added.id, LATER) == revoked
    assert revoke(store, added.organization_id, added.id, "2027-01-01T00:00:00.000Z") == revoked
    assert store.get(added.organization_id, added.id) == revoked


def test_a_replacement_and_its_pointer_are_written_together(store: KeyStore, key: Callable[..., Key]) -> None:
    old = key()
    store.add(old, DIGEST)
    new = replace(key(), replaces=old.id)
    store.replace(old, new, DIGEST)
    assert store.get(old.organization_id, old.id) == old.replaced(new)
    assert store.get(old.organization_id, new.id) == new


def test_a_key_that_changed_since_it_was_read_is_not_replaced(
    store: KeyStore, key: Callable[..., Key]
) -> None:
    revoked, rotated = key(), key()
    for old in (revoked, rotated):
        store.add(old, DIGEST)
    revoke(store, revoked.organization_id, revoked.id, LATER)
    store.replace(rotated, key(), DIGEST)
    for old in (revoked, rotated):
        new = key()
        with pytest.raises(ConflictError, match="at the same time"):
            store.replace(old, new, DIGEST)
        with pytest.raises(NotFoundError):
            store.get(old.organization_id, new.id)


def test_a_replacement_can_itself_be_superseded(store: KeyStore, key: Callable[..., Key]) -> None:
    old, lost, new = key(), key(), key()
    store.add(old, DIGEST)
    store.replace(old, lost, DIGEST)
    store.replace(store.get(old.organization_id, old.id), new, DIGEST)
    assert store.get(old.organization_id, old.id).replaced_by == new.id


def test_a_key_that_does_not_exist_is_not_replaced(store: KeyStore, key: Callable[..., Key]) -> None:
    absent, new = key(), key()
    with pytest.raises(ConflictError):
        store.replace(absent, new, DIGEST)
    for one in (absent, new):
        with pytest.raises(NotFoundError):
            store.get(one.organization_id, one.id)


def test_pages_contain_every_key_once_newest_first(
    store: KeyStore, key: Callable[..., Key], organization: str
) -> None:
    added = [key(f"2026-11-24T09:30:{second:02}.000Z") for second in (*range(10), 9, 9, 9)]
    for one in added:
        store.add(one, DIGEST)
    for limit in (1, 3, 13, 14):
        pages = every_page(store, organization, limit)
        listed = [one for page in pages for one in page.keys]
        assert [one.created_at for one in listed] == sorted((one.created_at for one in added), reverse=True)
        assert {one.id for one in listed} == {one.id for one in added}
        assert len(pages) == -(-len(added) // limit)


def test_an_organization_without_keys_has_one_empty_page(store: KeyStore, organization: str) -> None:
    assert store.page(organization, 25) == Page([], None)


def test_a_list_amid_a_thousand_revoked_keys_ends_and_misses_none(
    store: KeyStore, key: Callable[..., Key], organization: str, dynamodb: "DynamoDBClient"
) -> None:
    added = replace(key(), revoked_at=LATER)
    store.add(added, DIGEST)
    item = dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": added.id}})["Item"]
    # Ids that only this test uses: tests of other files, on the same store, ask for keys that nobody made.
    ids = [f"{added.id[:-4]}{n:04}" for n in range(1200)]
    copies = [
        item | {"id": {"S": ids[n]}, "created_at": {"S": f"2026-11-24T{n // 60:02}:{n % 60:02}:00.000Z"}}
        for n in range(1200)
    ]
    for n in (0, 600, 1199):
        del copies[n]["revoked_at"]
    for start in range(0, len(copies), 25):
        batch = [{"PutRequest": {"Item": copy}} for copy in copies[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={"KeyTable": batch})  # type: ignore[dict-item]
    assert [one.id for page in every_page(store, organization, 2) for one in page.keys] == [
        ids[1199],
        ids[600],
        ids[0],
    ]
    assert (
        sum(
            len(page.keys)
            for page in every_page(store, organization, 100, wanted=Wanted(include_revoked=True))
        )
        == 1201
    )


def test_the_list_shows_the_whole_record(store: KeyStore, key: Callable[..., Key], organization: str) -> None:
    full = whole(key())
    store.add(full, DIGEST)
    assert store.get(organization, full.id) == full
    assert store.page(organization, 25, wanted=Wanted(include_revoked=True)).keys == [full]


def test_the_index_contains_no_digest(
    store: KeyStore, key: Callable[..., Key], organization: str, dynamodb: "DynamoDBClient"
) -> None:
    store.add(key(), DIGEST)
    answer = dynamodb.query(
        TableName="KeyTable",
        IndexName="organization_keys",
        KeyConditionExpression="organization_id = :o",
        ExpressionAttributeValues={":o": {"S": organization}},
    )
    [item] = answer["Items"]
    assert "digest" not in item


class TrickyClient:
    """The real client, whose next calls fail in the given way."""

    def __init__(self, client: "DynamoDBClient", *errors: Exception) -> None:
        self.meta = client.meta
        self._client = client
        self._errors = list(errors)

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            if self._errors:
                raise self._errors.pop(0)
            return getattr(self._client, name)(**arguments)

        return call


def refused(code: str, *reasons: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "CancellationReasons": [{"Code": r} for r in reasons]},
        "AnyOperation",
    )


def test_a_change_that_conflicts_with_another_is_tried_again(
    key: Callable[..., Key], dynamodb: "DynamoDBClient", store: KeyStore
) -> None:
    old, new = key(), key()
    store.add(old, DIGEST)
    conflict = refused("TransactionCanceledException", "None", "TransactionConflict")
    KeyStore(TrickyClient(dynamodb, conflict, conflict), "KeyTable").replace(old, new, DIGEST)  # type: ignore[arg-type]
    assert store.get(old.organization_id, new.id) == new
    tricky = TrickyClient(dynamodb, refused("TransactionConflictException"))
    assert revoke(KeyStore(tricky, "KeyTable"), old.organization_id, old.id, LATER).revoked_at == LATER  # type: ignore[arg-type]


def test_a_change_that_keeps_conflicting_gives_up(dynamodb: "DynamoDBClient") -> None:
    tricky = TrickyClient(dynamodb, *[refused("TransactionConflictException")] * 100)
    with pytest.raises(StoreUnavailableError, match="keep changing"):
        revoke(KeyStore(tricky, "KeyTable"), "org", "key_000000000000", LATER)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("InternalServerError"),
        refused("ResourceNotFoundException"),
        refused("AccessDeniedException"),
        refused("TransactionCanceledException", "ThrottlingError"),
        refused("TransactionCanceledException", "None", "ProvisionedThroughputExceeded"),
    ],
    ids=str,
)
def test_any_other_failure_means_that_the_store_is_unavailable(
    error: ClientError, key: Callable[..., Key], dynamodb: "DynamoDBClient"
) -> None:
    one = key()

    def tricky() -> KeyStore:
        return KeyStore(TrickyClient(dynamodb, error), "KeyTable", "organization_keys")  # type: ignore[arg-type]

    calls: list[Callable[[], object]] = [
        lambda: tricky().add(one, DIGEST),
        lambda: tricky().get(one.organization_id, one.id),
        lambda: tricky().page(one.organization_id, 25),
        lambda: tricky().replace(one, key(), DIGEST),
        lambda: revoke(tricky(), one.organization_id, one.id, LATER),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            call()


@pytest.mark.parametrize("missing", ["scopes", "about", "created_at", "about.name", "about.hint"])
def test_an_item_that_lost_a_field_means_that_the_store_is_broken(
    missing: str, store: KeyStore, key: Callable[..., Key], dynamodb: "DynamoDBClient"
) -> None:
    one = key()
    store.add(one, DIGEST)
    item = dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": one.id}})["Item"]
    part: dict[str, Any] = item
    *way, last = missing.split(".")
    for name in way:
        part = part[name]["M"]
    del part[last]
    dynamodb.put_item(TableName="KeyTable", Item=item)
    with pytest.raises(StoreUnavailableError):
        store.get(one.organization_id, one.id)


def test_a_change_writes_the_wanted_fields_and_nothing_else(store: KeyStore, key: Callable[..., Key]) -> None:
    before = key()
    store.add(before, DIGEST)
    after = replace(whole(before), replaces=None)
    store.change(before.organization_id, before.id, lambda _: after)
    assert store.get(before.organization_id, before.id) == after
    bare = replace(before, changed_at="2026-11-26T09:30:00.000Z")
    store.change(before.organization_id, before.id, lambda _: bare)
    assert store.get(before.organization_id, before.id) == bare


def test_a_change_after_a_conflict_starts_from_the_current_key(
    store: KeyStore, key: Callable[..., Key], organization: str
) -> None:
    one = key()
    store.add(one, DIGEST)
    seen: list[Key] = []

    def rename(read: Key) -> Key:
        if not seen:
            revoke(store, organization, one.id, LATER)
        seen.append(read)
        return read.changed(Change(LATER, "usr_1"), name="Renamed")

    after = store.change(organization, one.id, rename)
    assert [read.revoked_at for read in seen] == [None, LATER]
    assert (after.name, after.revoked_at) == ("Renamed", LATER)
    assert store.get(organization, one.id) == after


def test_a_change_without_a_difference_writes_nothing(store: KeyStore, key: Callable[..., Key]) -> None:
    one = key()
    store.add(one, DIGEST)
    assert store.change(one.organization_id, one.id, lambda read: read) == one
    assert store.get(one.organization_id, one.id).changed_at is None


def test_a_key_is_not_replaced_as_it_was_before_a_change(
    store: KeyStore, key: Callable[..., Key], organization: str
) -> None:
    old = replace(key(), scopes=("runtime", "keys"))
    store.add(old, DIGEST)
    store.change(organization, old.id, lambda read: read.changed(Change(LATER, "iam"), scopes=("runtime",)))
    new = replace(key(), scopes=old.scopes)
    with pytest.raises(ConflictError, match="at the same time"):
        store.replace(old, new, DIGEST)
    with pytest.raises(NotFoundError):
        store.get(organization, new.id)


def test_an_item_from_before_the_attribute_about_is_read_listed_and_changed(
    store: KeyStore, key: Callable[..., Key], organization: str, dynamodb: "DynamoDBClient"
) -> None:
    one = key()
    item = item_of(one) | {"name": {"S": one.name}, "hint": {"S": one.hint}, "digest": {"S": DIGEST}}
    del item["about"]
    dynamodb.put_item(TableName="KeyTable", Item=item)
    assert store.get(organization, one.id) == one
    assert store.page(organization, 25).keys == [one]
    change = Change(LATER, "usr_1")
    renamed = store.change(organization, one.id, lambda read: read.changed(change, name="New"))
    assert renamed == store.get(organization, one.id) == one.changed(change, name="New")
    kept = dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": one.id}})["Item"]
    assert kept == item_of(renamed) | {"digest": {"S": DIGEST}}


def test_a_cursor_may_name_a_key_that_the_list_does_not_show(
    store: KeyStore, key: Callable[..., Key], organization: str
) -> None:
    old, gone = key("2026-11-24T09:30:00.000Z"), key("2026-11-24T09:31:00.000Z")
    for one in (old, gone):
        store.add(one, DIGEST)
    revoke(store, organization, gone.id, LATER)
    assert store.page(organization, 25, gone.id).keys == [old]
    assert store.page(organization, 25, old.id) == Page([], None)


@pytest.mark.parametrize("cursor", ["", "key_000000000000", "key_", "another's", "another's, in other words"])
def test_a_cursor_that_does_not_name_a_key_of_the_organization_is_refused(
    store: KeyStore, key: Callable[..., Key], organization: str, cursor: str
) -> None:
    foreign = replace(key(), organization_id="org_another")
    store.add(foreign, DIGEST)
    texts = {"another's": foreign.id, "another's, in other words": f" {foreign.id}"}
    with pytest.raises(InvalidInputError, match="cursor: not one of this list's"):
        store.page(organization, 25, texts.get(cursor, cursor))


def test_nothing_of_an_answer_that_cannot_be_read_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    whole = response(json.dumps({"Item": {"digest": {"S": DIGEST}}}).encode())
    # One bit of the blank line after the head is lost, so that the item is taken for a header.
    broken = whole.replace(b"\r\n\r\n", b"\r\n\x0b\n", 1) + b"\r\n\r\n"
    with damaged(send_and_close(broken)) as client, pytest.raises(StoreUnavailableError):
        KeyStore(client, "KeyTable").get("org_example", "key_ExampleKey01")
    assert DIGEST not in caplog.text
    assert "digest" not in caplog.text
