"""Usage plans of API Gateway, by their names in the parameter Plans, and an organization's share.

Owns the form of PLANS, which the template writes: `NAME=ID NAME=ID`, the default first. Must never know how a
usage key is created.
"""

from collections.abc import Mapping
from typing import NamedTuple

from apikeys.errors import ConfigurationError


class Share(NamedTuple):
    """An organization's own key of API Gateway: its value, its id, and the name of the plan that it is in.

    `gateway_key_id` is None until the key is made, `plan` until it is in one. `wanted` is the plan that was
    asked for last, None where none was.
    """

    usage_key: str
    gateway_key_id: str | None = None
    plan: str | None = None
    wanted: str | None = None


def plans(text: str) -> Mapping[str, str]:
    """Name → id of each usage plan, the default first. Raises ConfigurationError."""
    pairs = [word.partition("=") for word in text.split()]
    found = {name: plan_id for name, _, plan_id in pairs if name and plan_id}
    if not found or len(found) != len(pairs):
        raise ConfigurationError("Plans: each needs a name, and no two may have the same.")
    return found
