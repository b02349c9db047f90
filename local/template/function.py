"""A Lambda function as a template declares it, and the ways to name one.

Owns its shape, and its name in an ARN or URI. Does not read the template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_INVOCATIONS = re.compile(r"/functions/(.+)/(?:response-streaming-)?invocations")


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function. `code` is a directory, `timeout` is in seconds, `memory` in MB.

    `log_level` is that of a function which logs as JSON; `inline_code` takes the place of a directory.
    `log_group` is the one that the template names. `reserved` executions are all that run at once, None where
    nothing is reserved. `layers` are directories with what is in `/opt` on Lambda,
    `packages` what AWS's own layers bring.
    """

    name: str
    arn: str
    region: str
    code: Path
    handler: str
    environment: Mapping[str, str]
    timeout: float
    memory: int
    reserved: int | None = None
    log_level: str | None = None
    log_group: str | None = None
    inline_code: str | None = None
    layers: tuple[Path, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def directories(self) -> tuple[Path, ...]:
        """The directories that it loads code from: its own, and those of its layers."""
        return (self.code, *self.layers)

    @property
    def is_web_app(self) -> bool:
        """Whether AWS Lambda Web Adapter runs it: the handler is a command that serves HTTP."""
        return self.environment.get("AWS_LAMBDA_EXEC_WRAPPER") == "/opt/bootstrap"


def function_name(reference: str) -> str:
    """The name in a function's ARN, partial ARN or name, any of them with or without a qualifier."""
    return reference.rpartition("function:")[2].partition(":")[0]


def invoked_function(uri: str) -> str:
    """The name of the function that the URI of an integration or authorizer names; "" without one."""
    found = _INVOCATIONS.search(uri)
    return function_name(found[1]) if found else ""
