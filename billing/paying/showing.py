"""What people see of cards and payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.models import BillingProfile, Invoice, Payment

# On the page of the payment method.
_MOST_PAYMENTS = 20

_PILLS = {
    Payment.State.PENDING: "waits",
    Payment.State.NEEDS_PERSON: "needs",
    Payment.State.SUCCEEDED: "works",
    Payment.State.FAILED: "needs",
}


@dataclass(frozen=True)
class ShownCard:
    """The card that is kept, as it is shown: `Visa •••• 4242`."""

    brand: str
    last4: str
    expires_on: date | None
    is_expired: bool
    expires_soon: bool


@dataclass(frozen=True)
class ShownPayment:
    """One try to pay by card, or money that went back."""

    payment: Payment
    pill: str
    word: str


def shown_card(profile: BillingProfile, *, today: date) -> ShownCard | None:
    """Return the card of an account; None while it keeps none."""
    if not profile.has_card:
        return None
    expires_on = profile.card_expires_on
    is_expired = expires_on is not None and expires_on < today
    expires_soon = expires_on is not None and not is_expired and (expires_on - today).days <= 45
    brand = profile.card_brand.replace("_", " ").title() or "Card"
    return ShownCard(brand, profile.card_last4, expires_on, is_expired, expires_soon)


def card_payments() -> Sequence[ShownPayment]:
    """Return the newest payments by card of the tenant in scope, in one query."""
    rows = Payment.objects.filter(method=Payment.Method.CARD).select_related("invoice").order_by("-created_at", "-pk")
    return [shown(one) for one in rows[:_MOST_PAYMENTS]]


def shown(payment: Payment) -> ShownPayment:
    """Return how a payment is shown."""
    state = Payment.State(payment.state)
    is_return = payment.amount_minor < 0
    word = "Given back" if is_return and state == Payment.State.SUCCEEDED else state.label
    return ShownPayment(payment, _PILLS[state], str(word))


def open_invoices() -> Sequence[Invoice]:
    """Return what the tenant in scope still has to pay, oldest first."""
    return list(Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE).order_by("due_on", "pk"))
