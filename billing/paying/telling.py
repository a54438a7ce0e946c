"""Mail about cards: a charge that was refused, and one that the holder has to confirm. It comes from the operator."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from billing.models import Payment
from billing.profiles import profile_of
from billing.recipients import recipients_of
from mailhub.lib.headers import clean_header


def tell_of_failure(payment: Payment, *, again_at: datetime | None) -> None:
    """Say that the card was refused, why, and when it is tried again. Within the transaction that writes it down."""
    zone = ZoneInfo(payment.tenant.time_zone)
    _send("card_refused", payment, {"again_on": again_at.astimezone(zone).date() if again_at else None})


def tell_of_confirmation(payment: Payment) -> None:
    """Say that the bank wants to hear from the holder of the card, and where."""
    _send("card_confirmation", payment, {})


def _send(name: str, payment: Payment, more: dict[str, Any]) -> None:
    recipients = recipients_of(payment.tenant)
    if not recipients:
        return
    profile = profile_of(payment.tenant)
    context = {
        "account": payment.tenant.name,
        "payment": payment,
        "invoice": payment.invoice,
        "issuer": payment.invoice.issuer,
        "profile": profile,
        "url": settings.SITE_URL + reverse("billing:invoice-pay", args=[payment.invoice_id]),
        "card_url": settings.SITE_URL + reverse("billing:payment-method"),
        "site_url": settings.SITE_URL,
        **more,
    }
    parts = {one: render_to_string(f"billing/paying/mail/{name}/{one}", context) for one in _PARTS}
    issuer_email = payment.invoice.issuer.email
    mail = EmailMultiAlternatives(
        clean_header(parts["subject.txt"]),
        parts["body.txt"].strip() + "\n",
        to=recipients,
        reply_to=[issuer_email] if issuer_email else None,
        connection=get_connection(settings.INVOICE_EMAIL_BACKEND),
    )
    mail.attach_alternative(parts["body.html"], "text/html")
    mail.send()


_PARTS = ("subject.txt", "body.txt", "body.html")
