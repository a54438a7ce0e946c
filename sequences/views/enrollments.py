"""The contacts in a sequence: the list, what is done with several of them, and the page of each."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.batches import deeds, selecting, starting
from sequences.batches.working import CHANGED
from sequences.exporting import csv_response
from sequences.forms.enrollments import read_ids
from sequences.models import Enrollment, EnrollmentBatch, Sequence
from sequences.showing import exporting, listing
from sequences.showing.listing import EnrollmentFilters, Group
from sequences.showing.portrait import portrait_of
from sequences.views.lookups import enrollment_of, sequence_of

# What a form names one by one; more are named by the filters of the list.
_MOST_NAMED = 500
# The fields of a form that say whom a deed concerns.
_WHOM = ("contact", "everything")
_Deed = EnrollmentBatch.Deed
# What of a deed is said once it is done.
_DONE = {_Deed.STOP: "stopped", _Deed.PAUSE: "paused", _Deed.RESUME: "going on"}


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def enrollment_list(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show the contacts of a sequence that fit; to htmx their rows alone."""
    sequence, viewer = sequence_of(request, sequence_id), request.principal.membership
    filters = filters_of(request.GET)
    page = listing.page_of(sequence, viewer, filters, now=clock.now())
    counts = listing.counts_of(sequence, viewer)
    count = _count(sequence, request, filters, counts)
    context = {
        "sequence": sequence,
        "filters": filters,
        "page": page,
        "counts": counts,
        "count": min(count, listing.MOST_COUNTED),
        "has_more_than_counted": count > listing.MOST_COUNTED,
        "chips": _chips(filters, counts),
        "any_query": filters.but(group=None).query,
        "servers": _servers(filters, counts),
        "any_server_query": filters.but(server="").query,
        "next_query": filters.but(after=page.next_after).query,
        "has_next": page.next_after is not None,
        "first_query": filters.but().query,
        "running": _running(sequence),
        "lost_count": _lost_count(sequence, request, counts),
        "why_nobody": starting.why_nobody_is_added(sequence),
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"sequences/enrollments/{'_rows' if is_fragment else 'list'}.html", context)


@requires(Permission.USE_SEQUENCES)
@works_while_read_only
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_export(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Write the contacts of the list, or the selected ones, as CSV."""
    sequence = sequence_of(request, sequence_id)
    if request.method == "POST":
        rows = selected(sequence, request)
    else:
        rows = listing.narrowed(listing.rows_of(sequence, request.principal.membership), filters_of(request.GET))
    return csv_response(  # type: ignore[return-value]
        request,
        request.principal.tenant.pk,
        f"{sequence.name}.csv",
        exporting.HEADER,
        lambda: exporting.batches(sequence, rows, now=clock.now()),
        for_excel=(request.POST.get("excel") or request.GET.get("excel")) == "1",
    )


@requires(Permission.USE_SEQUENCES)
@require_POST
def enrollment_bulk(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Do with the selected contacts what the form says, or with all that the filters show."""
    sequence = sequence_of(request, sequence_id)
    selection = selection_of(request.POST, request.GET)
    deed = request.POST.get("deed", "")
    if deed == _Deed.MOVE:
        return redirect(reverse("sequences:enrollment-move", args=[sequence.pk]) + query_of(selection))
    if deed not in _DONE:
        messages.error(request, "Choose what to do with them.")
        return _back(request, sequence)
    if deed == _Deed.STOP and request.POST.get("confirmed") != "1":
        return _ask_before_stopping(request, sequence)
    by = request.principal.membership
    batch = starting.change(sequence, _Deed(deed), selection, by=by, now=clock.now).refreshed()
    if batch.state == EnrollmentBatch.State.RUNNING:
        return redirect("sequences:enrollment-batch", batch.pk)
    if batch.state == EnrollmentBatch.State.FAILED:
        messages.error(request, batch.words)
    else:
        messages.success(request, _said(batch))
    return _back(request, sequence)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def enrollment_detail(request: TenantRequest, enrollment_id: uuid.UUID) -> HttpResponse:
    """Show where a contact stands in a sequence, what it got, and what happened."""
    enrollment = enrollment_of(request, enrollment_id)
    sequence = sequence_of(request, enrollment.sequence_id)
    portrait = portrait_of(enrollment, request.principal.membership, now=clock.now())
    context = {"sequence": sequence, "one": enrollment, "portrait": portrait}
    return render(request, "sequences/enrollments/detail.html", context)


@requires(Permission.USE_SEQUENCES)
@require_POST
def enrollment_do(request: TenantRequest, enrollment_id: uuid.UUID) -> HttpResponse:
    """Stop, pause or go on with one contact."""
    enrollment = enrollment_of(request, enrollment_id)
    deed = request.POST.get("deed", "")
    if deed not in _DONE:
        raise Http404("Nothing of the kind is done.")
    by = request.principal.membership
    if deeds.do(_Deed(deed), [enrollment.pk], by=by, now=clock.now()):
        messages.success(request, f"{enrollment.contact}: {_DONE[_Deed(deed)]}.")
    else:
        messages.error(request, f"{enrollment.contact} was changed meanwhile: look again.")
    return redirect("sequences:enrollment-detail", enrollment.pk)


def filters_of(values: QueryDict) -> EnrollmentFilters:
    """Read the filters of the list from a query; not found where they mean nothing."""
    state, server = values.get("state", ""), values.get("server", "")
    if state not in ("", *Group.values):
        raise Http404("No such state.")
    if server not in ("", listing.NO_SERVER, listing.LOST):
        server = str(_uuid(server))
    after = values.get("after", "")
    words = " ".join(clean_header(values.get("q", "")[: listing.LONGEST_SEARCH]).split())
    return EnrollmentFilters(Group(state) if state else None, server, words, after=_uuid(after) if after else None)


def selection_of(form: QueryDict, query: QueryDict) -> selecting.Selection:
    """Return whom a form or an address names: contacts, or all that the filters show where it says so."""
    if form.get("everything") == "1":
        return selecting.by_filters(filters_of(query))
    return selecting.by_contacts(read_ids(form.getlist("contact")[:_MOST_NAMED]))


def query_of(selection: selecting.Selection) -> str:
    """Return a selection as an address has it."""
    query = QueryDict(mutable=True)
    if "filters" in selection:
        query.update({**selection["filters"], "everything": "1"})
    else:
        query.setlist("contact", selection["contacts"])
    return f"?{query.urlencode()}"


def selected(sequence: Sequence, request: TenantRequest) -> QuerySet[Enrollment]:
    """Return the contacts of a sequence that a form names, as far as this person sees them."""
    return selecting.selected(sequence, request.principal.membership, selection_of(request.POST, request.GET))


def _ask_before_stopping(request: TenantRequest, sequence: Sequence) -> HttpResponse:
    """Nobody who stopped goes on: say first how many that would be."""
    running = selected(sequence, request).filter(state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED])
    count = running.count()
    if not count:
        messages.error(request, "None of them is under way any more.")
        return _back(request, sequence)
    context = {
        "sequence": sequence,
        "count": count,
        "shown": [one.contact for one in running.select_related("contact").order_by("pk")[:10]],
        "query": filters_of(request.GET).query,
        "pairs": [(name, value) for name in _WHOM for value in request.POST.getlist(name)[:_MOST_NAMED]],
    }
    return render(request, "sequences/enrollments/stop_several.html", context)


