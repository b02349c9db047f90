"""`python -m local`: serve a SAM template."""

# ruff: noqa: E402 - what is imported before this line can be interrupted with a traceback
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from local.server.listener import listen
from local.services.dynamodb.process import dynamodb

if TYPE_CHECKING:
    from local.functions.functions import Functions

_PATIENCE_AT_MOST = 100


def _parameter(argument: str) -> tuple[str, str]:
    name, separator, value = argument.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{argument!r} is not Key=Value")
    return name, value


def _stack(argument: str) -> tuple[str, Path]:
    name, separator, file = argument.partition("=")
    if not separator or not re.fullmatch("[a-z][a-z0-9]*", name):
        raise argparse.ArgumentTypeError(f"{argument!r} is not NAME=FILE, with a name of a-z and 0-9")
    return name, Path(file)


def _secrets(given: str) -> dict[str, str]:
    """The secrets that replace Secrets Manager. Their text is never shown, not even if it is wrong."""
    with suppress(ValueError):
        secrets = json.loads(given)
        if isinstance(secrets, dict) and all(isinstance(text, str) for text in secrets.values()):
            return secrets
    sys.exit("SECRETS must be a JSON object of ARNs and their secrets.")


def _patience(given: str) -> float | None:
    """How many times longer functions may take; None where nothing is said."""
    if not given:
        return None
    with suppress(ValueError):
        if 1 <= float(given) <= _PATIENCE_AT_MOST:
            return float(given)
    sys.exit(f"PATIENCE must be a number from 1 to {_PATIENCE_AT_MOST}.")


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Serve the REST API of a SAM template on loopback, and optionally a second one.",
        epilog="Environment variables: DYNAMODB_ENDPOINT is the DynamoDB to use instead of the embedded one; "
        "ACCESS_LOG is a file for the stage's access log; SECRETS replaces Secrets Manager: a JSON object of "
        "ARNs and their secrets; PATIENCE is how many times longer than on Lambda a function may run on this "
        "machine.",
    )
    parser.add_argument(
        "--template",
        type=Path,
        default=Path("template.yaml"),
        metavar="FILE",
        help="the SAM template (default: template.yaml)",
    )
    parser.add_argument("--port", type=int, default=3000, help="the port; 0 picks a free one (default: 3000)")
    parser.add_argument(
        "--parameter",
        type=_parameter,
        action="append",
        default=[],
        metavar="Key=Value",
        help="a parameter of the template; may be repeated",
    )
    parser.add_argument(
        "--api", metavar="LOGICAL_ID", help="the REST API to serve, if the template has several"
    )
    parser.add_argument(
        "--with",
        dest="beside",
        type=_stack,
        metavar="NAME=FILE",
        help="a second template to serve, on the next port; the first can import what it exports. NAME is "
        "the name of its stack and the id of its API; for the first template, both are local",
    )
    parser.add_argument(
        "--with-parameter",
        type=_parameter,
        action="append",
        default=[],
        metavar="Key=Value",
        help="a parameter of the template that --with names; may be repeated",
    )
    arguments = parser.parse_args()
    if arguments.with_parameter and not arguments.beside:
        parser.error("--with-parameter needs --with")
    secrets = _secrets(os.environ.get("SECRETS", "{}"))
    patience = _patience(os.environ.get("PATIENCE", ""))

    listeners = [listen(arguments.port)]
    if arguments.beside:
        listeners.append(listen(arguments.port + 1 if arguments.port else 0))
    with dynamodb() as endpoint:
        _serve(arguments, secrets, patience, listeners, endpoint)


def _serve(
    arguments: argparse.Namespace,
    secrets: dict[str, str],
    patience: float | None,
    listeners: list[socket.socket],
    dynamodb: Callable[[], str],
) -> None:
    # These imports take seconds.
    from local.server.run import run  # noqa: PLC0415
    from local.template.template import Template  # noqa: PLC0415

    def load() -> list[Template]:
        beside = []
        if arguments.beside:
            name, path = arguments.beside
            beside = [Template.load(path, dict(arguments.with_parameter), secrets=secrets, stack=name)]
        imports = beside[0].exports if beside else {}
        given = dict(arguments.parameter)
        this = Template.load(arguments.template, given, api=arguments.api, secrets=secrets, imports=imports)
        loaded = [this, *beside]
        return [one.with_patience(patience) for one in loaded] if patience else loaded

    async def announce(urls: Sequence[str], _: "Functions") -> None:
        files = [arguments.template, *([arguments.beside[1]] if arguments.beside else [])]
        for file, url in zip(files, urls, strict=True):
            print(f"Serving {file} on {url}", flush=True)

    run(load, listeners, dynamodb, announce)


if __name__ == "__main__":
    main()
