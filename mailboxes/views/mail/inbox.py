"""The list of conversations."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.forms.queue_filters import FilterForm
from mailboxes.queue.chips import chips_of
from mailboxes.queue.filters import Filters
from mailboxes.queue.listing import page_of
from mailboxes.queue.rows import fingerprint
from mailboxes.queue.views import pane_of
from mailboxes.views.mail.lookups import filters_of
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox(request: TenantRequest) -> HttpResponse:
    """Show the list, and beside it room for a conversation."""
    filters = filters_of(request)
    return render(request, "mailboxes/mail/inbox.html", list_context(request, filters))


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox_filters(request: TenantRequest) -> HttpResponse:
    """Show what the list can be filtered by: in the open menu to htmx, else on a page of its own."""
    filters = filters_of(request)
    context = {"form": FilterForm(request.principal.membership, filters), "filters": filters}
    name = "_filter_form" if request.headers.get("HX-Request") else "filters"
    return render(request, f"mailboxes/mail/{name}.html", context)


def list_context(request: TenantRequest, filters: Filters) -> dict[str, Any]:
    """Return what the list and the views beside it show, on their own page and beside a conversation."""
    membership = request.principal.membership
    page, pane = page_of(membership, filters), pane_of(membership, filters)
    request.counted_unread = pane.unread
    return {
        "filters": filters,
        "page": page,
        "views_pane": pane,
        "chips": [] if pane.is_standing else chips_of(filters),
        "names_mailbox": filters.mailbox is None and pane.has_several_mailboxes,
        "next_query": filters.but(before=page.next_cursor).query if page.next_cursor else "",
        "first_query": filters.first_page_query,
        "waiting_query": filters.other_order.query,
        "seen": fingerprint([*(row.shown for row in page.rows), page.refused, bool(page.next_cursor), *pane.shown]),
    }
