"""The list of an organization's keys, read from the real index while keys are made, changed and used."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from apikeys.errors import InvalidInputError
from apikeys.keys.key import IAM, Change, Key
from apikeys.keys.listing import EVERY_KEY_IN_USE, Order, Wanted
from apikeys.keys.store import KeyStore
from tests.keys import DIGEST, made_up, revoke

LATER = "2026-11-25T09:30:00.000Z"
ORDERS: list[Order] = ["created", "last_used", "name"]


class Organization:
    """Its own organization, and what can be done to its keys."""

    def __init__(self, store: KeyStore) -> None:
        self.id = f"org_{uuid.uuid4().hex}"
        self.store = store

    def add(self, number: int, **rest: Any) -> Key:
        key = replace(
            made_up(organization_id=self.id),
            name=f"Key {number:02}",
            created_at=f"2026-11-24T09:{number:02}:00.000Z",
            **rest,
        )
        self.store.add(key, DIGEST)
        return key

    def rename(self, key_id: str, name: str, at: str) -> None:
        self.store.change(self.id, key_id, lambda key: key.changed(Change(at, IAM), name=name))

    def pages(
        self, limit: int, order: Order = "created", wanted: Wanted = EVERY_KEY_IN_USE
    ) -> Iterator[list[str]]:
        cursor, first = None, True
        while cursor or first:
            first = False
            page = self.store.page(self.id, limit, cursor, order=order, wanted=wanted)
            cursor = page.cursor
            yield [key.id for key in page.keys]

    def listed(self, order: Order = "created", **wanted: Any) -> list[str]:
        pages = self.pages(2, order, Wanted(**wanted))
        return [key_id for page in pages for key_id in page]


@pytest.fixture
def organization(store: KeyStore) -> Organization:
    return Organization(store)


@pytest.mark.parametrize("order", ORDERS)
def test_a_filter_shows_the_keys_that_it_names_in_every_order(
    organization: Organization, order: Order
) -> None:
    store = organization.store
    names = ["active", "disabled", "replaced", "revoked", "replacement", "keys", "person"]
    keys = {name: organization.add(n) for n, name in enumerate(names[:4])}
    change = Change(LATER, IAM)
    store.change(organization.id, keys["disabled"].id, lambda key: key.changed(change, disabled_at=LATER))
    revoke(store, organization.id, keys["revoked"].id, LATER)
    keys["replacement"] = replace(made_up(organization_id=organization.id), replaces=keys["replaced"].id)
    store.replace(keys["replaced"], keys["replacement"], DIGEST)
    keys["keys"] = organization.add(5, scopes=("keys", "runtime"))
    keys["person"] = organization.add(6, created_by="usr_1")
    store.mark_used(keys["active"].id, LATER)
    organization.add(7)
    of = {key.id: name for name, key in keys.items()}

    def names_of(**wanted: Any) -> set[str]:
        found = organization.listed(order, **wanted)
        assert len(found) == len(set(found))
        return {of[key_id] for key_id in found if key_id in of}

    assert names_of(state="disabled") == {"disabled"}
    assert names_of(state="replaced") == {"replaced"}
    assert names_of(state="revoked") == {"revoked"}
    assert names_of(state="active") == {"active", "replacement", "keys", "person"}
    assert names_of() == set(of.values()) - {"revoked"}
    assert names_of(include_revoked=True) == set(of.values())
    assert names_of(scope="keys") == {"keys"}
    assert names_of(created_by="usr_1") == {"person"}
    assert names_of(unused_since=LATER) == set(of.values()) - {"active", "revoked"}
    assert names_of(state="active", scope="runtime", created_by="iam") == {"active", "replacement", "keys"}


@pytest.mark.parametrize("order", ORDERS)
def test_a_key_that_stays_is_shown_once_whatever_happens_between_two_pages(
    organization: Organization, order: Order
) -> None:
    store = organization.store
    keys = [organization.add(n) for n in range(12)]
    for n, key in enumerate(keys[:6]):
        store.mark_used(key.id, f"2026-11-25T10:{n:02}:00.000Z")
    shown: list[str] = []
    for number, page in enumerate(organization.pages(3, order)):
        shown += page
        # One that was shown, and two that may not have been, are used and renamed.
        used = [page[0], keys[number].id, keys[11 - number].id] if page else []
        for key_id in used:
            at = f"2026-11-25T11:{number:02}:00.000Z"
            store.mark_used(key_id, at)
            name = f"Key 0{number} again" if key_id == page[0] else f"Key 99 {number}"
            organization.rename(key_id, name, at)
        if number == 1:
            revoke(store, organization.id, keys[6].id, LATER)
        if number < 3:
            organization.add(30 + number)
    assert len(shown) == len(set(shown))
    assert {key.id for key in keys} - {keys[6].id} <= set(shown)


def test_sorting_too_many_keys_is_refused_with_advice(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apikeys.keys.index.SORTED_AT_MOST", 4)
    for n in range(4):
        organization.add(n)
    assert len(organization.listed("name")) == 4
    revoke(organization.store, organization.id, organization.add(5).id, LATER)
    for order in ORDERS[1:]:
        with pytest.raises(InvalidInputError, match=r'sort: .*more than 4 keys.*by "created" alone'):
            organization.listed(order)
    assert len(organization.listed()) == 4


def test_keys_are_sorted_though_they_come_in_several_answers(
    organization: Organization,
) -> None:
    # DynamoDB ends an answer at 1 MB: five keys with 300 KB of description are more.
    for n in range(5):
        organization.add(n, description="x" * 300_000)
    assert organization.listed("name")[:2] == list(next(organization.pages(2, "name")))
    assert len(set(organization.listed("name"))) == 5


@pytest.mark.parametrize("order", ["last_used", "name"])
def test_a_cursor_of_another_list_is_refused(store: KeyStore, order: Order) -> None:
    ours, theirs = Organization(store), Organization(store)
    for organization in (ours, theirs):
        for n in range(3):
            organization.add(n)
    cursor = store.page(theirs.id, 1, order=order).cursor
    assert cursor
    created = store.page(ours.id, 1).cursor
    for foreign in (cursor, created, "", "x"):
        with pytest.raises(InvalidInputError, match="cursor: not one of this list's"):
            store.page(ours.id, 1, foreign, order=order)
    with pytest.raises(InvalidInputError, match="cursor: not one of this list's"):
        store.page(theirs.id, 1, cursor)
