"""The AWS CLI, as far as the pages print it: `python -m tests.programs.aws SERVICE OPERATION --OPTION VALUE`.

botocore calls the service, as it does for the CLI itself, which is not a dependency. Its model of the call
says which options there are, so a misspelled one fails. AWS_ENDPOINT_URL says where the service is.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.model import Shape


def run(service: str, operation: str, *words: str) -> Any:
    """What the command prints, before it is shown."""
    client = botocore.session.get_session().create_client(service)
    if operation == "wait":
        waiter: Any = client.get_waiter(words[0].replace("-", "_"))
        return waiter.wait(**dict(_arguments(client, waiter.config.operation, words[1:])))
    method = operation.replace("-", "_")
    options = list(words)
    query = _taken(options, "--query")
    shown_as = _taken(options, "--output")
    answer = getattr(client, method)(
        **dict(_arguments(client, client.meta.method_to_api_mapping[method], options))
    )
    answer.pop("ResponseMetadata")
    found = jmespath.search(query, answer) if query else answer
    return "\t".join(found) if shown_as == "text" and isinstance(found, list) else found


def _taken(options: list[str], name: str) -> str | None:
    if name not in options:
        return None
    place = options.index(name)
    _, value = options[place : place + 2]
    del options[place : place + 2]
    return value


def _arguments(client: Any, operation: str, options: Sequence[str]) -> Iterator[tuple[str, Any]]:
    members = client.meta.service_model.operation_model(operation).input_shape.members
    names = {f"--{xform_name(name, '-')}": name for name in members}
    left = iter(options)
    for option in left:
        if (positive := option.replace("--no-", "--", 1)) not in names:
            sys.exit(f"{operation} has no option {option}")
        name = names[positive]
        if members[name].type_name == "boolean":
            yield name, option == positive
        else:
            yield name, _value(members[name], next(left))


def _value(shape: Shape, text: str) -> Any:
    """An option's value: its text, or where it is JSON or the CLI's shorthand (A=x,B=y) what that says."""
    if text.startswith("{") and shape.type_name in ("map", "structure"):
        return json.loads(text)
    match shape.type_name:
        case "list":
            return [_value(shape.member, text)]  # type: ignore[attr-defined]
        case "structure":
            pairs = (pair.partition("=") for pair in text.split(","))
            return {name: _value(shape.members[name], value) for name, _, value in pairs}  # type: ignore[attr-defined]
        case "boolean":
            return {"true": True, "false": False}[text]
        case _:
            return text


if __name__ == "__main__":
    printed = run(*sys.argv[1:])
    if printed is not None:
        text = printed if isinstance(printed, str) else json.dumps(printed, default=str)
        sys.stdout.write(f"{text}\n")
