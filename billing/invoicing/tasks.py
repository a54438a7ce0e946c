"""Doorbells of documents."""

from celery import shared_task

from billing.invoicing import posting
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell


@shared_task(base=Bell)
def post_documents() -> None:
    """Mail the invoices and credit notes that wait for it."""
    with unscoped("the clock mails new documents of every tenant"):
        posting.post_due(now=clock.now)
