"""An organization's share: its usage key is created once, and put into a plan.

Owns the order of the steps. Each can be done twice, and a repeated call finishes what another one left: first
the value is stored, then the usage key is created with it, then its id is stored, then the plan that is
wanted, and then the usage key is put into that. A crash can leave at most a usage key that is in no plan and
opens nothing.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from apikeys.errors import UnavailableError
from apikeys.plans.store import PlanStore
from set_plan.gateway import GatewayKeys, KeyGoneError, ValueTakenError

# How long another call may take from making a key to noting its id: looks at the item, and pauses between.
_LOOKS, _PAUSE_S = 20, 0.1


class Assigned(NamedTuple):
    """The name of the plan that an organization is in, and its usage key."""

    plan: str
    usage_key: str


class Assignment:
    """Gives organizations their shares in `plans`: name → id, the default first.

    `draw` makes a value that nobody can guess, `sleep` waits for seconds. Every method raises
    UnavailableError when the store or API Gateway gives no clear answer.
    """

    def __init__(
        self,
        store: PlanStore,
        keys: GatewayKeys,
        plans: Mapping[str, str],
        draw: Callable[[], str],
        sleep: Callable[[float], None],
    ) -> None:
        self._store = store
        self._keys = keys
        self._plans = plans
        self._draw = draw
        self._sleep = sleep

    def assign(self, organization_id: str, wanted: str | None) -> Assigned:
        """Put the organization into the plan `wanted`. Where that is None it stays where it is.

        A new organization, and one whose plan is there no more, gets the default then.
        """
        value, key_id = self._made(organization_id)
        if wanted:
            self._store.want(organization_id, wanted)
        for _ in range(_LOOKS):
            plan = self._wanted(organization_id)
            try:
                self._place(key_id, plan)
            except KeyGoneError:
                key_id = self._made_again(organization_id, value)
                self._place(key_id, plan)
            self._store.placed(organization_id, plan)
            # Another call may have asked for another plan, and placed the key before this one did.
            if self._wanted(organization_id) == plan:
                return Assigned(plan, value)
        raise UnavailableError("Other calls keep changing the organization's plan. Try again in a moment.")

    def _wanted(self, organization_id: str) -> str:
        share = self._store.get(organization_id)
        plan = (share and (share.wanted or share.plan)) or ""
        if plan in self._plans:
            return plan
        default = next(iter(self._plans))
        if (
            share and share.wanted
        ):  # or the organization would go back when there is a plan of this name again
            self._store.want(organization_id, default, instead_of=share.wanted)
        return default

    def _place(self, key_id: str, plan: str) -> None:
        others = [plan_id for name, plan_id in self._plans.items() if name != plan]
        self._keys.place(key_id, self._plans[plan], others)

    def _made(self, organization_id: str) -> tuple[str, str]:
        """The value and the id of the usage key, once it is made."""
        while True:
            share = self._store.get(organization_id)
            if share is None:
                self._store.draw(organization_id, self._draw())
            elif share.gateway_key_id:
                return share.usage_key, share.gateway_key_id
            else:
                try:
                    key_id = self._keys.create(organization_id, share.usage_key)
                except ValueTakenError:
                    # Another call has made it and is about to note its id, or it died and the id is lost.
                    self._wait_for_id(organization_id, share.usage_key)
                else:
                    self._store.made(organization_id, share.usage_key, key_id)

    def _wait_for_id(self, organization_id: str, value: str) -> None:
        """Wait until an id is noted. If none is, draw another value, with which a key can be made."""
        for _ in range(_LOOKS):
            share = self._store.get(organization_id)
            if share and share.gateway_key_id:
                return
            self._sleep(_PAUSE_S)
        self._store.draw(organization_id, self._draw(), instead_of=value)

    def _made_again(self, organization_id: str, value: str) -> str:
        """The id of a key with the value of one that was deleted: the organization's keys hold it."""
        try:
            key_id = self._keys.create(organization_id, value)
        except ValueTakenError:
            raise UnavailableError(
                "The organization's usage key or its plan was changed by hand. See docs/plans.md."
            ) from None
        self._store.made(organization_id, value, key_id)
        return key_id
