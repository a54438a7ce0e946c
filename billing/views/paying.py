"""The card of an account, paying an invoice on the provider's page, and what the provider tells us."""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.paying import MethodForm
from billing.gateway.choosing import gateway
from billing.gateway.port import EventRefused, GatewayFailure, HostedPage
from billing.models import BillingProfile, Invoice, Payment
from billing.paying import cards, events, following, pages, showing
from billing.paying.pages import NotToPay
from billing.profiles import profile_of
from mailhub import clock
from mailhub.tenancy.access import public, requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

log = logging.getLogger(__name__)

# Octets. The provider's own limit is far below.
_MOST_OF_EVENT = 256 * 1024
_UNREACHABLE = "The payment provider cannot be reached at the moment. Nothing was changed; please try again later."


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def payment_method(request: TenantRequest) -> HttpResponse:
    """Show how invoices are paid, the card that is kept, and what was paid with it."""
    return _method_page(request, MethodForm(instance=profile_of(request.principal.tenant)))


@requires(Permission.MANAGE_BILLING)
@require_POST
def payment_method_choose(request: TenantRequest) -> HttpResponse:
    """Have invoices paid by transfer or by the card that is kept."""
    form = MethodForm(request.POST, instance=profile_of(request.principal.tenant))
    if not form.is_valid():
        return _method_page(request, form, status=422)
    form.save()
    messages.success(request, f"Invoices are paid by {form.instance.get_method_display().lower()} from now on.")
    return redirect("billing:payment-method")


@requires(Permission.MANAGE_BILLING)
@require_POST
def card_add(request: TenantRequest) -> HttpResponse:
    """Lead to the page of the provider on which a card is given."""
    provider = gateway()
    if provider is None:
        return _not_offered(request)
    back_to = settings.SITE_URL + reverse("billing:card-return")
    try:
        page = cards.open_page(
            request.principal.tenant, email=request.principal.user.email, back_to=back_to, gateway=provider
        )
    except GatewayFailure as failure:
        return _failed(request, failure, back_to="billing:payment-method")
    return _leave(request, page, lead="You give the card there; mailhub never sees its number.")


