"""Authorizers of the sample API: what they do is what the caller's credential says."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ARG001 - Lambda's signature
    """Do as the header `x-id` or the token says."""
    headers = {name.lower(): values[-1] for name, values in event.get("multiValueHeaders", {}).items()}
    wish = event.get("authorizationToken") or headers.get("x-id", "")
    if not wish:
        raise Exception("Unauthorized")  # noqa: TRY002 - API Gateway reads only the text
    if wish == "crash":
        raise RuntimeError("no store")
    if wish == "nonsense":
        return "nonsense"
    if wish == "nested":
        return _answer("Allow", event["methodArn"], {"nested": {"a": 1}})
    if wish == "typed":
        return _answer("Allow", event["methodArn"], {"yes": True, "number": 7, "text": "t"})
    if wish == "event":
        return _answer("Allow", event["methodArn"], {"arn": event["methodArn"], "path": event["path"]})
    if wish == "elsewhere":
        return _answer("Allow", event["methodArn"] + "/elsewhere", {"reason": "not here"})
    return _answer(wish, event["methodArn"], {"reason": "just so"})


def organization(event: dict[str, Any], context: Any) -> Any:  # noqa: ARG001
    """Allow every call, in the name of one organization."""
    return _answer("Allow", event["methodArn"], {"organization": "org_1"})


def _answer(effect: str, resource: str, context: dict[str, Any]) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": "somebody",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
