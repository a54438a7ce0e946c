"""The suppression list: addresses and domains that lists do not write to."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from mailboxes.standing import changing
from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts import exporting
from sequences.contacts.barring import bar
from sequences.contacts.finding import contacts_by_address
from sequences.contacts.suppressed import WHY, suppressed_addresses, visible_standings
from sequences.contacts.suppressing import allow_domain
from sequences.exporting import csv_response
from sequences.forms.suppression import SuppressionForm
from sequences.models import Contact, SuppressedDomain

_INVALID = 422
_PAGE_SIZE = 50
_MOST_DOMAINS = 200


@requires(Permission.USE_SEQUENCES)
@require_safe
def suppression_list(request: TenantRequest) -> HttpResponse:
    """Show domains and addresses, what changed last first."""
    viewer = request.principal.membership
    why, search = request.GET.get("why", ""), clean_header(request.GET.get("q", "")[:100])
    page = Paginator(suppressed_addresses(viewer, why=why, search=search), _PAGE_SIZE).get_page(request.GET.get("page"))
    contacts = contacts_by_address([row.address for row in page])
    context = {
        "page": page,
        "rows": [(row, contacts.get(row.address)) for row in page],
        "search": search,
        "why": why if why in WHY else "",
        "chips": [(name, label, name == why) for name, (label, _condition) in WHY.items()],
        "domains": _domains(search) if not why and page.number == 1 else [],
        "may_allow": request.principal.may(Permission.MANAGE_ACCOUNT),
    }
    return render(request, "sequences/contacts/suppression.html", context)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def suppression_add(request: TenantRequest) -> HttpResponse:
    """Put addresses and domains on the list."""
    initial = {"entries": clean_header(request.GET.get("entry", "")[:320])}
    form = SuppressionForm(request.POST) if request.method == "POST" else SuppressionForm(initial=initial)
    if form.is_valid():
        targets, words = form.cleaned_data["entries"], clean_header(form.cleaned_data["words"])
        bar(targets, words, by=request.principal.membership, now=clock.now())
        named = targets[0].text if len(targets) == 1 else f"{len(targets):,} addresses and domains"
        messages.success(request, f"No list writes to {named} any more.")
        return redirect("sequences:suppression-list")
    context = {"form": form}
    return render(
        request, "sequences/contacts/suppression_add.html", context, status=_INVALID if form.is_bound else 200
    )


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def suppression_remove(request: TenantRequest, standing_id: uuid.UUID) -> HttpResponse:
    """Let lists write to an address again, after asking."""
    standing = get_object_or_404(visible_standings(request.principal.membership), pk=standing_id)
    contact = contacts_by_address([standing.address]).get(standing.address)
    if request.method == "POST":
        changing.clear(standing, request.principal.membership, now=clock.now())
        messages.success(request, f"{standing} may be written to again.")
        if contact is not None:
            return redirect("sequences:contact-detail", contact.pk)
        return redirect("sequences:suppression-list")
    changes = list(standing.changes.select_related("membership__user")[:20])
    context = {"standing": standing, "contact": contact, "changes": changes}
    return render(request, "sequences/contacts/suppression_remove.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def suppressed_domain_remove(request: TenantRequest, suppressed_domain_id: uuid.UUID) -> HttpResponse:
    """Let lists write to a domain again, after asking."""
    domain = get_object_or_404(SuppressedDomain.objects.select_related("added_by__user"), pk=suppressed_domain_id)
    if request.method == "POST":
        allow_domain(domain)
        messages.success(request, f"Lists may write to {domain} again.")
        return redirect("sequences:suppression-list")
    context = {"domain": domain, "count": Contact.objects.filter(domain=domain.domain).count()}
    return render(request, "sequences/contacts/suppressed_domain_remove.html", context)


@requires(Permission.USE_SEQUENCES)
@require_safe
def suppression_export(request: TenantRequest) -> HttpResponse:
    """Write the list as CSV."""
    viewer = request.principal.membership
    return csv_response(  # type: ignore[return-value]
        request,
        request.principal.tenant.pk,
        "suppression-list.csv",
        exporting.SUPPRESSION_HEADER,
        lambda: exporting.suppression_batches(suppressed_addresses(viewer), SuppressedDomain.objects.all()),
        for_excel=request.GET.get("excel") == "1",
    )


def _domains(search: str) -> list[SuppressedDomain]:
    rows = SuppressedDomain.objects.select_related("added_by__user").order_by("domain")
    return list((rows.filter(domain__icontains=search) if search else rows)[:_MOST_DOMAINS])
