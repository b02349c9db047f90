"""The API keys of a REST API, by which API Gateway knows its callers' usage plans.

Owns which keys open the methods that ask for one: those that are enabled and belong to a usage plan of the
stage. If the template has neither such a key nor a plan, the gateway invents a key and prints it at start, in
place of the key that somebody would create in AWS's console.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.template.intrinsics import Resolver
from local.template.usage_plan import UsagePlan

_LETTERS = string.ascii_letters + string.digits
#: The name of the key that no template declares.
UNDECLARED = "local"


def made_up() -> str:
    """A value of the form that API Gateway gives to keys."""
    return "".join(secrets.choice(_LETTERS) for _ in range(40))


@dataclass(frozen=True)
class ApiKeys:
    """`values` has a key's value by its logical id; `shown` names those that the template does not hold.

    `plans` has the usage plans of the stage by their logical ids, `members` the plan of each key that is in
    one. A key that is in none has no bounds.
    """

    values: Mapping[str, str]
    shown: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    plans: Mapping[str, UsagePlan] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, resolver: Resolver, api: str, stage: str) -> "ApiKeys":
        """The keys that a template declares for a stage of an API, by its logical id."""
        problems: list[str] = []
        plans = _plans(resolver, api, stage, problems)
        links = [
            resolver.pick(declared, "KeyId", "UsagePlanId")
            for declared in resolver.resources("AWS::ApiGateway::UsagePlanKey").values()
        ]
        linked = {
            link.get("KeyId"): link["UsagePlanId"] for link in links if link.get("UsagePlanId") in plans
        }
        values: dict[str, str] = {}
        shown = []
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
        members = {name: linked[name] for name in values if name in linked}
        return cls(values, tuple(shown), problems, plans, members)


def _plans(resolver: Resolver, api: str, stage: str, problems: list[str]) -> dict[str, UsagePlan]:
    """The usage plans of a stage. Adds a line to `problems` for what is not imitated of one."""
    plans = {}
    for name, declared in resolver.resources("AWS::ApiGateway::UsagePlan").items():
        picked = resolver.pick(declared, "ApiStages", "Throttle", "Quota")
        ours = [
            one for one in picked.get("ApiStages", []) if (one.get("ApiId"), one.get("Stage")) == (api, stage)
        ]
        if ours:
            plans[name] = UsagePlan.of(picked)
            if any(one.get("Throttle") for one in ours):
                problems.append(f"Usage plan {name}: what it allows for single methods is not imitated.")
    return plans
