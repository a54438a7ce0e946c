"""Doorbells of the reply checks."""

import uuid

from celery import shared_task

from mailboxes import reply_checking
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask


@shared_task(base=Bell)
def check_replies_due() -> None:
    """Give up what did not arrive in time, and ring for the servers that have their turn in the week."""
    now = clock.now()
    with unscoped("the clock looks for reply checks of every tenant"):
        reply_checking.give_up_overdue(now=now)
        due = reply_checking.due_weekly(now=now)
    for tenant_id, server_id in due:
        check_replies.ring(tenant_id, server_id)


@shared_task(base=TenantTask)
def check_replies(tenant_id: int, outgoing_server_id: str) -> None:
    """Start the weekly reply check of one outgoing server."""
    reply_checking.start_weekly(uuid.UUID(outgoing_server_id), now=clock.now())
