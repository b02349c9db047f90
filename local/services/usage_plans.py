"""The account's API keys of API Gateway, and how much of its usage plan each has used.

Owns the counting: a token bucket for the rate, and a quota for the period. A call takes one token and, if
there was one, one call of the quota. Everything is in memory, and gone when the gateway stops. Must never
read the clock: the time is passed in. Must never show a value.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
It is (unproven) that a throttled call does not count toward the quota, and that AWS counts as exactly as this
module: AWS calls both best effort.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping

from local.template.api_keys import ApiKeys
from local.template.usage_plan import UsagePlan

#: The gateway responses of a call that is not let through.
UNKNOWN_KEY, THROTTLED, QUOTA_EXCEEDED = "INVALID_API_KEY", "THROTTLED", "QUOTA_EXCEEDED"

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
SHORTEST_VALUE, LONGEST_VALUE = 20, 128


class NotAdmittedError(Exception):
    """A call is not let through. `kind` is the gateway response."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class RefusedError(Exception):
    """What was asked of the account's keys or plans is refused, with this status and this kind of error."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


class Meter:
    """What one key has used of one plan, from `now` on, in seconds since 1970."""

    def __init__(self, plan: UsagePlan, now: float) -> None:
        self._plan = plan
        self._tokens = self._capacity
        self._filled_at = now
        self._window = plan.window(now)
        self._used = plan.offset

    @property
    def _capacity(self) -> float:
        # A bucket that holds no whole token would let nobody through.
        return max(1.0, self._plan.rate or 1.0) if self._plan.burst is None else self._plan.burst

    def take(self, now: float) -> None:
        """Count a call, or raise NotAdmittedError."""
        if self._plan.rate is not None:
            filled = self._tokens + max(0.0, now - self._filled_at) * self._plan.rate
            self._tokens, self._filled_at = min(self._capacity, filled), now
            if self._tokens < 1:
                raise NotAdmittedError(THROTTLED)
            self._tokens -= 1
        if self._plan.limit is not None:
            if self._plan.window(now) != self._window:
                self._window, self._used = self._plan.window(now), 0
            if self._used >= self._plan.limit:
                raise NotAdmittedError(QUOTA_EXCEEDED)
            self._used += 1


class UsagePlans:
    """All keys and plans of the account: those that templates declare, and the keys that are made later.

    A key that is made is in one plan at most.
    """

    def __init__(self, declared: Iterable[ApiKeys], now: Callable[[], float]) -> None:
        self._now = now
        self._declared = list(declared)
        self._plans = {name: plan for one in self._declared for name, plan in one.plans.items()}
        self._made: dict[str, str] = {}
        self._plan_of: dict[str, str] = {}
        self._meters: dict[tuple[str, str], Meter] = {}

    def admit(self, api: ApiKeys, value: str | None) -> str:
        """The id of the key with this value, whose call to an API with these keys is counted.

        Raises NotAdmittedError when no plan of the API has it, or it has used up its share.
        """
        key = _named(api.values, value)
        if key is None:
            key = _named(self._made, value)
            plan = self._plan_of.get(key or "")
            if key is None or plan not in api.plans:
                raise NotAdmittedError(UNKNOWN_KEY)
        else:
            plan = api.members.get(key)
        if plan is not None:
            now = self._now()
            self._meters.setdefault((plan, key), Meter(self._plans[plan], now)).take(now)
        return key

    def create_key(self, value: str) -> str:
        """A new key with this value, in no plan: its id. Raises RefusedError."""
        if not SHORTEST_VALUE <= len(value) <= LONGEST_VALUE:
            bounds = f"{SHORTEST_VALUE} to {LONGEST_VALUE}"
            raise RefusedError(400, "BadRequestException", f"API Key value should have {bounds} characters")
        if any(_named(values, value) for values in (self._made, *(one.values for one in self._declared))):
            raise RefusedError(409, "ConflictException", "API Key already exists")
        key = secrets.token_hex(5)
        self._made[key] = value
        return key

    def add(self, plan: str, key: str) -> None:
        """Put a key that was made into a plan. Raises RefusedError if it is in one already."""
        self._check_plan(plan)
        if key not in self._made:
            raise RefusedError(404, "NotFoundException", "Invalid API Key identifier specified")
        if key in self._plan_of:
            raise RefusedError(
                409, "ConflictException", "The API Key is in a Usage Plan of the stage already"
            )
        self._plan_of[key] = plan

    def remove(self, plan: str, key: str) -> None:
        """Take a key out of a plan. What it used there is forgotten. Raises RefusedError."""
        self._check_plan(plan)
        if self._plan_of.get(key) != plan:
            raise RefusedError(404, "NotFoundException", "Invalid Usage Plan Key identifier specified")
        del self._plan_of[key]
        self._meters.pop((plan, key), None)

    def _check_plan(self, plan: str) -> None:
        if plan not in self._plans:
            raise RefusedError(404, "NotFoundException", "Invalid Usage Plan ID specified")


def _named(values: Mapping[str, str], value: str | None) -> str | None:
    """The id of the key with this value."""
    given = (value or "").encode()
    found = [key for key, known in values.items() if hmac.compare_digest(known.encode(), given)]
    return found[0] if found else None
