"""Report leaked secrets that somebody found. Only by direct invocation, which IAM authorizes."""

import os
from typing import Annotated

from pydantic import StringConstraints

from apikeys.keys.find import secrets
from leaks.report_leak.leak import Leaked, Place, reported
from operation import Caller, Input, Record, operation
from operation.environment import now
from operation.input.fields import Name


class ReportLeak(Input):
    """A text that contains secrets, who found it or how, and where it is."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]
    source: Name
    url: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,1000}$")] | None = None


@operation(ReportLeak, for_organization=False)
def handler(caller: Caller, wanted: ReportLeak) -> Record:
    """Answer each of the `secrets` in the text: whose key it is, as it was `found`, and its `state` now."""
    place = Place(wanted.source, wanted.url)
    found = secrets(wanted.text, os.environ["KEY_PREFIX"])
    return {"secrets": reported([Leaked(secret, [place]) for secret in found], caller.change(now()))}
