"""Addresses that are not written to any more, and what happened to them (SPEC I5, S6)."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from mailboxes.models import AddressStanding
from mailboxes.standing import changing
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

PAGE_SIZE = 50
_MOST_CHANGES = 200
_STANDINGS = {
    "incorrect": ("Incorrect", Q(incorrect_since__isnull=False)),
    "complained": ("Complained", Q(complained_at__isnull=False)),
    "unsubscribed": ("Unsubscribed", Q(unsubscribed_at__isnull=False)),
    "bounced": ("Bounced, still written to", Q(incorrect_since=None, temporary_bounce_count__gt=0)),
}


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def address_list(request: TenantRequest) -> HttpResponse:
    """Show the addresses of which something is known, what changed last first."""
    standing, search = request.GET.get("standing", ""), request.GET.get("q", "").strip()[:100]
    page = Paginator(_wanted(standing, search), PAGE_SIZE).get_page(request.GET.get("page"))
    chips = [(name, label, name == standing) for name, (label, _condition) in _STANDINGS.items()]
    chosen = standing if standing in _STANDINGS else ""
    query = urlencode({"standing": chosen, "q": search})
    context = {"page": page, "query": query, "search": search, "standing": chosen, "chips": chips}
    return render(request, "mailboxes/setup/addresses.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def address_detail(request: TenantRequest, standing_id: uuid.UUID) -> HttpResponse:
    """Show what happened to an address."""
    standing = get_object_or_404(AddressStanding, pk=standing_id)
    changes = list(standing.changes.select_related("membership__user")[:_MOST_CHANGES])
    return render(request, "mailboxes/setup/address.html", {"standing": standing, "changes": changes})


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def address_clear(request: TenantRequest, standing_id: uuid.UUID) -> HttpResponse:
    """Let an address be written to again."""
    standing = get_object_or_404(AddressStanding, pk=standing_id)
    changing.clear(standing, request.principal.membership, now=clock.now())
    messages.success(request, f"{standing} may be written to again.")
    return redirect("mailboxes:address-detail", standing.pk)


def _wanted(standing: str, search: str) -> QuerySet[Any]:
    rows = AddressStanding.objects.order_by("-changed_at", "-id")
    if standing in _STANDINGS:
        rows = rows.filter(_STANDINGS[standing][1])
    return rows.filter(address__icontains=search) if search else rows
