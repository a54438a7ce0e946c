"""The list of sequences."""

import uuid
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.listing.filters import LONGEST_SEARCH, SequenceFilters, tabs_of
from sequences.listing.rows import page_of
from sequences.listing.standing import legend
from sequences.models import Sequence
from servers.models import OutgoingServer


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
@vary_on_headers("HX-Request")
def sequence_list(request: TenantRequest) -> HttpResponse:
    """Show the sequences that fit; to htmx their rows alone."""
    filters, viewer = _filters_of(request.GET), request.principal.membership
    page = page_of(filters, viewer, now=clock.now())
    tabs = tabs_of(filters, viewer)
    is_bare = not (page.rows or filters.is_narrowed or any(one.count for one in tabs))
    context = {
        "filters": filters,
        "page": page,
        "tabs": tabs,
        "legend": legend(),
        "next_query": replace(filters, after=page.next_after).query if page.next_after else "",
        "is_bare": is_bare,
        **(_ways_in(request) if is_bare else {}),
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"sequences/{'_rows' if is_fragment else 'list'}.html", context)


def _filters_of(values: QueryDict) -> SequenceFilters:
    state, after = values.get("state", ""), values.get("after", "")
    if state not in ("", *Sequence.State.values):
        raise Http404("No such state.")
    try:
        behind = uuid.UUID(after) if after else None
    except ValueError as error:
        raise Http404("No such row.") from error
    words = " ".join(clean_header(values.get("q", "")[:LONGEST_SEARCH]).split())
    return SequenceFilters(words=words, state=Sequence.State(state) if state else None, after=behind)


def _ways_in(request: TenantRequest) -> dict[str, Any]:
    """Return what leads to a first sequence: it needs an outgoing server of a marketing mailbox."""
    mine = Mailbox.objects.visible_to(request.principal.membership).filter(kind=Mailbox.Kind.MARKETING)
    return {
        "has_server": OutgoingServer.objects.filter(mailbox__in=mine, is_active=True).exists(),
        "marketing_mailbox": mine.order_by("name", "id").first(),
        "may_add_mailbox": request.principal.may(Permission.MANAGE_MAILBOXES),
    }
