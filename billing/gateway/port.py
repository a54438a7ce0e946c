"""What we ask of a payment provider, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing.money import Money

# So long the same key is good for the same answer (Stripe: a day, at least).
KEYS_LAST = timedelta(hours=20)


class GatewayFailure(Exception):
    """The provider could not be asked, or did not answer as it should. What was asked may have happened."""


class GatewayRefused(GatewayFailure):
    """The provider understood and refused, in its own words: what was asked has not happened, and will not."""


class EventRefused(ValueError):
    """An event that the provider did not sign with a secret of ours, or signed too long ago (SECURITY B127)."""


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    # It is not decided yet; an event will tell.
    PENDING = "pending"
    # The bank wants to hear from the holder of the card.
    NEEDS_PERSON = "needs_person"
    FAILED = "failed"


@dataclass(frozen=True)
class Charge:
    """How a payment, or money that goes back, stands at the provider."""

    # Empty where the provider made nothing that it could be asked about.
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
    # The last day on which it is valid.
    expires_on: date


@dataclass(frozen=True)
class HostedPage:
    """A page of the provider on which a person types what we never see."""

    reference: str
    url: str


class About(StrEnum):
    """What kind of object an event is about, as far as it matters here."""

    PAYMENT = "payment"
    CARD_PAGE = "card_page"
    # Money went back, or somebody asked their bank for it back: told to the operator.
    REFUND = "refund"
    DISPUTE = "dispute"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Event:
    """Something happened at the provider. What is true now is asked, not read from it: events come late and twice."""

    event_id: str
    # In the provider's words.
    kind: str
    about: About
    created_at: datetime
    # Of the object that it is about: a payment intent, a checkout session, a refund.
    reference: str
    # What we wrote on it: the id of our payment, and the public id of the account. Empty where nothing was written.
    payment_id: str
    account_id: str


class Gateway(Protocol):
    """A payment provider. What changes something takes a key: asked again with it, nothing happens twice.

    Keys are forgotten (KEYS_LAST), so what is older is looked for with `find_charge` and `find_refund`.
    Everything raises GatewayFailure, and GatewayRefused where nothing can have happened.
    """

    def customer(self, *, name: str, email: str, account_id: str, key: str) -> str:
        """Make a customer; return how the provider calls it."""

    def card_page(self, customer: str, *, back_to: str, account_id: str, key: str) -> HostedPage:
        """Open a page on which a person gives a card for later payments.

        It leads back to `back_to`, with its own reference as the parameter `page` when a card was given.
        """

    def card_of(self, page: str, *, customer: str) -> Card | None:
        """Return the card that this customer gave on a page; None while there is none, and on the page of another.

        None, too, for one that was forgotten since.
        """

    def forget_card(self, card: str) -> None:
        """Make the provider forget a card; one that it does not know is forgotten already."""

    def charge(
        self, customer: str, card: str, amount: Money, *, words: str, payment_id: str, account_id: str
    ) -> Charge:
        """Charge a card while its holder is away; the id of the payment is the key."""

    def payment_page(
        self,
        customer: str,
        amount: Money,
        *,
        words: str,
        back_to: str,
        payment_id: str,
        account_id: str,
        expires_at: datetime,
    ) -> HostedPage:
        """Open a page on which a person pays once; the id of the payment is the key."""

    def charge_of(self, reference: str) -> Charge:
        """Return how a payment or a refund stands, asked by its own reference or by that of its page."""

    def find_charge(self, customer: str, *, payment_id: str, since: datetime) -> Charge | None:
        """Return the charge that was made for a payment of ours; None when the provider made none."""

    def withdraw(self, reference: str) -> Charge:
        """Take back what is not paid yet, and return how it stands then: it may have been paid meanwhile."""

    def refund(self, reference: str, amount: Money, *, payment_id: str, account_id: str) -> Charge:
        """Give back some of what was paid; the id of our (negative) payment is the key."""

    def find_refund(self, reference: str, *, payment_id: str) -> Charge | None:
        """Return the refund that was made of a payment for a (negative) payment of ours; None when there is none."""

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        """Return an event that the provider sent; raises EventRefused."""
