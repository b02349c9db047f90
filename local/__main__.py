"""`python -m local`: serve a SAM template."""

# ruff: noqa: E402 - what is imported before this line can be interrupted with a traceback
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from local.server.listener import listen

if TYPE_CHECKING:
    from local.functions.functions import Functions


def _parameter(argument: str) -> tuple[str, str]:
    name, separator, value = argument.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{argument!r} is not Key=Value")
    return name, value


def _secrets(given: str) -> dict[str, str]:
    """What stands for Secrets Manager. Its text is never shown, not even where it is wrong."""
    with suppress(ValueError):
        secrets = json.loads(given)
        if isinstance(secrets, dict) and all(isinstance(text, str) for text in secrets.values()):
            return secrets
    sys.exit("SECRETS is not a JSON object of texts.")


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Serve the REST API of a SAM template on loopback.",
        epilog="Of the environment: DYNAMODB_ENDPOINT is the DynamoDB to use instead of an embedded one; "
        "ACCESS_LOG is a file that gets the lines of the stage's access log; SECRETS stands for Secrets "
        "Manager, a JSON object of ARNs and their texts.",
    )
    parser.add_argument("--template", type=Path, default=Path("template.yaml"), metavar="FILE")
    parser.add_argument("--port", type=int, default=3000, help="0 picks a free one (default: 3000)")
    parser.add_argument(
        "--parameter",
        type=_parameter,
        action="append",
        default=[],
        metavar="Key=Value",
        help="of the template; may be repeated",
    )
    parser.add_argument("--api", metavar="LOGICAL_ID", help="the REST API to serve, where there are several")
    arguments = parser.parse_args()
    secrets = _secrets(os.environ.get("SECRETS", "{}"))

    listener = listen(arguments.port)
    # These imports take seconds.
    from local.server.run import run  # noqa: PLC0415
    from local.template.template import Template  # noqa: PLC0415

    def load() -> Template:
        return Template.load(
            arguments.template, dict(arguments.parameter), api=arguments.api, secrets=secrets
        )

    async def announce(url: str, _: "Functions") -> None:
        print(f"Serving {arguments.template} on {url}", flush=True)

    run(load, listener, announce)


if __name__ == "__main__":
    main()
