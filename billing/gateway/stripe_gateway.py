"""Stripe: the port spoken to its API. Its library and its errors are known in this package alone."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import stripe
from stripe import StripeClient

from billing.gateway.port import (
    Card,
    Charge,
    Event,
    EventRefused,
    GatewayFailure,
    GatewayRefused,
    HostedPage,
)
from billing.gateway.signatures import check_signature
from billing.gateway.stripe_objects import (
    INTENT,
    PAGE,
    REFUND,
    card_of_method,
    charge_of_intent,
    charge_of_page,
    charge_of_refund,
    charge_of_refusal,
    event_of,
)
from billing.gateway.transport import Transport
from billing.money import Money
from mailhub.lib.secret import Secret, mask

# The version of the API that this was written for; another one is chosen here, never in Stripe's settings.
API_VERSION = "2026-10-28.endive"
API_URL = "https://api.stripe.com"

# A list is looked through so far; an account has a handful of charges a month.
_MOST_CHARGES = 100

# The library has no other switch than this one: with it on, it writes a number of the installation to disk.
stripe.enable_telemetry = False


class StripeGateway:
    """Speaks to one account at Stripe."""

    def __init__(self, secret_key: Secret, webhook_secrets: tuple[Secret, ...], *, api_url: str = "") -> None:
        self._secrets = (secret_key, *webhook_secrets)
        self._webhook_secrets = webhook_secrets
        client = StripeClient(
            secret_key.reveal(),
            stripe_version=API_VERSION,
            base_addresses={"api": api_url or API_URL},
            max_network_retries=0,
            http_client=Transport(allows_http=bool(api_url)),
        )
        self._api = client.v1

    def customer(self, *, name: str, email: str, account_id: str, key: str) -> str:
        params: Any = {"name": name, "email": email, "metadata": {"account_id": account_id}}
        made = self._ask(lambda: self._api.customers.create(params, {"idempotency_key": key}))
        return str(made["id"])

    def card_page(self, customer: str, *, back_to: str, account_id: str, key: str) -> HostedPage:
        params: Any = {
            "mode": "setup",
            "customer": customer,
            "payment_method_types": ["card"],
            "success_url": f"{back_to}?page={{CHECKOUT_SESSION_ID}}",
            "cancel_url": back_to,
            "metadata": {"account_id": account_id},
            "setup_intent_data": {"metadata": {"account_id": account_id}},
        }
        return self._page(params, key=key)

    def card_of(self, page: str, *, customer: str) -> Card | None:
        if not page.startswith(PAGE) or not page.isascii() or not page.replace("_", "").isalnum():
            return None
        expand: Any = {"expand": ["setup_intent.payment_method"]}
        try:
            session = self._ask(lambda: self._api.checkout.sessions.retrieve(page, expand))
        except GatewayRefused:
            # There is no such page.
            return None
        intent = session.get("setup_intent")
        if session.get("customer") != customer or not isinstance(intent, Mapping):
            return None
        method = intent.get("payment_method")
        if intent.get("status") != "succeeded" or not isinstance(method, Mapping) or "card" not in method:
            return None
        # One that was replaced or removed since is nobody's: its page, seen again, brings it not back.
        return card_of_method(method) if method.get("customer") == customer else None

    def forget_card(self, card: str) -> None:
        try:
            self._ask(lambda: self._api.payment_methods.detach(card, options={"idempotency_key": f"forget-{card}"}))
        except GatewayRefused:
            # It does not know the card, or keeps it for nobody: that is what was wanted.
            return

    def charge(
        self, customer: str, card: str, amount: Money, *, words: str, payment_id: str, account_id: str
    ) -> Charge:
        params: Any = {
            **_amount(amount),
            "customer": customer,
            "payment_method": card,
            "payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
            "description": words,
            "metadata": {"payment_id": payment_id, "account_id": account_id},
        }
        try:
            made = self._ask(lambda: self._api.payment_intents.create(params, {"idempotency_key": payment_id}))
        except _Declined as declined:
            return charge_of_refusal({**declined.error, "message": declined.words})
        return charge_of_intent(made)

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
        written = {"payment_id": payment_id, "account_id": account_id}
        price = {
            "currency": amount.currency.lower(),
            "unit_amount": amount.minor,
            "product_data": {"name": words},
        }
        params: Any = {
            "mode": "payment",
            "customer": customer,
            "payment_method_types": ["card"],
            "line_items": [{"quantity": 1, "price_data": price}],
            "success_url": back_to,
            "cancel_url": back_to,
            "expires_at": int(expires_at.timestamp()),
            "metadata": written,
            "payment_intent_data": {"description": words, "metadata": written},
        }
        return self._page(params, key=payment_id)

    def charge_of(self, reference: str) -> Charge:
        if reference.startswith(PAGE):
            return charge_of_page(self._ask(lambda: self._api.checkout.sessions.retrieve(reference)))
        if reference.startswith(REFUND):
            return charge_of_refund(self._ask(lambda: self._api.refunds.retrieve(reference)))
        return charge_of_intent(self._ask(lambda: self._api.payment_intents.retrieve(reference)))

    def find_charge(self, customer: str, *, payment_id: str, since: datetime) -> Charge | None:
        params: Any = {"customer": customer, "created": {"gte": int(since.timestamp())}, "limit": _MOST_CHARGES}
        found = self._ask(lambda: self._api.payment_intents.list(params))["data"]
        mine = [one for one in found if (one.get("metadata") or {}).get("payment_id") == payment_id]
        return charge_of_intent(mine[0]) if mine else None

    def withdraw(self, reference: str) -> Charge:
        options: Any = {"idempotency_key": f"withdraw-{reference}"}
        try:
            if reference.startswith(PAGE):
                self._ask(lambda: self._api.checkout.sessions.expire(reference, options=options))
            elif reference.startswith(INTENT):
                self._ask(lambda: self._api.payment_intents.cancel(reference, options=options))
        except GatewayRefused:
            # It has ended already, one way or the other: how, is asked.
            return self.charge_of(reference)
        return self.charge_of(reference)

    def refund(self, reference: str, amount: Money, *, payment_id: str, account_id: str) -> Charge:
        params: Any = {
            "payment_intent": reference,
            "amount": amount.minor,
            "metadata": {"payment_id": payment_id, "account_id": account_id},
        }
        made = self._ask(lambda: self._api.refunds.create(params, {"idempotency_key": payment_id}))
        return charge_of_refund(made)

    def find_refund(self, reference: str, *, payment_id: str) -> Charge | None:
        params: Any = {"payment_intent": reference, "limit": _MOST_CHARGES}
        found = self._ask(lambda: self._api.refunds.list(params))["data"]
        mine = [one for one in found if (one.get("metadata") or {}).get("payment_id") == payment_id]
        return charge_of_refund(mine[0]) if mine else None

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        check_signature(body, signature, self._webhook_secrets, now=now)
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise EventRefused("The event is not JSON.") from error
        return event_of(said)

    def _page(self, params: Any, *, key: str) -> HostedPage:
        made = self._ask(lambda: self._api.checkout.sessions.create(params, {"idempotency_key": key}))
        return HostedPage(str(made["id"]), str(made.get("url") or ""))

    def _ask(self, ask: Callable[[], stripe.StripeObject]) -> dict[str, Any]:
        """Return what Stripe says, as plain values; raises GatewayFailure and GatewayRefused, without our key."""
        try:
            return ask().to_dict()
        except stripe.CardError as error:
            raise _Declined(self._words(error), _error_in(error)) from None
        except stripe.IdempotencyError as error:
            # Something was asked with this key before: it may have happened.
            raise GatewayFailure(self._words(error)) from None
        except stripe.InvalidRequestError as error:
            raise GatewayRefused(self._words(error)) from None
        except stripe.StripeError as error:
            # A key that is not valid, a request with the same key at work, an error over there: a later try may do.
            raise GatewayFailure(self._words(error)) from None

    def _words(self, error: stripe.StripeError) -> str:
        return mask(str(error.user_message or "Stripe gave no reason."), *self._secrets)[:500]


class _Declined(GatewayRefused):
    """The bank of the card's holder said no, or wants to hear from them."""

    def __init__(self, words: str, error: Mapping[str, Any]) -> None:
        super().__init__(words)
        self.words = words
        self.error = error


def _amount(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency.lower()}


def _error_in(error: stripe.StripeError) -> Mapping[str, Any]:
    body = error.json_body
    said = body.get("error") if isinstance(body, dict) else None
    return said if isinstance(said, dict) else {}
