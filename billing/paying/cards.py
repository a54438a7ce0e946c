"""The card that an account keeps with the payment provider: given on its page, and removed here."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing.gateway.port import Card, Gateway, HostedPage
from billing.models import BillingProfile, Invoice, Payment
from billing.profiles import profile_of
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant


def open_page(tenant: Tenant, *, email: str, back_to: str, gateway: Gateway) -> HostedPage:
    """Open a page of the provider on which somebody gives a card. Raises GatewayFailure."""
    customer = customer_of(tenant, email=email, gateway=gateway)
    account_id = str(tenant.public_id)
    return gateway.card_page(customer, back_to=back_to, account_id=account_id, key=f"card-{new_id()}")


def customer_of(tenant: Tenant, *, email: str, gateway: Gateway) -> str:
    """Return how the provider calls the tenant in scope; it is told of the tenant where it does not know it yet."""
    profile = profile_of(tenant)
    if profile._state.adding:
        profile, _ = BillingProfile.objects.get_or_create(tenant=tenant)
    if profile.gateway_customer:
        return profile.gateway_customer
    made = gateway.customer(
        name=profile.company or tenant.name,
        email=profile.email or email,
        account_id=str(tenant.public_id),
        key=f"customer-{profile.pk}",
    )
    # Whoever was first decides, so that card and charges are of one customer.
    BillingProfile.objects.filter(pk=profile.pk, gateway_customer="").update(gateway_customer=made)
    return profile.refreshed().gateway_customer


def take_in(tenant: Tenant, page: str, *, gateway: Gateway, now: datetime) -> Card | None:
    """Keep the card that was given on a page of the tenant in scope; None when none was. A second time changes nothing.

    The card that it replaces is forgotten by the provider too. Raises GatewayFailure.
    """
    profile = profile_of(tenant)
    if not profile.gateway_customer:
        return None
    card = gateway.card_of(page, customer=profile.gateway_customer)
    if card is None:
        return None
    replaced = _keep(profile, card, now=now)
    if replaced:
        gateway.forget_card(replaced)
    return card


def remove(tenant: Tenant, *, gateway: Gateway | None) -> None:
    """Forget the card of the tenant in scope, here and at the provider; invoices are paid by transfer from then on.

    Raises GatewayFailure when the provider could not be told; nothing is changed then.
    """
    profile = profile_of(tenant)
    if not profile.has_card:
        return
    if gateway is not None:
        gateway.forget_card(profile.gateway_card)
    kept = BillingProfile.objects.filter(pk=profile.pk, gateway_card=profile.gateway_card)
    with transaction.atomic():
        kept.update(
            gateway_card="",
            card_brand="",
            card_last4="",
            card_expires_on=None,
            method=BillingProfile.Method.TRANSFER,
        )
        Invoice.objects.open().exclude(next_charge_at=None).update(next_charge_at=None)


def _keep(profile: BillingProfile, card: Card, *, now: datetime) -> str:
    """Write the card down; return the one that it replaces, "" for none."""
    with transaction.atomic():
        locked = BillingProfile.objects.select_for_update(of=("self",)).get(pk=profile.pk)
        replaced = locked.gateway_card
        if replaced == card.reference:
            return ""
        locked.gateway_card = card.reference
        locked.card_brand, locked.card_last4, locked.card_expires_on = card.brand, card.last4, card.expires_on
        locked.method = BillingProfile.Method.CARD
        locked.save(
            update_fields=["gateway_card", "card_brand", "card_last4", "card_expires_on", "method"],
        )
        _try_failed_ones_again(now=now)
    return replaced


def _try_failed_ones_again(*, now: datetime) -> None:
    """Charge the new card for what the old one was refused for. Invoices that are paid by transfer stay so."""
    states = (Payment.State.FAILED, Payment.State.NEEDS_PERSON)
    refused = Payment.objects.filter(method=Payment.Method.CARD, state__in=states, amount_minor__gt=0, made_by="")
    rows = Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE, pk__in=refused.values("invoice"))
    rows.update(next_charge_at=now)
