"""What a letter about overdue invoices says; it goes out from the operator, never through the customer's server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from billing.dunning.owing import Owed
from billing.dunning.stages import Letter
from mailhub.lib.headers import clean_header


def send(letter: Letter, owed: Owed, *, to: Sequence[str]) -> None:
    """Put the mail into the operator's outbox, within the transaction that is open.

    All that is owed stands in it; `letter` is the weightiest of those that are due.
    """
    context = _context(letter, owed)
    parts = {name: render_to_string(f"billing/mail/overdue/{name}", context) for name in ("subject.txt", "body.txt")}
    mail = EmailMultiAlternatives(
        clean_header(parts["subject.txt"]),
        parts["body.txt"].strip() + "\n",
        to=list(to),
        reply_to=[owed.invoices[0].issuer.email] if owed.invoices[0].issuer.email else None,
        connection=get_connection(settings.INVOICE_EMAIL_BACKEND),
    )
    mail.attach_alternative(render_to_string("billing/mail/overdue/body.html", context), "text/html")
    mail.send()


def _context(letter: Letter, owed: Owed) -> dict[str, Any]:
    first = owed.invoices[0]
    rows = [
        {"invoice": one, "url": settings.SITE_URL + reverse("billing:invoice-detail", args=[one.pk])}
        for one in owed.invoices
    ]
    return {
        "account": owed.tenant.name,
        "kind": letter.kind,
        "is_first": letter.kind == "reminder-1",
        "rows": rows,
        "first": first,
        "total": owed.total,
        "sequences_stop_on": owed.sequences_stop_on,
        "read_only_on": owed.read_only_on,
        "today": owed.today,
        "issuer": first.issuer,
        "site_url": settings.SITE_URL,
    }
