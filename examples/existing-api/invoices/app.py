"""The invoices of the organization whose key was presented.

What the authorizer knows of the caller is in `requestContext.authorizer`, all of it strings:

    key_id           key_...
    organization_id  whose data the call may see; never take it from the path, the query or the body
    scopes           all that the key holds, separated by spaces

A call gets here only when its key is good and opens the route.
"""

import json
from typing import Any

_INVOICES = {"inv_1": {"id": "inv_1", "amount": "120.00"}, "inv_2": {"id": "inv_2", "amount": "80.00"}}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a call of one of the three routes."""
    organization_id = event["requestContext"]["authorizer"]["organization_id"]
    invoices = [{**invoice, "organization_id": organization_id} for invoice in _INVOICES.values()]
    match event["httpMethod"], event["resource"]:
        case "POST", _:
            return _answer(201, invoices[0])
        case _, "/invoices":
            return _answer(200, {"invoices": invoices})
    invoice_id = event["pathParameters"]["invoice_id"]
    found = next((one for one in invoices if one["id"] == invoice_id), None)
    return _answer(200, found) if found else _answer(404, {"error": "There is no such invoice."})


def _answer(status: int, body: object) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
