"""Adding contacts to a sequence: whom, through which outgoing server, and what will happen."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.batches import choosing, starting
from sequences.batches.working import ADDED, CHANGED
from sequences.contacts.listing import ContactFilters, in_order
from sequences.contacts.listing import narrowed as narrowed_contacts
from sequences.enrolling import Reason
from sequences.exporting import csv_response
from sequences.forms.enrollments import ChooseForm, read_overrides, words_of_unknown
from sequences.models import Contact, EnrollmentBatch, Sequence
from sequences.showing import adding
from sequences.showing.servers import Choice, choices_for, usable
from sequences.views.lookups import sequence_of
from servers.models import OutgoingServer

_INVALID = 422
_MOST_FOUND = 25
_LONGEST_SEARCH = 200
_State = EnrollmentBatch.State
# A choice that nobody came back to for so long is forgotten when the same person makes another.
_FORGOTTEN_AFTER = timedelta(days=7)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_add(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Choose whom to add; to htmx the contacts that a search finds."""
    sequence = sequence_of(request, sequence_id)
    if request.headers.get("HX-Request") == "true" and request.method != "POST":
        return render(request, "sequences/enrollments/_found.html", {"found": _search(request, Contact.objects.all())})
    why_not, before = starting.why_nobody_is_added(sequence), _batch_before(request, sequence)
    form = _choose_form(request, before)
    if request.method == "POST" and not why_not and form.is_valid():
        batch = _chosen(request, sequence, form.choice, before)
        if words := words_of_unknown(form.unknown):
            messages.warning(request, words)
        return redirect("sequences:enrollment-servers", batch.pk)
    context = {
        "sequence": sequence,
        "form": form,
        "picked": form.picked(),
        "found": _search(request, Contact.objects.all()),
        "before": before,
        "before_words": choosing.words_of(before.choice) if before is not None else "",
        "why_not": why_not,
        "step": 1,
    }
    is_refused = request.method == "POST"
    return render(request, "sequences/enrollments/add.html", context, status=_INVALID if is_refused else 200)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_servers(request: TenantRequest, enrollment_batch_id: uuid.UUID) -> HttpResponse:
    """Choose through which outgoing server they go, all of them and single ones; to htmx who a search finds."""
    batch = batch_of(request, enrollment_batch_id)
    if batch.state != _State.CHOSEN:
        return redirect("sequences:enrollment-batch", batch.pk)
    choices = choices_for(batch.sequence, request.principal.membership, now=clock.now())
    contacts, may_be_chosen = choosing.contacts_of(batch.choice), usable(choices)
    context: dict[str, Any] = {
        "sequence": batch.sequence,
        "batch": batch,
        "choices": choices,
        "usable": may_be_chosen,
        "found": [(one, None) for one in _search(request, contacts)],
        "step": 2,
    }
    if request.headers.get("HX-Request") == "true" and request.method != "POST":
        return render(request, "sequences/enrollments/_found_servers.html", context)
    error, chosen = "", batch.server_id
    if request.method == "POST":
        error, chosen = _route(request, batch, may_be_chosen)
        if not error:
            return redirect("sequences:enrollment-preview", batch.pk)
    context |= {
        "error": error,
        "chosen": _chosen_or_first(chosen, may_be_chosen),
        "total": contacts.count(),
        "words": choosing.words_of(batch.choice),
        "overridden": _overridden(batch),
    }
    return render(request, "sequences/enrollments/servers.html", context, status=_INVALID if error else 200)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_preview(request: TenantRequest, enrollment_batch_id: uuid.UUID) -> HttpResponse:
    """Show what will happen, and add them."""
    batch = batch_of(request, enrollment_batch_id)
    if batch.state != _State.CHOSEN:
        return redirect("sequences:enrollment-batch", batch.pk)
    servers, error = _servers_of(request, batch)
    why_not = starting.why_nobody_is_added(batch.sequence) or error
    if error:
        messages.error(request, error)
        return redirect("sequences:enrollment-servers", batch.pk)
    if request.method == "POST" and not why_not:
        starting.add(batch, by=request.principal.membership, now=clock.now)
        return _after_adding(request, batch.refreshed())
    context = {
        "sequence": batch.sequence,
        "batch": batch,
        "preview": adding.preview_of(batch, servers, now=clock.now()),
        "words": choosing.words_of(batch.choice),
        "why_not": why_not,
        "most_at_once": starting.MOST_ADDED_AT_ONCE,
        "step": 3,
    }
    status = _INVALID if request.method == "POST" else 200
    return render(request, "sequences/enrollments/preview.html", context, status=status)


