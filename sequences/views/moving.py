"""Moving contacts of a sequence to another outgoing server, as one deliberate action."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.batches import selecting, starting
from sequences.batches.working import CHANGED
from sequences.models import EnrollmentBatch, Sequence
from sequences.showing import listing
from sequences.showing.listing import EnrollmentFilters
from sequences.showing.moving import effect_of
from sequences.showing.servers import choices_for, usable
from sequences.views.enrollments import filters_of, selection_of
from sequences.views.lookups import sequence_of
from servers.models import OutgoingServer

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_move(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Choose who is moved where, see what that does, and do it.

    The address says who is meant: `contact` for single ones, `everything` with filters of the list, or `from`.
    """
    sequence, viewer, now = sequence_of(request, sequence_id), request.principal.membership, clock.now()
    choices = choices_for(sequence, viewer, now=now)
    selection = _selection(request.GET)
    to = next((one.server for one in usable(choices) if str(one.server.pk) == _to(request)), None)
    if request.method == "POST" and selection is not None and to is not None:
        batch = starting.change(
            sequence, EnrollmentBatch.Deed.MOVE, selection, to=to, by=viewer, now=clock.now
        ).refreshed()
        return _after(request, sequence, batch, to)
    counts = listing.counts_of(sequence, viewer)
    rows = selecting.selected(sequence, viewer, selection) if selection is not None else None
    context = {
        "sequence": sequence,
        "choices": choices,
        "sources": _sources(sequence, request, counts),
        "is_named": selection is not None and "from" not in request.GET,
        "named_count": rows.count() if rows is not None else 0,
        "named_pairs": list(_pairs(request.GET)),
        "to": to,
        "effect": effect_of(rows, to) if rows is not None and to is not None else None,
        "query": request.GET.urlencode(),
    }
    return render(
        request, "sequences/enrollments/move.html", context, status=_INVALID if request.method == "POST" else 200
    )


def _to(request: TenantRequest) -> str:
    return request.POST.get("to") or request.GET.get("to") or ""


def _selection(query: QueryDict) -> selecting.Selection | None:
    """Return who is meant; None while nobody is chosen."""
    if query.get("from"):
        values = QueryDict(mutable=True)
        values["server"] = query.get("from", "")
        return selecting.by_filters(filters_of(values))
    if query.get("everything") == "1" or "contact" in query:
        return selection_of(query, query)
    return None


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    """Return what of the address names who is meant, for a form that only asks where to."""
    return [(name, value) for name, values in query.lists() if name not in ("from", "to") for value in values]


def _sources(sequence: Sequence, request: TenantRequest, counts: listing.Counts) -> list[dict[str, Any]]:
    """Return from where contacts can be moved: those who lost their server first."""
    rows = listing.rows_of(sequence, request.principal.membership)
    lost = listing.narrowed(rows, EnrollmentFilters(server=listing.LOST)).count()
    found = [_source(listing.LOST, "Contacts that wait, as their server is gone", lost, request)] if lost else []
    for one in listing.servers_in(counts):
        if count := counts.open_by_server.get(one.pk, 0):
            found.append(_source(str(one.pk), f"{one} · {one.mailbox}", count, request))
    return found


def _source(value: str, label: str, count: int, request: TenantRequest) -> dict[str, Any]:
    return {"value": value, "label": label, "count": count, "is_chosen": request.GET.get("from") == value}


def _after(request: TenantRequest, sequence: Sequence, batch: EnrollmentBatch, to: OutgoingServer) -> HttpResponse:
    if batch.state == EnrollmentBatch.State.RUNNING:
        return redirect("sequences:enrollment-batch", batch.pk)
    if batch.state == EnrollmentBatch.State.FAILED:
        messages.error(request, batch.words)
    else:
        count = batch.counts.get(CHANGED, 0)
        messages.success(request, f"{'1 contact goes' if count == 1 else f'{count:,} contacts go'} through {to} now.")
    return redirect("sequences:enrollment-list", sequence.pk)
