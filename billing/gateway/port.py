"""What we ask of a payment provider, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from billing.money import Money


class GatewayFailure(Exception):
    """The provider could not be asked, or refused; in its own words. What was asked may have happened."""


class EventRefused(ValueError):
    """An event that the provider did not sign with our secret, or too long ago (SECURITY B127)."""


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    # It is not decided yet; an event will tell.
    PENDING = "pending"
    # The bank wants to hear from the holder of the card.
    NEEDS_PERSON = "needs_person"
    FAILED = "failed"


@dataclass(frozen=True)
class Charge:
    """How a payment stands at the provider."""

    reference: str
    outcome: Outcome
    # Why it failed, in the provider's words.
    failure: str = ""


@dataclass(frozen=True)
class Card:
    """A card that the provider keeps."""

    reference: str
    brand: str
    last4: str
    expires_on: date


@dataclass(frozen=True)
class HostedPage:
    """A page of the provider on which a person types what we never see."""

    reference: str
    url: str


@dataclass(frozen=True)
class Event:
    """Something happened at the provider. What is true now is asked, not read from it: events come late and twice."""

    event_id: str
    kind: str
    created_at: datetime
    # Of the object that it is about: a payment intent, a checkout session, a refund.
    reference: str
    # What we wrote on it: the id of our payment, and the public id of the account.
    payment_id: str
    account_id: str


class Gateway(Protocol):
    """A payment provider. What changes something takes a key: asked again with it, nothing happens twice."""

    def customer(self, *, name: str, email: str, account_id: str, key: str) -> str:
        """Make a customer; return how the provider calls it."""

    def card_page(self, customer: str, *, back_to: str, account_id: str, key: str) -> HostedPage:
        """Open a page on which a person gives a card for later payments."""

    def card_of(self, page: str) -> Card | None:
        """Return the card that was given on a page; None while there is none."""

    def forget_card(self, card: str) -> None: ...

    def charge(
        self, customer: str, card: str, amount: Money, *, words: str, payment_id: str, account_id: str
    ) -> Charge:
        """Charge a card while its holder is away; the id of the payment is the key."""

    def payment_page(
        self, customer: str, amount: Money, *, words: str, back_to: str, payment_id: str, account_id: str
    ) -> HostedPage:
        """Open a page on which a person pays once; the id of the payment is the key."""

    def charge_of(self, reference: str) -> Charge:
        """Return how a payment stands, asked by its own reference or that of its page."""

    def refund(self, reference: str, amount: Money, *, key: str) -> Charge:
        """Give back some of what was paid."""

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        """Return an event that the provider sent; raises EventRefused."""