def _count(sequence: Sequence, request: TenantRequest, filters: EnrollmentFilters, counts: listing.Counts) -> int:
    """What is counted by group already is not counted again."""
    if not filters.words and not filters.server:
        return counts.by_group[filters.group] if filters.group is not None else counts.total
    rows = listing.rows_of(sequence, request.principal.membership)
    return listing.count_of(listing.narrowed(rows, filters))


def _chips(filters: EnrollmentFilters, counts: listing.Counts) -> list[tuple[Group, int, str]]:
    shown = ((group, number) for group, number in counts.by_group.items() if number or group == filters.group)
    return [(group, number, filters.but(group=group).query) for group, number in shown]


def _servers(filters: EnrollmentFilters, counts: listing.Counts) -> list[dict[str, Any]]:
    found = [
        {
            "name": str(one),
            "count": counts.by_server[one.pk],
            "query": filters.but(server=str(one.pk)).query,
            "is_chosen": filters.server == str(one.pk),
        }
        for one in listing.servers_in(counts)
    ]
    if counts.by_server.get(None):
        query = filters.but(server=listing.NO_SERVER).query
        is_chosen = filters.server == listing.NO_SERVER
        named = {"name": "Deleted server", "count": counts.by_server[None], "query": query, "is_chosen": is_chosen}
        found.append(named)
    return found


def _lost_count(sequence: Sequence, request: TenantRequest, counts: listing.Counts) -> int:
    """Return how many wait as their server is gone; nothing is asked where nobody waits for a person."""
    if not counts.by_group[Group.NEEDS]:
        return 0
    rows = listing.rows_of(sequence, request.principal.membership)
    return listing.narrowed(rows, EnrollmentFilters(server=listing.LOST)).count()


def _running(sequence: Sequence) -> list[EnrollmentBatch]:
    rows = EnrollmentBatch.objects.filter(sequence=sequence, state=EnrollmentBatch.State.RUNNING)
    return list(rows.select_related("created_by__user").order_by("-created_at")[:3])


def _said(batch: EnrollmentBatch) -> str:
    count = batch.counts.get(CHANGED, 0)
    done = _DONE[_Deed(batch.deed)]
    words = f"{'1 contact' if count == 1 else f'{count:,} contacts'} {done}."
    others = batch.total - count
    if others > 0:
        words += f" It does not concern {'the other one' if others == 1 else f'the other {others:,}'}."
    return words


def _back(request: TenantRequest, sequence: Sequence) -> HttpResponse:
    return redirect(reverse("sequences:enrollment-list", args=[sequence.pk]) + filters_of(request.GET).query)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such row.") from error
