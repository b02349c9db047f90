"""What a key may do in a usage plan, on the test's own clock."""

from datetime import UTC, datetime

import pytest

from local.services.usage_plans import Meter, NotAdmittedError, RefusedError, UsagePlans
from local.template.api_keys import ApiKeys
from local.template.usage_plan import UsagePlan

VALUE, OTHER = "a-key-of-twenty-letters", "another-key-of-this-kind"


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOW = moment("2026-11-26T12:00:00")


def taken(meter: Meter, times: int, now: float) -> list[str]:
    """The result of each of a number of calls at once."""
    outcomes = []
    for _ in range(times):
        try:
            meter.take(now)
            outcomes.append("admitted")
        except NotAdmittedError as error:
            outcomes.append(error.kind)
    return outcomes


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    meter = Meter(UsagePlan(rate=2, burst=3), NOW)
    assert taken(meter, 5, NOW) == ["admitted"] * 3 + ["THROTTLED"] * 2
    assert taken(meter, 1, NOW + 0.4) == ["THROTTLED"]
    assert taken(meter, 2, NOW + 0.5) == ["admitted", "THROTTLED"]
    assert taken(meter, 3, NOW + 1.5) == ["admitted"] * 2 + ["THROTTLED"]


def test_a_pause_fills_no_more_than_the_burst() -> None:
    meter = Meter(UsagePlan(rate=2, burst=3), NOW)
    taken(meter, 3, NOW)
    assert taken(meter, 5, NOW + 3600) == ["admitted"] * 3 + ["THROTTLED"] * 2


def test_a_clock_that_goes_back_changes_nothing() -> None:
    meter = Meter(UsagePlan(rate=1, burst=1), NOW)
    assert taken(meter, 1, NOW) == ["admitted"]
    assert taken(meter, 1, NOW - 60) == ["THROTTLED"]


def test_a_plan_without_bounds_lets_everything_through() -> None:
    assert taken(Meter(UsagePlan(), NOW), 100, NOW) == ["admitted"] * 100


@pytest.mark.parametrize(
    ("period", "within", "after"),
    [
        ("DAY", "2026-11-26T23:59:59", "2026-11-27T00:00:00"),
        ("WEEK", "2026-11-29T23:59:59", "2026-11-30T00:00:00"),
        ("MONTH", "2026-11-30T23:59:59", "2026-12-01T00:00:00"),
    ],
)
def test_a_quota_is_for_a_period_and_starts_again_with_the_next(period: str, within: str, after: str) -> None:
    meter = Meter(UsagePlan(limit=2, period=period), NOW)
    assert taken(meter, 3, NOW) == ["admitted", "admitted", "QUOTA_EXCEEDED"]
    assert taken(meter, 1, moment(within)) == ["QUOTA_EXCEEDED"]
    assert taken(meter, 3, moment(after)) == ["admitted", "admitted", "QUOTA_EXCEEDED"]


def test_an_offset_counts_only_in_the_first_period() -> None:
    meter = Meter(UsagePlan(limit=2, period="DAY", offset=1), NOW)
    assert taken(meter, 2, NOW) == ["admitted", "QUOTA_EXCEEDED"]
    assert taken(meter, 3, NOW + 86400) == ["admitted", "admitted", "QUOTA_EXCEEDED"]


def test_a_throttled_call_does_not_count_for_the_quota() -> None:
    meter = Meter(UsagePlan(rate=1, burst=1, limit=2), NOW)
    assert taken(meter, 3, NOW) == ["admitted", "THROTTLED", "THROTTLED"]
    assert taken(meter, 1, NOW + 1) == ["admitted"]
    assert taken(meter, 1, NOW + 2) == ["QUOTA_EXCEEDED"]


@pytest.fixture
def api() -> ApiKeys:
    return ApiKeys(
        {"Declared": VALUE, "Free": OTHER},
        plans={"Small": UsagePlan(rate=1, burst=1), "Large": UsagePlan()},
        members={"Declared": "Small"},
    )


@pytest.fixture
def plans(api: ApiKeys) -> UsagePlans:
    return UsagePlans([api], lambda: NOW)


def test_each_key_has_its_own_bucket(plans: UsagePlans, api: ApiKeys) -> None:
    plans.add("Small", plans.create_key(made := "a" * 20))
    assert plans.admit(api, VALUE) == "Declared"
    plans.admit(api, made)
    for value in (VALUE, made):
        with pytest.raises(NotAdmittedError, match="THROTTLED"):
            plans.admit(api, value)


def test_a_declared_key_of_no_plan_has_no_bounds(plans: UsagePlans, api: ApiKeys) -> None:
    assert {plans.admit(api, OTHER) for _ in range(9)} == {"Free"}


def test_a_key_that_is_moved_has_the_share_of_its_new_plan(plans: UsagePlans, api: ApiKeys) -> None:
    key = plans.create_key(made := "a" * 20)
    with pytest.raises(NotAdmittedError, match="INVALID_API_KEY"):
        plans.admit(api, made)
    plans.add("Small", key)
    plans.admit(api, made)
    plans.remove("Small", key)
    with pytest.raises(NotAdmittedError, match="INVALID_API_KEY"):
        plans.admit(api, made)
    plans.add("Large", key)
    assert {plans.admit(api, made) for _ in range(9)} == {key}


def test_a_key_opens_only_the_apis_of_its_plan(plans: UsagePlans) -> None:
    elsewhere = ApiKeys({}, plans={"Elsewhere": UsagePlan()})
    plans.add("Small", plans.create_key(made := "a" * 20))
    with pytest.raises(NotAdmittedError, match="INVALID_API_KEY"):
        plans.admit(elsewhere, made)


@pytest.mark.parametrize("value", ["a" * 19, "a" * 129])
def test_a_value_has_20_to_128_characters(plans: UsagePlans, value: str) -> None:
    with pytest.raises(RefusedError, match="20 to 128"):
        plans.create_key(value)