@requires(Permission.MANAGE_BILLING)
@never_cache
@require_safe
def card_return(request: TenantRequest) -> HttpResponse:
    """Take in the card that somebody gave (`page` of the query), when they come back from the provider."""
    page, provider = request.GET.get("page", "")[:200], gateway()
    if provider is None:
        return _not_offered(request)
    if not page:
        messages.info(request, "No card was given; nothing was changed.")
        return redirect("billing:payment-method")
    try:
        card = cards.take_in(request.principal.tenant, page, gateway=provider, now=clock.now())
    except GatewayFailure as failure:
        return _failed(request, failure, back_to="billing:payment-method")
    if card is None:
        messages.error(request, "No card was given there. If you gave one, wait a minute and look again.")
    else:
        messages.success(request, f"Invoices are paid with the card •••• {card.last4} from now on.")
    return redirect("billing:payment-method")


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def card_remove(request: TenantRequest) -> HttpResponse:
    """Say what removing the card means, and remove it."""
    tenant = request.principal.tenant
    profile = profile_of(tenant)
    if not profile.has_card:
        return redirect("billing:payment-method")
    if request.method != "POST":
        context = {"card": showing.shown_card(profile, today=clock.now().date())}
        return render(request, "billing/paying/card_remove.html", context)
    try:
        cards.remove(tenant, gateway=gateway())
    except GatewayFailure as failure:
        return _failed(request, failure, back_to="billing:payment-method")
    messages.success(request, "The card is removed. Invoices are paid by bank transfer from now on.")
    return redirect("billing:payment-method")


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_pay(request: TenantRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Show what is to be paid of an invoice, and lead to the page of the provider on which it is paid."""
    invoice = get_object_or_404(Invoice.objects.select_related("issuer"), pk=invoice_id, kind=Invoice.Kind.INVOICE)
    if request.method != "POST":
        return _pay_page(request, invoice)
    provider = gateway()
    if provider is None:
        return _not_offered(request)
    try:
        page = pages.open_page(
            invoice.pk,
            made_by=request.principal.user.email,
            back_to=settings.SITE_URL + reverse("billing:invoice-paid-return", args=[invoice.pk]),
            gateway=provider,
            now=clock.now(),
        )
    except NotToPay as reason:
        messages.error(request, str(reason))
        return redirect("billing:invoice-pay", invoice.pk)
    except GatewayFailure as failure:
        return _failed(request, failure, back_to=reverse("billing:invoice-pay", args=[invoice.pk]))
    return _leave(request, page, lead=f"You pay {invoice.balance} for invoice {invoice.code} there.")


@requires(Permission.MANAGE_BILLING)
@never_cache
@require_safe
def invoice_paid_return(request: TenantRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Ask how the payment ended from whose page somebody comes back."""
    invoice = get_object_or_404(Invoice, pk=invoice_id, kind=Invoice.Kind.INVOICE)
    provider = gateway()
    for payment in Payment.objects.under_way().filter(invoice=invoice, method=Payment.Method.CARD):
        try:
            if provider is not None:
                following.follow(payment.pk, gateway=provider, now=clock.now())
        except GatewayFailure as failure:
            # The provider's event, or the clock, will say.
            log.warning("Payment %s cannot be followed: %s", payment.pk, failure)
    return redirect("billing:invoice-pay", invoice.pk)


# Signed by the provider: that is the proof, and no cookie is.
@public
@csrf_exempt
@never_cache
@require_POST
def gateway_events(request: HttpRequest) -> HttpResponse:
    """Take in an event of the provider (SECURITY B127). It sends again whatever is not answered with 200."""
    provider = gateway()
    if provider is None:
        raise Http404("No payment provider is set up.")
    body = request.read(_MOST_OF_EVENT + 1)
    if len(body) > _MOST_OF_EVENT:
        return _answer("The event is too large.", status=413)
    try:
        events.take_in(body, request.headers.get("Stripe-Signature", ""), gateway=provider, now=clock.now())
    except EventRefused as refused:
        return _answer(str(refused), status=400)
    except GatewayFailure as failure:
        log.warning("An event of the payment provider waits: %s", failure)
        return _answer("Try again later.", status=503)
    return _answer("Thank you.")


def _method_page(request: TenantRequest, form: MethodForm, *, status: int = 200) -> HttpResponse:
    profile = profile_of(request.principal.tenant)
    context = {
        "form": form,
        "card": showing.shown_card(profile, today=clock.now().date()),
        "is_by_card": profile.method == BillingProfile.Method.CARD,
        "is_offered": gateway() is not None,
        "may_change": request.principal.may(Permission.MANAGE_BILLING),
        "payments": showing.card_payments(),
        "open_invoices": showing.open_invoices(),
    }
    return render(request, "billing/paying/payment_method.html", context, status=status)


def _pay_page(request: TenantRequest, invoice: Invoice) -> HttpResponse:
    payments = Payment.objects.filter(invoice=invoice, method=Payment.Method.CARD).order_by("-created_at", "-pk")
    newest = payments.first()
    context: dict[str, Any] = {
        "invoice": invoice,
        "newest": showing.shown(newest) if newest else None,
        "is_to_pay": invoice.state == Invoice.State.OPEN and invoice.balance.minor > 0,
        "is_offered": gateway() is not None,
    }
    return render(request, "billing/paying/invoice_pay.html", context)


def _not_offered(request: TenantRequest) -> HttpResponse:
    messages.error(request, "Paying by card is not offered here.")
    return redirect("billing:payment-method")


def _leave(request: TenantRequest, page: HostedPage, *, lead: str) -> HttpResponse:
    # A page that leads on, and no redirect: the content policy lets no form end at another site.
    return render(request, "billing/paying/leaving.html", {"address": page.url, "lead": lead})


def _failed(request: TenantRequest, failure: GatewayFailure, *, back_to: str) -> HttpResponse:
    log.warning("The payment provider could not be asked: %s", failure)
    messages.error(request, _UNREACHABLE)
    return redirect(back_to)


def _answer(words: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")
