"""The list of conversations."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.forms.queue_filters import FilterForm
from mailboxes.models import SavedView
from mailboxes.queue.chips import chips_of
from mailboxes.queue.filters import Filters
from mailboxes.queue.listing import page_of
from mailboxes.queue.marks import marks_of
from mailboxes.queue.rows import fingerprint
from mailboxes.queue.saved import view_with
from mailboxes.queue.views import pane_of
from mailboxes.views.mail.lookups import filters_of, missing_of
from mailboxes.views.mail.seeing import mailboxes_read
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox(request: TenantRequest) -> HttpResponse:
    """Show the list, and beside it room for a conversation."""
    with mailboxes_read(request):
        try:
            filters = filters_of(request)
        except Http404:
            # A kept view outlives what it was made of; any other address that names nothing is wrong.
            view = view_with(request.principal.membership, f"?{request.META['QUERY_STRING']}")
            if view is None:
                raise
            return _open_without_missing(request, view)
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


def _open_without_missing(request: TenantRequest, view: SavedView) -> HttpResponse:
    """Lead to the list of a view without what is not there any more of it, and say what that is."""
    missing = missing_of(request)
    if not missing:
        raise Http404("No such list.")
    query = request.GET.copy()
    for name in missing:
        del query[name]
    names = " and the ".join(_SAID[name] for name in missing)
    verb = "is" if len(missing) == 1 else "are"
    messages.warning(
        request, f"The {names} of the view {view} {verb} gone, or on no mail that you may see. The list is without it."
    )
    return redirect(f"{reverse('mailboxes:inbox')}?{query.urlencode()}" if query else "mailboxes:inbox")


def list_context(request: TenantRequest, filters: Filters) -> dict[str, Any]:
    """Return what the list and the views beside it show, on their own page and beside a conversation."""
    membership = request.principal.membership
    page, pane = page_of(membership, filters), pane_of(membership, filters)
    marks = marks_of([row.conversation.pk for row in page.rows], membership, now=clock.now())
    marked = sorted((str(key), mark.writers, mark.has_draft) for key, mark in marks.items())
    request.counted_unread = pane.unread
    return {
        "filters": filters,
        "page": page,
        "marks": marks,
        "views_pane": pane,
        "chips": [] if pane.is_standing else chips_of(filters),
        "names_mailbox": filters.mailbox is None and pane.has_several_mailboxes,
        "next_query": filters.but(before=page.next_cursor).query if page.next_cursor else "",
        "first_query": filters.first_page_query,
        "waiting_query": filters.other_order.query,
        "seen": fingerprint(
            [*(row.shown for row in page.rows), marked, page.refused, bool(page.next_cursor), *pane.shown]
        ),
    }


# By the names in the address.
_SAID = {"mailbox": "mailbox", "topic": "topic", "tag": "tag", "assignee": "person"}
