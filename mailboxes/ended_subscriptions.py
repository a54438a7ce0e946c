"""What becomes of mailboxes whose subscription ended (SPEC B1): they are switched off; nothing in them is deleted."""

from datetime import datetime

from django.db import connection

from billing.models import Subscription
from mailboxes import changing, following_plans
from mailboxes.models import Mailbox


def switch_off(subscription: Subscription, *, heir: Subscription | None, now: datetime) -> None:
    """Deactivate what counts against the subscription. If an `heir` took the place of the last one that ran, mailboxes
    of ended ones count against it as soon as somebody activates them.

    Raises OperationalError when somebody changes one of them at this moment: they hold the mailbox and wait for the
    subscription, which is ours, so to wait for the mailbox would be a deadlock.
    """
    active = Mailbox.objects.filter(subscription=subscription, is_active=True).order_by("id")
    nowait = connection.features.has_select_for_update_nowait
    for mailbox in active.select_for_update(of=("self",), nowait=nowait):
        changing.deactivate(mailbox, now=now)
    if heir is None:
        return
    left = Mailbox.objects.filter(subscription__ended_at__isnull=False).order_by("id")
    free = left.select_for_update(of=("self",), nowait=nowait).values_list("pk", flat=True)
    Mailbox.objects.filter(pk__in=list(free)).update(subscription=heir)
    following_plans.follow_plan(heir, now=now)
