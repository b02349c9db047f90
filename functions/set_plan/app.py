"""Put an organization into a usage plan. Only by direct invocation: by an operator, or for its first key.

Owns the copy of the usage key on each of the organization's keys. If the call names a plan, every key gets
the copy, so keys that are older than plans have a share from then on.
"""

import os
import secrets
import string
import time
from functools import cache
from typing import Any

import botocore.session

from apikeys.errors import InvalidInputError
from apikeys.plans.plan import plans
from operation import Caller, Input, Record, operation
from operation.aws import config
from operation.environment import plan_store
from set_plan.assign import Assignment
from set_plan.gateway import GatewayKeys

_LETTERS = string.ascii_letters + string.digits


class SetPlan(Input):
    """The plan's name. Without one, an organization stays in its plan, and a new one gets the default."""

    plan: str | None = None


@operation(SetPlan)
def handler(caller: Caller, wanted: SetPlan) -> Record:
    """Return the `plan`, and how many `keys` of the organization were updated."""
    known = plans(os.environ["PLANS"])
    if wanted.plan is not None and wanted.plan not in known:
        names = ", ".join(f'"{name}"' for name in known)
        raise InvalidInputError(f"plan: no plan has this name. Use one of {names}.")
    keys = GatewayKeys(_api_gateway(), os.environ["STACK"])
    assignment = Assignment(plan_store(), keys, known, _draw, time.sleep)
    plan, usage_key = assignment.assign(caller.organization_id, wanted.plan)
    told = 0 if wanted.plan is None else plan_store().tell(caller.organization_id, usage_key)
    return {"organization_id": caller.organization_id, "plan": plan, "keys": told}


def _draw() -> str:
    # Its form is that of the values that API Gateway makes.
    return "".join(secrets.choice(_LETTERS) for _ in range(40))


@cache
def _api_gateway() -> Any:  # noqa: ANN401 - botocore's client of API Gateway
    # An account may make five keys a second: what is refused for that is tried again, with pauses.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    return botocore.session.get_session().create_client(
        "apigateway", config=config(read_timeout=3, attempts=4)
    )
