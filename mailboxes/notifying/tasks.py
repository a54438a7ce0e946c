"""The doorbell of what people are told."""

from celery import shared_task

from mailboxes.notifying import mailing, overdue
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell


@shared_task(base=Bell)
def notify() -> None:
    """Tell people what is overdue, and mail them what they have not looked at."""
    with unscoped("people of every tenant are told"):
        overdue.tell(now=clock.now())
        mailing.mail_due(now=clock.now())