@requires(Permission.USE_SEQUENCES)
@require_safe
def enrollment_left_out(request: TenantRequest, enrollment_batch_id: uuid.UUID) -> HttpResponse:
    """Write who would be left out as CSV, each with the reason."""
    batch = batch_of(request, enrollment_batch_id)
    if batch.state != _State.CHOSEN:
        raise Http404("They were added.")
    return csv_response(  # type: ignore[return-value]
        request,
        request.principal.tenant.pk,
        f"left-out-{batch.sequence.name}.csv",
        ("E-mail address", "Name", "Why"),
        lambda: adding.left_out_batches(batch),
        for_excel=request.GET.get("excel") == "1",
    )


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def enrollment_batch(request: TenantRequest, enrollment_batch_id: uuid.UUID) -> HttpResponse:
    """Show how far something is that is done with many contacts, and what came out; to htmx its progress alone."""
    batch = batch_of(request, enrollment_batch_id)
    if batch.state == _State.CHOSEN:
        return redirect("sequences:enrollment-preview", batch.pk)
    is_running = batch.state == _State.RUNNING
    is_fragment = request.headers.get("HX-Request") == "true"
    context = {
        "sequence": batch.sequence,
        "batch": batch,
        "is_running": is_running,
        "percent": batch.done_count * 100 // batch.total if batch.total else 100,
        "done": batch.counts.get(ADDED if batch.deed == EnrollmentBatch.Deed.ADD else CHANGED, 0),
        "omissions": [(one.label, batch.counts[one.value]) for one in Reason if batch.counts.get(one.value)],
    }
    response = render(request, f"sequences/enrollments/{'_progress' if is_fragment else 'batch'}.html", context)
    if is_fragment and not is_running:
        response["HX-Refresh"] = "true"
    return response


def batch_of(request: TenantRequest, batch_id: uuid.UUID) -> EnrollmentBatch:
    """Return what somebody began with a sequence that this person may see."""
    viewer = request.principal.membership
    rows = EnrollmentBatch.objects.filter(sequence__in=Sequence.objects.visible_to(viewer))
    related = rows.select_related("sequence__server__mailbox", "sequence__author__user", "server__mailbox")
    found: EnrollmentBatch = get_object_or_404(related, pk=batch_id)
    return found


def _choose_form(request: TenantRequest, before: EnrollmentBatch | None) -> ChooseForm:
    if request.method == "POST":
        return ChooseForm(request.POST)
    return ChooseForm.again(before.choice) if before is not None else ChooseForm()


def _batch_before(request: TenantRequest, sequence: Sequence) -> EnrollmentBatch | None:
    """Return the choice that a person comes back to."""
    text = request.POST.get("batch") or request.GET.get("batch") or ""
    try:
        batch_id = uuid.UUID(text)
    except ValueError:
        return None
    mine = EnrollmentBatch.objects.filter(created_by=request.principal.membership, sequence=sequence)
    found: EnrollmentBatch | None = mine.filter(pk=batch_id, state=_State.CHOSEN).first()
    return found


