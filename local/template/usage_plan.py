"""A usage plan of API Gateway, as a template declares it.

Owns its limits for one key: calls per second, a burst, and calls per day, week or month.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-usageplan.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """`rate` is in calls a second, `burst` and `limit` in calls; None where the plan does not bound them.

    `period` is DAY, WEEK or MONTH; in the first one, `offset` calls count as made.
    """

    rate: float | None = None
    burst: float | None = None
    limit: int | None = None
    period: str = "MONTH"
    offset: int = 0

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "UsagePlan":
        """The plan with these resolved properties. Raises ValueError if one has to be a number and is not."""
        throttle, quota = declared.get("Throttle") or {}, declared.get("Quota") or {}
        return cls(
            rate=_number(throttle.get("RateLimit")),
            burst=_number(throttle.get("BurstLimit")),
            limit=int(quota["Limit"]) if "Limit" in quota else None,
            period=str(quota.get("Period", "MONTH")),
            offset=int(quota.get("Offset", 0)),
        )

    def window(self, now: float) -> str:
        """The day, week or month of the moment `now`, which is in seconds since 1970.

        (unproven) that a period is one of the calendar, in UTC, and that a week begins on Monday.
        """
        form = {"DAY": "%Y-%m-%d", "WEEK": "%G-W%V"}.get(self.period, "%Y-%m")
        return datetime.fromtimestamp(now, UTC).strftime(form)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
