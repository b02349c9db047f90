"""The API keys of a REST API, by which API Gateway knows its callers' usage plans.

Owns which keys open the methods that ask for one: those that are enabled and belong to a usage plan of the
stage. Where there is none, one is made up and shown at start, in place of the key that somebody would create
in AWS's console. Quotas and throttling are not imitated.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import hmac
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.template.intrinsics import Resolver

_LETTERS = string.ascii_letters + string.digits
#: The name of the key that no template declares.
UNDECLARED = "local"


def made_up() -> str:
    """A value of the form that API Gateway gives to keys."""
    return "".join(secrets.choice(_LETTERS) for _ in range(40))


@dataclass(frozen=True)
class ApiKeys:
    """`values` has a key's value by its logical id; `shown` names those that the template does not hold."""

    values: Mapping[str, str]
    shown: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, resolver: Resolver, api: str, stage: str) -> "ApiKeys":
        """The keys that a template declares for a stage of an API, by its logical id."""
        plans = {
            name
            for name, declared in resolver.resources("AWS::ApiGateway::UsagePlan").items()
            if any(
                (one.get("ApiId"), one.get("Stage")) == (api, stage)
                for one in resolver.pick(declared, "ApiStages").get("ApiStages", [])
            )
        }
        links = [
            resolver.pick(declared, "KeyId", "UsagePlanId")
            for declared in resolver.resources("AWS::ApiGateway::UsagePlanKey").values()
        ]
        linked = {link.get("KeyId") for link in links if link.get("UsagePlanId") in plans}
        values: dict[str, str] = {}
        shown, problems = [], []
        for name, declared in resolver.resources("AWS::ApiGateway::ApiKey").items():
            key: dict[str, Any] = resolver.pick(declared, "Enabled", "StageKeys", "Value")
            stages = [(one.get("RestApiId"), one.get("StageName")) for one in key.get("StageKeys", [])]
            if name not in linked and (api, stage) not in stages:
                problems.append(f"API key {name} opens nothing here: no usage plan of the stage has it.")
            # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
            elif str(key.get("Enabled", False)).lower() != "true":
                problems.append(f"API key {name} opens nothing: it is not Enabled.")
            else:
                values[name] = str(key.get("Value") or made_up())
                shown += [] if key.get("Value") else [name]
        if not values:
            values[UNDECLARED] = made_up()
            shown.append(UNDECLARED)
        return cls(values, tuple(shown), problems)

    def name(self, value: str | None) -> str | None:
        """The key with this value; None when there is no such key."""
        given = (value or "").encode()
        found = [name for name, known in self.values.items() if hmac.compare_digest(known.encode(), given)]
        return found[0] if found else None
