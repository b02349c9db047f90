"""The floor: the least that Python needs for one signed read over a kept-alive socket, and nothing else.

No check of the response, no retry, no timeout, no verdict. What the authorizer costs above this is what its
safety and its answer cost.
"""

import hashlib
import hmac
import json
import os
import socket
import ssl
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit


@cache
def _connection() -> socket.socket:
    endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    connection = socket.create_connection((endpoint.hostname, endpoint.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if endpoint.scheme == "https":
        return ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.hostname)
    return connection


@cache
def _signing_key(day: str) -> bytes:
    key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    for part in (day, os.environ["AWS_REGION"], "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@cache
def _constants() -> tuple[str, str, str, str, str]:
    environ = os.environ
    host = environ["AWS_ENDPOINT_URL_DYNAMODB"].partition("//")[2]
    return (
        host,
        environ["AWS_REGION"],
        environ["AWS_ACCESS_KEY_ID"],
        environ["AWS_SESSION_TOKEN"],
        environ["KEY_TABLE"],
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read the item of the key in `event`, whatever it says."""
    key_id = "key_" + event["headers"]["x-api-key"][14:26]
    host, region, access_key_id, token, table = _constants()
    body = (
        f'{{"TableName":"{table}","Key":{{"id":{{"S":"{key_id}"}}}},"ConsistentRead":true,'
        '"ProjectionExpression":"id,digest,organization_id,scopes,revoked_at"}'
    ).encode()
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{moment[:8]}/{region}/dynamodb/aws4_request"
    signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
    request = (
        f"POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:{host}\nx-amz-date:{moment}\n"
        f"x-amz-security-token:{token}\nx-amz-target:DynamoDB_20120810.GetItem\n\n{signed}\n"
        f"{hashlib.sha256(body).hexdigest()}"
    )
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(moment[:8]), text.encode(), "sha256").hex()
    connection = _connection()
    connection.sendall(
        (
            f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Date: {moment}\r\nX-Amz-Security-Token: {token}\r\n"
            f"X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={signed}, "
            f"Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        + body
    )
    item: dict[str, Any] = json.loads(connection.recv(65_536).partition(b"\r\n\r\n")[2])["Item"]
    return item
