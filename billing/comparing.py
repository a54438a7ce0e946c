"""What another plan would change for a subscription, before it is made."""

from dataclasses import dataclass

from billing.models import Feature, Plan, Subscription
from billing.money import Money


@dataclass(frozen=True)
class Comparison:
    """The plan that a subscription has and another one, side by side, for the mailboxes that are active now."""

    before: Plan
    after: Plan
    active_count: int

    @property
    def price_before(self) -> Money:
        return self.before.monthly_price(self.active_count)

    @property
    def price_after(self) -> Money:
        return self.after.monthly_price(self.active_count)

    @property
    def extra_before(self) -> int:
        return self.before.extra_count(self.active_count)

    @property
    def extra_after(self) -> int:
        return self.after.extra_count(self.active_count)

    @property
    def gained(self) -> list[Feature]:
        return [one for one in Feature if self.after.has(one) and not self.before.has(one)]

    @property
    def lost(self) -> list[Feature]:
        return [one for one in Feature if self.before.has(one) and not self.after.has(one)]

    @property
    def loses_permissions(self) -> bool:
        return Feature.PERSON_PERMISSIONS in self.lost

    @property
    def loses_encryption(self) -> bool:
        return Feature.ENCRYPTED_POP in self.lost


def compare(subscription: Subscription, plan: Plan) -> Comparison:
    return Comparison(subscription.plan, plan, subscription.active_count)
