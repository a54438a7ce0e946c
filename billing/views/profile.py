"""Billing details: whom invoices are made out to, and what tax follows from it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from billing import countries, profiles, taxing
from billing.forms.profile import ProfileForm
from billing.invoicing.parties import rates_on
from billing.models import Issuer
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_SAVED = "Billing details saved. They hold for documents from now on; those that were issued stay as they are."


@requires(Permission.MANAGE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_change(request: TenantRequest) -> HttpResponse:
    """Show and change the details that documents have from now on."""
    tenant = request.principal.tenant
    form = ProfileForm(profiles.profile_of(tenant), request.POST if request.method == "POST" else None)
    if form.is_valid():
        profiles.change_profile(tenant, form.values)
        messages.success(request, _SAVED)
        return redirect("billing:profile-change")
    context = {"form": form, **_tax_context(request, form, now=clock.now())}
    return render(request, "billing/profile.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_BILLING)
@require_POST
def profile_tax(request: TenantRequest) -> HttpResponse:
    """Show what documents would say with the details as they are typed; nothing is changed."""
    form = ProfileForm(profiles.profile_of(request.principal.tenant), request.POST)
    form.full_clean()
    return render(request, "billing/_profile_tax.html", _tax_context(request, form, now=clock.now()))


def _tax_context(request: TenantRequest, form: ProfileForm, *, now: datetime) -> dict[str, Any]:
    tenant, profile = request.principal.tenant, form.seen
    issuer = profile.issuer or Issuer.objects.default()
    today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
    return {
        "tax": taxing.tax_in_words(issuer, profile, rates_on(today)),
        "buyer": profile.company or tenant.name,
        "profile": profile,
        "country_name": countries.name_of(profile.country),
    }
