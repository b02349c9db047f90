"""An organization's share, for a key that is about to be created.

Owns how the functions that create keys get the organization's usage key. They may read it, and ask
SetPlanFunction for one if there is none. Only that function may create usage keys, and it cannot be called
over HTTP.
"""

import json
import os
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from apikeys.errors import UnavailableError
from operation.aws import config
from operation.environment import plan_store


def usage_key(organization_id: str) -> str | None:
    """The value for a new key of the organization; None while there are no plans.

    An organization that has no share yet gets one, in the default plan. Raises UnavailableError.
    """
    function = os.environ["SET_PLAN_FUNCTION"]
    if not function:
        return None
    share = plan_store().get(organization_id)
    if share is None or share.plan is None:
        _ask_for_share(function, organization_id)
        share = plan_store().get(organization_id)
    if share is None or share.plan is None:
        raise _unavailable()
    return share.usage_key


def _ask_for_share(function: str, organization_id: str) -> None:
    try:
        answer = _lambda().invoke(
            FunctionName=function, Payload=json.dumps({"organization_id": organization_id}).encode()
        )
    except (BotoCoreError, ClientError) as error:
        raise _unavailable() from error
    if "FunctionError" in answer:  # whose cause is in that function's own log
        raise _unavailable()


@cache
def _lambda() -> Any:  # noqa: ANN401 - botocore's client of Lambda
    # One attempt: if the caller repeats the creation, it continues where this attempt stopped.
    return botocore.session.get_session().create_client("lambda", config=config(read_timeout=8, attempts=1))


def _unavailable() -> UnavailableError:
    return UnavailableError("The organization's share of calls cannot be set at the moment. Try again.")
