"""What a caller sends with an operation, and how it is read.

Owns where each field has to be, and the errors for fields that break the rules of `operation.input.fields`. A
GET is read from its query, every other call from a JSON body, and `key_id` from the path. Anything elsewhere
is refused, not ignored. Must never repeat a value in an error: it may be a misplaced secret.
"""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apikeys.errors import InvalidInputError, TooLargeError
from operation.input.fields import Switch

_BODY_BYTES_AT_MOST = 64 * 1024
_ERRORS_SHOWN = 3
# Shorter than any secret, an imported one's included: somebody may send one as a name.
_FIELD = re.compile(r"[A-Za-z_-]{1,19}")

# Kind of a mistake → what to do, where pydantic's own text does not say it to somebody with curl.
_TEXTS = {
    "bool_type": "must be true or false",
    "extra_forbidden": "is not a field of this call",
    "int_type": "must be a whole number, in digits",
    "missing": "is required",
}


class Input(BaseModel):
    """The fields of one operation. An unknown field is an error, and nothing is converted silently."""

    #: The parameters that a call other than a GET takes in its query. All others belong in its body.
    in_query: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


InputT = TypeVar("InputT", bound=Input)


class OneKey(Input):
    """The input of an operation on one key."""

    key_id: str


class OwnKey(OneKey):
    """The input of an operation on one key that may cut its caller off."""

    in_query: ClassVar[frozenset[str]] = frozenset({"self"})

    own: Switch = Field(
        default=False,
        alias="self",
        description="Confirms the change of a key that makes this very call.",
    )


def read_direct(event: object, model: type[InputT], *, for_organization: bool = True) -> InputT:
    """The input of a direct invocation: the event's fields, apart from the `organization_id` it is for."""
    if not isinstance(event, dict):
        raise InvalidInputError("The event must be a JSON object.")
    of_caller = {"organization_id"} if for_organization else set()
    return checked({name: value for name, value in event.items() if name not in of_caller}, model)


def read_http(event: dict[str, Any], model: type[InputT]) -> InputT:
    """The input of a call through API Gateway. Raises InvalidInputError or TooLargeError."""
    query, body = _query(event), _body(event)
    if event["httpMethod"] == "GET":
        if body:
            raise InvalidInputError("This call takes no body.")
        sent = query
    else:
        if query.keys() - model.in_query:
            most = (
                f"no query parameter but {', '.join(model.in_query)}"
                if model.in_query
                else "no query parameters"
            )
            raise InvalidInputError(f"This call takes {most}; send a JSON body.")
        if body.keys() & model.in_query:
            raise InvalidInputError(f"{', '.join(model.in_query)}: belongs in the query.")
        sent = body | query
    path = event.get("pathParameters") or {}
    if path.keys() & sent.keys():
        raise InvalidInputError("key_id: belongs in the path. Send it only there.")
    return checked(sent | path, model)


def _query(event: Mapping[str, Any]) -> dict[str, Any]:
    parameters: Mapping[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    for name, values in parameters.items():
        if len(values) != 1:
            raise InvalidInputError(f"{_shown(name)}: give it once.")
    return {name: values[0] for name, values in parameters.items()}


def _body(event: Mapping[str, Any]) -> dict[str, Any]:
    text: str = event.get("body") or ""
    if len(text.encode(errors="replace")) > _BODY_BYTES_AT_MOST:
        raise TooLargeError(f"The body is too large. Send at most {_BODY_BYTES_AT_MOST} bytes.")
    try:
        sent = b64decode(text, validate=True) if event.get("isBase64Encoded") else text
        body = json.loads(sent, object_pairs_hook=_once, parse_constant=_refuse) if sent.strip() else {}
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidInputError("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInputError("The body must be a JSON object.")
    return body


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(members)
    if len(body) != len(members):
        raise InvalidInputError("The body has a duplicate field. Send each field once.")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


def checked(fields: dict[str, Any], model: type[InputT]) -> InputT:
    """The fields as the model has them. Raises InvalidInputError, whose text repeats no value."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        texts = [
            _told(problem["loc"], _TEXTS.get(problem["type"], problem["msg"]))
            for problem in error.errors(include_url=False, include_input=False)[:_ERRORS_SHOWN]
        ]
        raise InvalidInputError(" ".join(texts)) from None


def _told(place: tuple[int | str, ...], text: str) -> str:
    # What is wrong with the fields together has no place.
    return f"{_place(*place)}: {text}." if place else f"{text[0].upper()}{text[1:]}."


def _place(field: int | str, *inner: int | str) -> str:
    # Inside a field, a place in a list is shown, and a name that the client chose is not.
    return ".".join([_shown(str(field)), *(str(part) for part in inner if isinstance(part, int))])


def _shown(name: str) -> str:
    # A name is the client's text too. Only what looks like a field's name is repeated.
    return name if _FIELD.fullmatch(name) else "a name"
