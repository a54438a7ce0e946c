"""Reads what Stripe says into the words of the port. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from billing.gateway.port import About, Card, Charge, Event, EventRefused, Outcome

PAGE, INTENT, REFUND = "cs_", "pi_", "re_"

_WANTS_PERSON = "authentication_required"
_ABOUT = {
    "payment_intent": About.PAYMENT,
    "refund": About.REFUND,
    "charge": About.REFUND,
    "dispute": About.DISPUTE,
}


def charge_of_intent(intent: Mapping[str, Any]) -> Charge:
    """Return how a payment intent stands."""
    reference, status = str(intent["id"]), intent.get("status")
    error = intent.get("last_payment_error") or {}
    failure = str(error.get("message") or "")
    if status == "succeeded":
        return Charge(reference, Outcome.SUCCEEDED)
    if status == "requires_action":
        return Charge(reference, Outcome.NEEDS_PERSON, failure or "The bank asks for a confirmation.")
    if status == "requires_payment_method":
        wants_person = _WANTS_PERSON in (error.get("code"), error.get("decline_code"))
        return Charge(reference, Outcome.NEEDS_PERSON if wants_person else Outcome.FAILED, failure or "Not paid.")
    if status == "canceled":
        return Charge(reference, Outcome.FAILED, failure or "Taken back.")
    return Charge(reference, Outcome.PENDING)


def charge_of_page(page: Mapping[str, Any]) -> Charge:
    """Return how a checkout session stands on which somebody pays; its reference is the payment's once there is one."""
    reference = str(page.get("payment_intent") or page["id"])
    if page.get("status") == "expired":
        return Charge(reference, Outcome.FAILED, "The payment page was not used in time.")
    if page.get("status") == "complete" and page.get("payment_status") == "paid":
        return Charge(reference, Outcome.SUCCEEDED)
    return Charge(str(page["id"]), Outcome.PENDING)


def charge_of_refund(refund: Mapping[str, Any]) -> Charge:
    """Return how money that goes back stands."""
    reference, status = str(refund["id"]), refund.get("status")
    if status == "succeeded":
        return Charge(reference, Outcome.SUCCEEDED)
    if status in ("failed", "canceled"):
        return Charge(reference, Outcome.FAILED, str(refund.get("failure_reason") or "The refund failed."))
    return Charge(reference, Outcome.PENDING)


def charge_of_refusal(error: Mapping[str, Any]) -> Charge:
    """Return how a payment stands that was refused at once: the answer 402 to a charge."""
    words = str(error.get("message") or "The card was declined.")
    intent = error.get("payment_intent") or {}
    wants_person = _WANTS_PERSON in (error.get("code"), error.get("decline_code"))
    return Charge(str(intent.get("id") or ""), Outcome.NEEDS_PERSON if wants_person else Outcome.FAILED, words)


def card_of_method(method: Mapping[str, Any]) -> Card:
    """Return the card of a payment method."""
    card = method["card"]
    year, month = int(card["exp_year"]), int(card["exp_month"])
    return Card(
        reference=str(method["id"]),
        brand=str(card.get("display_brand") or card.get("brand") or "card")[:30],
        last4=str(card.get("last4") or "")[:4],
        expires_on=date(year, month, monthrange(year, month)[1]),
    )


def event_of(said: Any) -> Event:
    """Return an event whose signature was good; raises EventRefused for what is none."""
    try:
        thing = said["data"]["object"]
        written = thing.get("metadata") or {}
        return Event(
            event_id=_short(said["id"], 100),
            kind=_short(said["type"], 80),
            about=_about(thing),
            created_at=datetime.fromtimestamp(int(said["created"]), UTC),
            reference=str(thing.get("id") or ""),
            payment_id=str(written.get("payment_id") or ""),
            account_id=str(written.get("account_id") or ""),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise EventRefused("This is not an event.") from error


def _short(value: Any, length: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= length:
        raise ValueError("Not a text of an event.")
    return value


def _about(thing: Mapping[str, Any]) -> About:
    if thing.get("object") == "checkout.session":
        return About.CARD_PAGE if thing.get("mode") == "setup" else About.PAYMENT
    return _ABOUT.get(str(thing.get("object")), About.NOTHING)
