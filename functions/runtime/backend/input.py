"""What a caller sends: how it is checked, and how an error names what is wrong.

Owns the strictness and the bound of a body's size. Must never repeat a value in an error: it may be a secret
in the wrong place.
"""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import InvalidInputError

#: More than any good call needs: the longest text of a tool is 120 KB if all of it is escaped emoji.
BODY_BYTES = 256 * 1024

_NAME_SHOWN = 40


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


class WithoutQuery:
    """ASGI middleware for calls that read nothing from the query: a parameter is refused, not overlooked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises InvalidInputError that names the first parameter."""
        for name in QueryParams(scope["query_string"]):
            raise InvalidInputError(f"{_shown(name)}: this call takes no parameters in the query.")
        await self._app(scope, receive, send)


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
    problem = error.errors(include_url=False, include_input=False)[0]
    if problem["type"] == "json_invalid":
        return InvalidInputError(f"The body cannot be read as JSON: {problem['ctx']['error']}.")
    field = _shown(".".join(map(str, problem["loc"]))) if problem["loc"] else "The body"
    return InvalidInputError(f"{field}: {problem['msg']}.")


def _shown(name: str) -> str:
    return (name if len(name) <= _NAME_SHOWN else name[:_NAME_SHOWN] + "…") or '""'