def _chosen(
    request: TenantRequest, sequence: Sequence, choice: choosing.Choice, before: EnrollmentBatch | None
) -> EnrollmentBatch:
    if before is not None and starting.choose_anew(before, choice):
        return before
    by, now = request.principal.membership, clock.now()
    starting.forget_choices(sequence, by=by, before=now - _FORGOTTEN_AFTER)
    return starting.choose(sequence, choice, by=by, now=now)


def _search(request: TenantRequest, contacts: QuerySet[Contact]) -> list[Contact]:
    """Return the first contacts among these that fit the search, the newest where nothing is searched for."""
    words = " ".join(clean_header(request.GET.get("q", "")[:_LONGEST_SEARCH]).split())
    filters = ContactFilters(words=words)
    found = narrowed_contacts(filters).filter(pk__in=contacts.order_by().values("pk"))
    return list(in_order(found, filters)[:_MOST_FOUND])


def _route(request: TenantRequest, batch: EnrollmentBatch, choices: list[Choice]) -> tuple[str, uuid.UUID | None]:
    """Note what the form says; return what is wrong with it, in words, and what was chosen for all."""
    servers = {one.server.pk: one.server for one in choices}
    chosen = next((one for pk, one in servers.items() if str(pk) == request.POST.get("server")), None)
    overrides = {uuid.UUID(one): uuid.UUID(server) for one, server in batch.overrides.items()}
    for contact_id, server_id in read_overrides(request.POST).items():
        if server_id in servers:
            overrides[contact_id] = server_id
        else:
            overrides.pop(contact_id, None)
    among = set(choosing.contacts_of(batch.choice).filter(pk__in=list(overrides)).values_list("pk", flat=True))
    kept = {pk: server for pk, server in overrides.items() if pk in among and server in servers}
    if chosen is None:
        return "Choose the outgoing server that they go through.", None
    starting.route(batch, chosen, {pk: server for pk, server in kept.items() if server != chosen.pk})
    return "", chosen.pk


def _chosen_or_first(chosen: uuid.UUID | None, choices: list[Choice]) -> uuid.UUID | None:
    """Return what is ticked: what was chosen, else the default, which stands first, as far as it may be used."""
    ids = [one.server.pk for one in choices]
    if chosen in ids:
        return chosen
    return ids[0] if len(ids) == 1 else next((one.server.pk for one in choices if one.is_default), None)


def _overridden(batch: EnrollmentBatch) -> list[tuple[Contact, uuid.UUID]]:
    contacts = Contact.objects.in_bulk([uuid.UUID(one) for one in batch.overrides])
    found = [(contacts[pk], uuid.UUID(batch.overrides[str(pk)])) for pk in contacts]
    return sorted(found, key=lambda one: (one[0].last_name.lower(), one[0].address))


def _servers_of(request: TenantRequest, batch: EnrollmentBatch) -> tuple[Mapping[uuid.UUID, OutgoingServer], str]:
    """Return the servers that a batch names, and why it cannot go on with them; "" where it can."""
    choices = choices_for(batch.sequence, request.principal.membership, now=clock.now())
    found = {one.server.pk: one for one in choices}
    named = {batch.server_id, *(uuid.UUID(one) for one in batch.overrides.values())}
    servers = {pk: one.server for pk, one in found.items()}
    if batch.server_id is None:
        return servers, "Choose the outgoing server that they go through."
    for pk in named:
        if pk not in found:
            return servers, "An outgoing server that was chosen is not there any more. Choose another."
        if found[pk].why_not:
            return servers, found[pk].why_not
    return servers, ""


def _after_adding(request: TenantRequest, batch: EnrollmentBatch) -> HttpResponse:
    if batch.state != _State.DONE:
        return redirect("sequences:enrollment-batch", batch.pk)
    count, left_out = batch.counts.get(ADDED, 0), batch.total - batch.counts.get(ADDED, 0)
    words = f"{'1 contact was' if count == 1 else f'{count:,} contacts were'} added."
    messages.success(request, f"{words} {left_out:,} left out." if left_out else words)
    return redirect("sequences:enrollment-list", batch.sequence_id)
