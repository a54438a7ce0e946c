"""Subscriptions: one more, one that ends, and one that goes on after all."""

import uuid

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from billing import subscribing
from billing.ending import end_day_of, what_ends
from billing.forms.plans import SubscriptionForm
from billing.limits import LimitExceeded
from billing.models import Subscription
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_add(request: TenantRequest) -> HttpResponse:
    """Start one more subscription."""
    form = SubscriptionForm(request.POST or None, tenant=request.principal.tenant, now=clock.now())
    if form.is_valid() and _is_started(request, form):
        messages.success(request, f"The subscription {form.cleaned_data['name']} has started.")
        return redirect("billing:plan")
    context = {"form": form, "zone": request.principal.tenant.time_zone}
    return render(request, "billing/subscription_add.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_cancel(request: TenantRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Say what ends with a subscription, and when; let it end with its month when that is confirmed."""
    subscription = get_object_or_404(Subscription.objects.running().select_related("next_plan"), pk=subscription_id)
    zone, now, is_asked = request.principal.tenant.time_zone, clock.now(), request.method == "POST"
    try:
        subscribing.check_cancel(subscription)
        if is_asked:
            cancelled = subscribing.cancel(subscription, now=now)
            last_day = end_day_of(cancelled, zone=zone, asked_at=cancelled.cancelled_at or now)
            words = f"{subscription} ends after {last_day:%-d %B}. Until then it can go on after all."
            messages.success(request, words)
            return redirect("billing:plan")
    except (LimitExceeded, subscribing.ChangeRefused) as error:
        refusal = str(error)
    else:
        refusal = ""
    context = {"subscription": subscription, "ending": what_ends(subscription, zone=zone, now=now), "refusal": refusal}
    return render(request, "billing/subscription_cancel.html", context, status=422 if is_asked else 200)


@requires(Permission.MANAGE_BILLING)
@require_POST
def subscription_continue(request: TenantRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Let a subscription that was cancelled go on."""
    subscription = get_object_or_404(Subscription.objects.running(), pk=subscription_id)
    try:
        if subscribing.keep(subscription):
            messages.success(request, f"{subscription} goes on.")
    except LimitExceeded as error:
        messages.error(request, str(error))
    return redirect("billing:plan")


def _is_started(request: TenantRequest, form: SubscriptionForm) -> bool:
    name, wanted = form.cleaned_data["name"], form.cleaned_data["plan"]
    try:
        with transaction.atomic():
            subscribing.start(request.principal.tenant, wanted, name=name, now=clock.now())
    except IntegrityError:
        form.add_error("name", "Another subscription of this account has this name.")
        return False
    return True
