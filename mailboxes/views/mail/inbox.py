"""The list of conversations."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.models import Conversation
from mailboxes.queue.listing import ANY_STATUS, Filters, page_of
from mailboxes.setting_aside import put_aside
from mailboxes.views.mail.lookups import filters_of
from mailhub.tenancy.access import requires
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox(request: TenantRequest) -> HttpResponse:
    """Show the list, and beside it room for a conversation."""
    filters = filters_of(request)
    return render(request, "mailboxes/mail/inbox.html", list_context(request.principal.membership, filters))


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox_list(request: TenantRequest) -> HttpResponse:
    """Return the rows alone: the page asks for them every few seconds."""
    filters = filters_of(request)
    return render(request, "mailboxes/mail/_rows_answer.html", list_context(request.principal.membership, filters))


def list_context(membership: Membership, filters: Filters) -> dict[str, Any]:
    """Return what the list pane shows, on its own page and beside a conversation."""
    page = page_of(membership, filters)
    return {
        "filters": filters,
        "page": page,
        "statuses": [
            (label, filters.status == value, filters.query_with(status=value))
            for value, label in (*Conversation.Status.choices, (ANY_STATUS, "All"))
        ],
        "unread_toggle": filters.query_with(only_unread=not filters.only_unread),
        "next_query": filters.query_with(before=page.next_cursor) if page.next_cursor else "",
        "first_query": filters.first_page_query,
        # Asked only where the template has room for the answer.
        "has_set_aside": SimpleLazyObject(lambda: put_aside(membership).exists()),
    }
