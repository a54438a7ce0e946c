"""Limits of a plan: what is included, what costs a fee, and where it ends (SPEC B2)."""

from billing.models import Plan, Subscription
from billing.money import Money


class LimitExceeded(ValueError):
    """One more active mailbox is not possible as things are; the words say why, and what the way out is."""


class LimitReached(LimitExceeded):
    """The plan ends here: there is no further mailbox for any fee."""


class FeeNotAgreed(LimitExceeded):
    """A further mailbox costs `fee` a month, and nobody has agreed to it."""

    def __init__(self, words: str, *, fee: Money) -> None:
        super().__init__(words)
        self.fee = fee


class SubscriptionEnded(LimitExceeded):
    """Nothing counts against a subscription that has ended."""


def check_one_more(subscription: Subscription, *, agrees_to_fee: bool) -> None:
    """Raise LimitExceeded where one more active mailbox is not possible, or costs a fee that nobody agreed to."""
    plan, fee = subscription.plan, subscription.fee_for_one_more
    if subscription.ended_at is not None:
        raise SubscriptionEnded(f"The subscription {subscription} has ended. Choose another one for this mailbox.")
    if subscription.takes_no_more:
        raise LimitReached(
            f"{_use_of(plan)} and has no room for more. Deactivate another mailbox, or change to a larger plan."
        )
    if fee is not None and not agrees_to_fee:
        raise FeeNotAgreed(f"{_use_of(plan)}. This one costs {fee} a month without tax: {_condition()}", fee=fee)


def check_plan_fits(subscription: Subscription, plan: Plan) -> None:
    """Raise LimitReached when more mailboxes are active than the plan can ever have."""
    excess = plan.extra_count(subscription.active_count)
    if plan.is_limit_hard and excess:
        raise LimitReached(
            f"{subscription.active_count} mailboxes are active, and {plan} has room for {plan.included_mailboxes}. "
            f"Deactivate {excess} of them first, or let them count against another subscription. Nothing is lost."
        )


def _use_of(plan: Plan) -> str:
    count = plan.included_mailboxes
    return f"The plan {plan} includes {count} active mailbox{'' if count == 1 else 'es'}, all of them in use"


def _condition() -> str:
    return "one fee for each month in which more mailboxes are active than the plan includes."
