"""Plans: what an account has, what the running month costs so far, what counts, and changes of plan."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import listing, subscribing
from billing.comparing import compare
from billing.ending import ended_ones, last_day_of
from billing.forms.plans import PlanForm
from billing.limits import LimitExceeded
from billing.models import Feature, Plan, Subscription
from billing.overview import running_months, sums_of
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# From so many on, each shows its month when it is opened.
_MANY = 4


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def plan(request: TenantRequest) -> HttpResponse:
    """Show the running month of each subscription: how full it is, its use by day, and its invoice so far."""
    tenant = request.principal.tenant
    running = list(Subscription.objects.running().select_related("next_plan"))
    months = running_months(running, tenant=tenant, now=clock.now())
    context = {
        "months": months,
        "sums": sums_of(months),
        "has_many": len(months) >= _MANY,
        "has_several": len(months) > 1,
        "ended": ended_ones(zone=tenant.time_zone),
        "plans": list(Plan.objects.current()),
        "features": list(Feature),
        "zone": tenant.time_zone,
        "may_change": request.principal.may(Permission.MANAGE_BILLING),
    }
    return render(request, "billing/plan.html", context)


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_change(request: TenantRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Show what another plan (`plan` of the query) would change, and change to it when that is confirmed.

    Without a plan, or with one that is not sold, the plans are there to choose from.
    """
    subscription = get_object_or_404(Subscription.objects.running().select_related("next_plan"), pk=subscription_id)
    is_asked = request.method == "POST"
    form = PlanForm(subscription, request.POST if is_asked else None, initial=request.GET.dict())
    if is_asked and form.is_valid() and _is_changed(request, subscription, form):
        return redirect("billing:plan")
    tenant = request.principal.tenant
    context: dict[str, Any] = {
        "subscription": subscription,
        "form": form,
        "zone": tenant.time_zone,
        "last_day": last_day_of(subscription),
    }
    if form.chosen is None or form.chosen.pk == subscription.plan_id:
        context |= {"plans": list(Plan.objects.current()), "features": list(Feature)}
        return render(request, "billing/plan_choose.html", context, status=422 if is_asked else 200)
    context["refusal"] = _refusal(subscription, form.chosen)
    if form.chosen.currency == subscription.plan.currency:
        comparison = compare(subscription, form.chosen, tenant=tenant, now=clock.now())
        form.say_costs(comparison)
        context["comparison"] = comparison
    return render(request, "billing/plan_change.html", context, status=422 if is_asked else 200)


@requires(Permission.MANAGE_BILLING)
@require_POST
def plan_change_drop(request: TenantRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """Withdraw a change that was planned for the end of the month."""
    subscription = get_object_or_404(Subscription.objects.running(), pk=subscription_id)
    try:
        if subscribing.drop_planned_change(subscription):
            messages.success(request, f"{subscription} keeps the plan {subscription.plan}.")
    except LimitExceeded as error:
        messages.error(request, str(error))
    return redirect("billing:plan")


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def ledger_list(request: TenantRequest) -> HttpResponse:
    """Show which mailboxes began and ceased to count, and when; of one `subscription` where the query names it."""
    only = _row_id(request.GET.get("subscription", ""))
    subscription = get_object_or_404(Subscription.objects.all(), pk=only) if only else None
    page = listing.page_of(before=_row_id(request.GET.get("before", "")), subscription=subscription)
    context = {"page": page, "subscription": subscription, "zone": request.principal.tenant.time_zone}
    return render(request, "billing/ledger.html", context)


def _refusal(subscription: Subscription, wanted: Plan) -> str:
    """Return why the plan cannot be chosen, and what the way out is; empty where it can."""
    try:
        subscribing.check_change(subscription, wanted)
    except (LimitExceeded, subscribing.ChangeRefused) as error:
        return str(error)
    return ""


def _is_changed(request: TenantRequest, subscription: Subscription, form: PlanForm) -> bool:
    wanted = form.cleaned_data["plan"]
    try:
        if form.is_now:
            subscribing.change_plan(subscription, wanted, now=clock.now())
            messages.success(request, f"{subscription} has the plan {wanted} now.")
        else:
            planned = subscribing.change_plan_at_month_end(subscription, wanted)
            last_day = last_day_of(planned)
            words = f"{subscription} has the plan {wanted} after {last_day:%-d %B}. Until then it keeps {planned.plan}."
            messages.success(request, words)
    except (LimitExceeded, subscribing.ChangeRefused) as error:
        # Somebody activated a mailbox, or cancelled, since the form was checked.
        form.add_error("plan", str(error))
        return False
    return True


def _row_id(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such page.") from error
