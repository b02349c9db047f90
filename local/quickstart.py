"""`make run`: serve this project's own template, and create a first admin key.

Owns what a newcomer sees: progress, the key, and commands to paste. The key is printed only once.
"""

# ruff: noqa: E402 - what is imported before this line can be interrupted with a traceback
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.server.listener import listen
from local.services.dynamodb.process import dynamodb

if TYPE_CHECKING:
    from local.functions.functions import Functions

ORGANIZATION = "org_local"

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"

#: What `announce` invokes at every start.
_FUNCTIONS = ("CreateKeyFunction", "CreateTicketFunction")

_ADMIN_KEY = {"organization_id": ORGANIZATION, "name": "First admin key", "scopes": ["*"]}

_MINTED = """
Your first admin key, shown this once:

  {secret}

Create a key for the Runtime API with it, then call the API with the secret in the answer:

  curl {url}/api/keys -H 'x-api-key: {secret}' -d '{{"name": "My first key"}}'
  curl {url}/api/runtime/capabilities -H 'Authorization: Bearer SECRET'
"""

_SETTINGS = """
Or manage keys in a browser. This link signs you in once, within an hour:

  {settings}
"""

_TICKET = {
    "organization_id": ORGANIZATION,
    "organization_name": "Local",
    "person": {"id": "you", "name": "You"},
    "role": "admin",
    "minutes": 60,
}

_KEPT = """
{organization} has keys already, so none was minted. Another admin key takes this call:

  curl {url}/2015-03-31/functions/CreateKeyFunction/invocations \\
    -H 'Authorization: AWS4-HMAC-SHA256 any' -d @events/create_key_admin_direct.json
"""


async def announce(urls: Sequence[str], functions: "Functions") -> None:
    """Print the way in: a new admin key, or how to mint one where there are keys already."""
    [url] = urls
    ticket, welcome = await asyncio.gather(
        _invoke(functions, "CreateTicketFunction", _TICKET), _key_or_how_to_get_one(url, functions)
    )
    print(f"Serving template.yaml on {url}\n{welcome}{_SETTINGS.format(settings=ticket['url'])}", flush=True)


async def _key_or_how_to_get_one(url: str, functions: "Functions") -> str:
    # The embedded DynamoDB starts empty.
    is_kept = "DYNAMODB_ENDPOINT" in os.environ
    if is_kept and (await _invoke(functions, "ListKeysFunction", {"organization_id": ORGANIZATION}))["keys"]:
        return _KEPT.format(url=url, organization=ORGANIZATION)
    key = await _invoke(functions, "CreateKeyFunction", _ADMIN_KEY)
    return _MINTED.format(url=url, secret=key["secret"])


async def _invoke(functions: "Functions", name: str, event: dict[str, Any]) -> Any:  # noqa: ANN401 - any result
    return json.loads(await functions.invoke(name, json.dumps(event).encode()))


def _check_scopes(scopes: str) -> None:
    """End the program with the text that names the wrong entry, as every call would get a 503."""
    # The parser is the functions' own, which they import from their folder.
    sys.path.append(str(_TEMPLATE.parent / "functions"))
    from apikeys.errors import ConfigurationError  # noqa: PLC0415
    from apikeys.scope_parameter import scope_table  # noqa: PLC0415

    try:
        scope_table(scopes)
    except ConfigurationError as error:
        sys.exit(str(error))


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m local.quickstart",
        description="Serve this project's template on loopback, and create a first admin key.",
    )
    parser.add_argument("--port", type=int, default=3000, help="0 picks a free one (default: 3000)")
    parser.add_argument("--scopes", default="", metavar="JSON", help="the template's parameter Scopes")
    arguments = parser.parse_args()
    _check_scopes(arguments.scopes)
    listener = listen(arguments.port, "make run PORT=N")
    print("Starting ...", flush=True)
    with dynamodb() as endpoint:
        # These imports take seconds.
        from local.server.output import warnings_only  # noqa: PLC0415
        from local.server.run import run  # noqa: PLC0415
        from local.template.template import Template  # noqa: PLC0415

        def load() -> list[Template]:
            return [Template.load(_TEMPLATE, {"Scopes": arguments.scopes})]

        # What a newcomer should see is the key, the commands and each call, not who made that key.
        with warnings_only():
            run(load, [listener], endpoint, announce, _FUNCTIONS)


if __name__ == "__main__":
    main()
