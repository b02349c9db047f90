"""What a caller sends: how it is checked, and how an error names what is wrong.

Owns the strictness and the bound of a body's size. Must never repeat a value in an error: it may be a secret
in the wrong place.
"""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from backend.errors import InvalidInputError

#: More than any good call needs.
BODY_BYTES = 64 * 1024

_NAME_SHOWN = 40


class Input(BaseModel):
    """Fields that a caller sends. An unknown field is an error, and nothing is converted silently."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


InputT = TypeVar("InputT", bound=Input)


def from_body(model: type[InputT], body: bytes) -> InputT:
    """The JSON text `body` as `model`. Raises InvalidInputError that names the first wrong field."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from None


def from_fields(model: type[InputT], fields: object) -> InputT:
    """`fields` as `model`. Raises InvalidInputError that names the first wrong field."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidInputError:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if problem["type"] == "json_invalid":
        return InvalidInputError("The body is not valid JSON.")
    field = ".".join(map(str, problem["loc"])) or "The body"
    shown = field if len(field) <= _NAME_SHOWN else field[:_NAME_SHOWN] + "…"
    return InvalidInputError(f"{shown}: {problem['msg']}.")
