"""Many calls at once on one key."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

from tests.e2e.api import Api, eventually

#: Each needs a process of its function: a cold start. tests/soak has more at once.
AT_ONCE = 4


def test_of_concurrent_rotations_exactly_one_wins(api: Api) -> None:
    old = api.create()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: api.admin("POST", f"/api/keys/{old['id']}/rotate"), range(AT_ONCE)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (AT_ONCE - 1)
    winner = next(answer.json() for answer in answers if answer.status_code == 201)
    assert api.admin("GET", f"/api/keys/{old['id']}").json()["replaced_by"] == winner["id"]

    def replacements() -> list[str]:
        listed = api.admin("GET", "/api/keys", params={"limit": 100}).json()["keys"]
        return [key["id"] for key in listed if key["replaces"] == old["id"]]

    assert eventually(lambda: replacements() == [winner["id"]])


def test_concurrent_rotation_and_revocation_leave_no_half_rotation(api: Api) -> None:
    for _ in range(4):
        old = api.create()
        with ThreadPoolExecutor(2) as pool:
            rotation = pool.submit(api.admin, "POST", f"/api/keys/{old['id']}/rotate").result
            revocation = pool.submit(api.admin, "DELETE", f"/api/keys/{old['id']}").result
        assert revocation().status_code == 200
        assert rotation().status_code in {201, 409}
        replaced_by = api.admin("GET", f"/api/keys/{old['id']}").json()["replaced_by"]
        assert (replaced_by is not None) == (rotation().status_code == 201)
        assert api.status(old["secret"]) == 401


def test_concurrent_revocations_give_one_answer(api: Api) -> None:
    key = api.create()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: api.revoke(key["id"]), range(AT_ONCE)))
    assert all(answer == answers[0] for answer in answers)


def test_a_key_revoked_under_load_is_refused_by_every_call_that_starts_after_the_answer(api: Api) -> None:
    key = api.create()
    stop = Event()

    def client() -> list[tuple[float, int]]:
        calls = []
        while not stop.is_set():
            started = monotonic()
            calls.append((started, api.status(key["secret"])))
        return calls

    with ThreadPoolExecutor(AT_ONCE) as pool:
        clients = [pool.submit(client) for _ in range(AT_ONCE)]
        while sum(api.status(key["secret"]) == 200 for _ in range(5)) < 5:
            pass
        api.revoke(key["id"])
        acknowledged = monotonic()
        after = [api.status(key["secret"]) for _ in range(20)]
        stop.set()
    calls = [call for client in clients for call in client.result()]
    assert {status for _, status in calls} <= {200, 401}
    assert any(status == 200 for _, status in calls)
    assert after == [401] * 20
    assert {status for started, status in calls if started > acknowledged} <= {401}
