"""POST /api/keys/find, over HTTP and by direct invocation."""

import json

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway


def test_200_a_leaked_secret_finds_its_key_whole_cut_and_amid_other_text(api: Api) -> None:
    key = api.create()
    secret = key.pop("secret")
    for text in (secret, secret[:30], f"curl -H 'x-api-key: {secret}' https://x.example", f"<{key['id']}>"):
        response = api.admin("POST", "/api/keys/find", json={"text": text})
        assert response.status_code == 200
        assert response.json() == key


def test_200_a_revoked_key_is_found_too(api: Api) -> None:
    key = api.create()
    revoked = api.revoke(key["id"])
    assert api.admin("POST", "/api/keys/find", json={"text": key["secret"]}).json() == revoked


def test_200_the_first_key_of_the_organization_is_the_answer(api: Api, other: Api) -> None:
    theirs, ours = other.create(), api.create()
    text = f"{theirs['secret']} key_000000000000 {ours['secret']}"
    assert api.admin("POST", "/api/keys/find", json={"text": text}).json()["id"] == ours["id"]


def test_404_a_key_of_another_organization_looks_like_none(api: Api, other: Api) -> None:
    texts = (other.create()["secret"], "key_000000000000", "no key at all")
    answers = [api.admin("POST", "/api/keys/find", json={"text": text}) for text in texts]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({error(answer) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "text: is required"),
        ({"text": None}, "text: "),
        ({"text": 7}, "text: "),
        ({"text": ["x"]}, "text: "),
        ({"text": ""}, "text: "),
        ({"text": "x" * 20_001}, "text: "),
        ({"text": " ".join(f"key_{n:012}" for n in range(21))}, "text: may contain more than 20 keys"),
        ({"text": "x", "key_id": "key_ExampleKey01"}, "key_id: is not a field"),
        ([], "must be a JSON object"),
    ],
)
def test_400_anything_but_a_text_is_refused(api: Api, body: object, says: str) -> None:
    response = api.admin("POST", "/api/keys/find", json=body)
    assert response.status_code == 400
    assert says in error(response)


@pytest.mark.parametrize(
    ("character", "times", "status"),
    [("x", 20_000, 404), ("名", 20_000, 404), ("🔑", 16_000, 404), ("🔑", 20_000, 413)],
    ids=["one byte each", "three bytes each", "four bytes each", "more than 64 KB"],
)
def test_a_text_has_20000_characters_within_a_body_of_64_kb(
    api: Api, character: str, times: int, status: int
) -> None:
    body = json.dumps({"text": character * times}, ensure_ascii=False)
    assert api.admin("POST", "/api/keys/find", content=body.encode()).status_code == status


def test_403_it_needs_the_scope_keys(api: Api) -> None:
    key = api.create("runtime")["secret"]
    assert api.call("POST", "/api/keys/find", key, json={"text": key}).status_code == 403


def test_a_direct_invocation_finds_and_the_text_is_in_no_log(local: Gateway) -> None:
    org = {"organization_id": "org_find"}
    key, _ = local.invoke("CreateKeyFunction", org | {"name": "Leaked"})
    text = f"hushhush {key.pop('secret')}"
    assert local.invoke("FindKeyFunction", org | {"text": text}) == (key, None)
    for event, kind in (
        ({"organization_id": "org_other", "text": text}, "NotFoundError"),
        (org | {"text": "hushhush"}, "NotFoundError"),
        (org | {"text": ["hushhush"]}, "InvalidInputError"),
        ({"text": text}, "InvalidInputError"),
    ):
        answer, failed = local.invoke("FindKeyFunction", event)
        assert failed
        assert answer["errorType"] == kind
    assert eventually(lambda: local.output.count('"operation":"find_key"') >= 5)
    assert "hushhush" not in local.output
