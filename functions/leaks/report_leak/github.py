"""POST /leaks/github: GitHub reports secrets that it found, as part of its secret scanning partner program.

Owns the protocol: headers, matches, and the labels of the answer. The route has no authorizer. Instead,
GitHub's signature over the raw body is checked before anything in the body is read. A repeated report is
harmless: the key is already stopped.
https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
"""

import binascii
import hashlib
import json
import os
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from functools import cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from apikeys.errors import InvalidInputError, TooLargeError
from apikeys.keys.find import secrets, without_secrets
from apikeys.keys.key import Change
from leaks.report_leak.leak import Leaked, Place, reported
from leaks.report_leak.signature import Keys, unsigned
from operation import Record, answer, audit
from operation.attempt import attempt
from operation.environment import now

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

#: Some thousand matches: as many as one call has time for.
_BODY_BYTES_AT_MOST = 256 * 1024
#: The headers, in lower case.
IDENTIFIER, SIGNATURE = "github-public-key-identifier", "github-public-key-signature"
#: Who reports, in place of the id of a key or a person.
_GITHUB = "github"


class Match(BaseModel):
    """One secret that GitHub found. More fields may come with it, and are not looked at."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    token: str
    type: str
    url: str | None = None
    source: str | None = None


_MATCHES: TypeAdapter[list[Match]] = TypeAdapter(Annotated[list[Match], Field(min_length=1)])


def handler(event: Any, context: "LambdaContext") -> Record:  # noqa: ANN401 - whatever was sent
    """Answer, for each match, whether it was a secret of ours: the feedback that GitHub asks partners for."""
    return attempt("report_github_leak", event, context, partial(_report, event), over_http=True)


def _report(event: Mapping[str, Any], call: audit.Call) -> tuple[Record, Record]:
    body = _body(event)
    _keys().check(body, _header(event, IDENTIFIER), _header(event, SIGNATURE))
    try:
        matches = _MATCHES.validate_json(body)
    except ValidationError:
        raise InvalidInputError(
            "The body must be a JSON array of matches, each with a token and a type."
        ) from None
    feedback = _feedback(matches, Change(now(), _GITHUB, request_id=call["request_id"]))
    shown = answer.text(200, json.dumps(feedback), {"Content-Type": "application/json"})
    return {"matches": len(feedback)}, shown


def _feedback(matches: Sequence[Match], report: Change) -> list[dict[str, str]]:
    """The label of each match. A key is stopped once, however often its secret was found."""
    # Match → the digests of the secrets in it.
    found: list[list[str]] = []
    leaks: dict[str, Leaked] = {}
    for match in matches:
        secrets_in_it = {one.digest: one for one in secrets(match.token, os.environ["KEY_PREFIX"])}
        found.append(list(secrets_in_it))
        for digest, secret in secrets_in_it.items():
            leaks.setdefault(digest, Leaked(secret, [])).places.append(_place(match))
    answered = reported(list(leaks.values()), report)
    ours = {digest for digest, one in zip(leaks, answered, strict=True) if one["found"] != "not_ours"}
    return [
        {
            # Not the token itself, which would then be in one more place.
            "token_hash": hashlib.sha256(match.token.encode()).hexdigest(),
            "token_type": match.type,
            "label": "true_positive" if ours & set(digests) else "false_positive",
        }
        for match, digests in zip(matches, found, strict=True)
    ]


def _place(match: Match) -> Place:
    # Before they are cut: of a secret that is cut, nobody would know that it is one.
    source, url = (
        without_secrets(text or "", os.environ["KEY_PREFIX"]) for text in (match.source, match.url)
    )
    source = f"GitHub: {re.sub('[^ -~…]', '?', source)[:50] or 'unknown'}"
    return Place(source, re.sub("[^!-~…]", "?", url)[:1000] or None)


def _body(event: Mapping[str, Any]) -> bytes:
    """The body as it was sent. Raises TooLargeError and UnauthorizedError."""
    text: str = event.get("body") or ""
    if len(text) > 2 * _BODY_BYTES_AT_MOST:  # in base64 it is a third longer
        raise _too_large()
    try:
        body = b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        raise unsigned() from None
    if len(body) > _BODY_BYTES_AT_MOST:
        raise _too_large()
    return body


def _header(event: Mapping[str, Any], wanted: str) -> str:
    """The header, which comes once. Its name keeps the client's case."""
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    values = [value for name, sent in headers.items() if name.lower() == wanted for value in sent]
    if len(values) != 1:
        raise unsigned()
    return values[0]


def _too_large() -> TooLargeError:
    return TooLargeError(f"The body is too large. Send at most {_BODY_BYTES_AT_MOST} bytes.")


@cache
def _keys() -> Keys:
    return Keys(os.environ["GITHUB_KEYS_URL"], monotonic)
