"""Give the account a role for API Gateway's access logs during a deployment, if it has none.

Owns the answer to CloudFormation, which would wait for it for up to an hour. Must never replace or remove an
existing role: other APIs of the account write their logs with it.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from botocore.session import get_session

if TYPE_CHECKING:
    from collections.abc import Callable

#: For how long a new role may be unknown to API Gateway, and how often to ask, in seconds.
_PATIENCE, _PAUSE = 120.0, 5.0


def handler(event: dict[str, Any], _context: object) -> None:
    """CloudFormation's request, answered at its URL whatever happens."""
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": event.get("PhysicalResourceId", "api-gateway-account"),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    try:
        if event["RequestType"] != "Delete":
            client = get_session().create_client("apigateway")
            give_role(client, event["ResourceProperties"]["RoleArn"], time.monotonic, time.sleep)
    except Exception as error:
        answer |= {"Status": "FAILED", "Reason": f"API Gateway's account has no role for logs: {error}"}
        raise
    finally:
        request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
            event["ResponseURL"],
            json.dumps(answer).encode(),
            # The URL is signed for exactly this.
            {"Content-Type": ""},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


def give_role(
    client: Any,  # noqa: ANN401 - botocore's client of API Gateway
    role_arn: str,
    now: "Callable[[], float]",
    sleep: "Callable[[float], None]",
) -> None:
    """Let API Gateway write logs with the role, unless the account has one. Raises botocore's ClientError."""
    if client.get_account().get("cloudwatchRoleArn"):
        return
    patience_ends = now() + _PATIENCE
    while True:
        try:
            client.update_account(
                patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}]
            )
        except client.exceptions.BadRequestException:
            # A new role is not known everywhere at once, and until then it is said to lack permissions.
            # https://github.com/hashicorp/terraform/pull/8533
            if now() >= patience_ends:
                raise
            sleep(_PAUSE)
        else:
            return
