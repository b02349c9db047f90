"""What a caller sends: how it is checked, and how an error names the problem.

Owns the strictness and the limit of a body's size. Must never repeat in an error what was sent, neither a
value nor a field's name: it may be a misplaced secret.
"""

import json
from contextlib import suppress
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from backend.errors import InvalidInputError

#: More than any good call needs: the longest text of a tool is 120 KB if all of it is escaped emoji.
BODY_BYTES = 256 * 1024


class Input(BaseModel):
    """Fields that a caller sends. An unknown field is an error, and nothing is converted silently."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


InputT = TypeVar("InputT", bound=Input)


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


#: As JSON Schema has it, 3.0 is an integer. https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.3
Integer = Annotated[int, BeforeValidator(_whole)]


class Empty(Input):
    """The body of a call that takes no fields, which may as well be left out."""


def from_body(model: type[InputT], body: bytes) -> InputT:
    """The JSON text `body` as `model`. Raises InvalidInputError that names the first wrong field."""
    try:
        checked = model.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error, model) from None
    refuse_duplicates(body)
    return checked


def from_fields(model: type[InputT], fields: object) -> InputT:
    """`fields` as `model`. Raises InvalidInputError that names the first wrong field."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error, model) from None


def refuse_duplicates(body: bytes) -> None:
    """Raise InvalidInputError for JSON with an object that names a member twice.

    Some readers take the first one, others the last.
    https://www.rfc-editor.org/rfc/rfc8259#section-4
    """
    # Invalid JSON is refused elsewhere.
    with suppress(ValueError, RecursionError):
        json.loads(body, object_pairs_hook=_once)


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(members)
    if len(read) != len(members):
        raise InvalidInputError("The body has a duplicate member. Send each member once.")
    return read


def _invalid(error: ValidationError, model: type[Input]) -> InvalidInputError:
    problem = error.errors(include_url=False, include_input=False)[0]
    match problem["type"], problem["loc"]:
        case "json_invalid", _:
            return InvalidInputError(f"The body cannot be read as JSON: {problem['ctx']['error']}.")
        case "extra_forbidden", _:
            known = ", ".join(model.model_fields)
            return InvalidInputError(
                f"Unknown field. The fields are: {known}." if known else "This takes no fields."
            )
        case _, (str(field), *_):
            # One of the model's own, whatever was sent.
            return InvalidInputError(f"{field}: {problem['msg']}.")
    return InvalidInputError(f"The body: {problem['msg']}.")
