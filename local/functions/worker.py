"""Runs one Lambda function: the child's side of `workers`.

Owns what the Python runtime does on Lambda: import the handler, call it with an event and a context, report
its result or its error. Started as a script, with the number of an inherited socket as its argument. Imports
only the standard library, so that a function finds only its own code and the installed packages.

In both directions, a message is its length in 4 bytes and then the message. The child gets two for each
invocation: the contents of its context, and the event, both as JSON. It sends one byte, `READY`, `RESULT` or
`ERROR`, and JSON. Source of texts and shapes:
https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

import importlib
import json
import logging
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

READY, RESULT, ERROR = b"!", b"+", b"-"


class _Identity:
    """The caller of a mobile SDK; here there is none."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class Context:
    """The context object of one invocation, with all that the one on Lambda has.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/lambda_context.py
    """

    def __init__(self, *, request_id: str, arn: str, deadline: float) -> None:
        """`deadline` is in seconds since 1970."""
        self.aws_request_id = request_id
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = arn
        self.tenant_id = None
        self.client_context = None
        self.identity = _Identity()
        self._epoch_deadline_time_in_ms = int(deadline * 1000)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out."""
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        members = (f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{','.join(members)}])"


def _error(kind: str, message: str, stack: list[str], request_id: str = "") -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}


def _frames(trace: TracebackType | None) -> list[str]:
    """The frames of the function's own code, without those of this file and of the import machinery."""
    frames = [
        frame
        for frame in traceback.extract_tb(trace)
        if frame.filename != __file__
        and not frame.filename.startswith(("<frozen importlib", importlib.__file__))
    ]
    return traceback.format_list(frames)


def _tell(error: Exception) -> None:
    """Say why a module is missing that seems to be there."""
    startup = sys.modules.get("sitecustomize")
    if startup and (line := startup.hint(error)):
        print(line, file=sys.stderr)


class _LoadError(Exception):
    """The handler cannot be loaded."""

    def __init__(self, kind: str, message: str, stack: list[str] | None = None) -> None:
        self.report = _error(kind, message, stack or [])


def _load(handler: str) -> Callable[[Any, Context], Any]:
    module_name, _, name = handler.rpartition(".")
    if not module_name:
        reason = "not enough values to unpack (expected 2, got 1)"
        raise _LoadError("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {reason}")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        _tell(error)
        message = f"Unable to import module '{module_name}': {error}"
        raise _LoadError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise _LoadError("Runtime.UserCodeSyntaxError", message, [line]) from error
    except Exception as error:
        raise _LoadError(type(error).__name__, str(error), _frames(error.__traceback__)) from error
    if not hasattr(module, name):
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise _LoadError("Runtime.HandlerNotFound", message)
    function: Callable[[Any, Context], Any] = getattr(module, name)
    return function


def _plain(value: object) -> object:
    """What the runtime can write beyond JSON's own types: decimal numbers."""
    if isinstance(value, Decimal):
        if value.is_nan():
            return math.nan
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _call(function: Callable[[Any, Context], Any], context: Context, event: bytes) -> tuple[bytes, bytes]:
    request_id = context.aws_request_id
    try:
        result = function(json.loads(event), context)
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is reported
        _tell(error)
        report = _error(type(error).__name__, str(error), _frames(error.__traceback__), request_id)
        return ERROR, json.dumps(report).encode()
    try:
        return RESULT, json.dumps(result, default=_plain, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"Unable to marshal response: {error}"
        return ERROR, json.dumps(_error("Runtime.MarshalError", message, [], request_id)).encode()


class _Channel:
    """The messages to and from the gateway.

    The socket is left to the operating system to close, so that its end is the end of the process.
    """

    def __init__(self, descriptor: int) -> None:
        # Processes that the function starts must not hold it open.
        os.set_inheritable(descriptor, False)
        self._in = os.fdopen(descriptor, "rb", closefd=False)
        self._out = os.fdopen(descriptor, "wb", closefd=False)

    def send(self, kind: bytes, payload: bytes) -> None:
        self._out.write(len(kind + payload).to_bytes(4, "big") + kind + payload)
        self._out.flush()

    def receive(self) -> bytes:
        """The next message; empty when the gateway is gone."""
        return self._in.read(int.from_bytes(self._in.read(4), "big"))


def main() -> None:
    """Serve invocations until the gateway closes the socket."""
    channel = _Channel(int(sys.argv[1]))
    sys.path.insert(0, str(Path.cwd()))
    for stream in (sys.stdout, sys.stderr):
        # Whole lines, so that those of several workers do not mix.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logging.basicConfig(
        stream=sys.stdout, format="[%(levelname)s]\t%(asctime)s\t%(message)s", level=logging.WARNING
    )
    try:
        function = _load(os.environ["_HANDLER"])
    except _LoadError as error:
        channel.send(ERROR, json.dumps(error.report).encode())
        sys.exit(1)
    channel.send(READY, b"{}")
    while invocation := channel.receive():
        known = json.loads(invocation)
        os.environ["_X_AMZN_TRACE_ID"] = known.pop("trace_id")
        channel.send(*_call(function, Context(**known), channel.receive()))


if __name__ == "__main__":
    main()
