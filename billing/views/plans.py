"""Plans and subscriptions: what an account has, what it costs, and what counts."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from billing import listing, subscribing
from billing.comparing import compare
from billing.forms.plans import PlanForm, SubscriptionForm
from billing.limits import LimitReached
from billing.models import Feature, Plan, Subscription
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def plan(request: TenantRequest) -> HttpResponse:
    """Show the subscriptions of the account, how full they are, and the plans side by side."""
    context = {
        "subscriptions": list(Subscription.objects.running()),
        "plans": list(Plan.objects.filter(is_current=True).order_by("price_minor", "code")),
        "features": list(Feature),
        "may_change": request.principal.may(Permission.MANAGE_BILLING),
    }
    return render(request, "billing/plan.html", context)


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_change(request: TenantRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Show what another plan (`plan` of the query) would change, and change to it when that is confirmed."""
    subscription = get_object_or_404(Subscription.objects.running(), pk=subscription_id)
    form = PlanForm(subscription, request.POST if request.method == "POST" else request.GET)
    is_valid = form.is_valid()
    if request.method == "POST" and is_valid and _is_changed(request, subscription, form):
        return redirect("billing:plan")
    if form.chosen is None and request.method != "POST":
        return redirect("billing:plan")
    context: dict[str, Any] = {"subscription": subscription, "form": form}
    if form.chosen is not None:
        context["comparison"] = compare(subscription, form.chosen)
    return render(request, "billing/plan_change.html", context, status=422 if request.method == "POST" else 200)


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_add(request: TenantRequest) -> HttpResponse:
    """Start one more subscription."""
    form = SubscriptionForm(request.POST or None, instance=Subscription(tenant=request.principal.tenant))
    if form.is_valid() and _is_started(request, form):
        messages.success(request, f"The subscription {form.cleaned_data['name']} has started.")
        return redirect("billing:plan")
    return render(request, "billing/subscription_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def ledger_list(request: TenantRequest) -> HttpResponse:
    """Show which mailboxes began and ceased to count, and when."""
    page = listing.page_of(before=_row_id(request.GET.get("before", "")))
    return render(request, "billing/ledger.html", {"page": page})


def _is_changed(request: TenantRequest, subscription: Subscription, form: PlanForm) -> bool:
    wanted = form.cleaned_data["plan"]
    try:
        subscribing.change_plan(subscription, wanted, now=clock.now())
    except LimitReached as error:
        # Somebody activated a mailbox since the form was checked.
        form.add_error("plan", str(error))
        return False
    messages.success(request, f"{subscription} has the plan {wanted} now.")
    return True


def _is_started(request: TenantRequest, form: SubscriptionForm) -> bool:
    name, wanted = form.cleaned_data["name"], form.cleaned_data["plan"]
    try:
        with transaction.atomic():
            subscribing.start(request.principal.tenant, wanted, name=name, now=clock.now())
    except IntegrityError:
        form.add_error("name", "Another subscription of this account has this name.")
        return False
    return True


def _row_id(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such page.") from error
