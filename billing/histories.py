"""The past of several subscriptions at once, and the drafts of their running months: a page asks once, not for each."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.drafting import holding_of, running_month
from billing.models import Activation, Plan, PlanChange, Subscription
from billing.reckoning.bills import Bill, bill_of
from billing.reckoning.sharing import Holding
from billing.reckoning.usage import Change, Tariff


@dataclass(frozen=True)
class History:
    """Which plans a subscription had from when on, and its ledger, both by time."""

    holdings: tuple[Holding, ...]
    changes: tuple[Change, ...]

    @property
    def tariffs(self) -> list[Tariff]:
        return [Tariff(one.at, one.included, one.fee_minor) for one in self.holdings]

    def draft(self, subscription: Subscription, *, zone: str, now: datetime, with_plan: Plan | None = None) -> Bill:
        """Return the same bill as `billing.drafting.draft_of`, without asking the database."""
        holdings = list(self.holdings)
        if with_plan is not None:
            holdings.append(holding_of(with_plan, at=max(now, subscription.billed_until)))
        return bill_of(
            holdings,
            self.changes,
            running_month(subscription, zone=zone),
            begins=subscription.billed_until,
            currency=subscription.plan.currency,
        )


def histories_of(subscriptions: Sequence[Subscription]) -> dict[uuid.UUID, History]:
    """Return the history of each subscription by its id, in two queries."""
    ids = [one.pk for one in subscriptions]
    holdings: dict[uuid.UUID, list[Holding]] = defaultdict(list)
    for row in PlanChange.objects.filter(subscription__in=ids).select_related("plan"):
        holdings[row.subscription_id].append(holding_of(row.plan, at=row.at))
    changes: dict[uuid.UUID, list[Change]] = defaultdict(list)
    rows = Activation.objects.filter(subscription__in=ids).order_by("at", "id")
    for pk, at, mailbox_id, name, step in rows.values_list(
        "subscription_id", "at", "mailbox_id", "mailbox_name", "change"
    ):
        changes[pk].append(Change(at, mailbox_id, name, step))
    return {pk: History(tuple(holdings[pk]), tuple(changes[pk])) for pk in ids}
