"""What is done with several contacts at once."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mailhub import clock
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.batches import choosing, starting
from sequences.contacts import deleting, exporting, lists
from sequences.contacts.listing import narrowed
from sequences.exporting import csv_response
from sequences.models import Contact, ContactField, ContactImport, Sequence
from sequences.views.contacts import chosen_list
from sequences.views.lookups import filters_of

_INVALID = 422
# What a form names one by one; more are named by the filters of the list.
_MOST_NAMED = 500
_MOST_SEQUENCES = 500
# The fields of a form that say whom a deed concerns.
_WHOM = ("contact", "everything", "contact_import")


@requires(Permission.USE_SEQUENCES)
@require_POST
def contact_bulk(request: TenantRequest) -> HttpResponse:
    """Do with the selected contacts what the form says, or with all that the filters show."""
    chosen = selected(request.POST, request.GET)
    deed = request.POST.get("deed", "")
    if deed == "delete":
        return _delete(request, chosen)
    if deed == "enroll":
        return _enroll(request)
    if deed == "remove":
        _remove(request, chosen)
    else:
        _add(request, chosen)
    return _back(request)


@requires(Permission.USE_SEQUENCES)
@works_while_read_only
@require_http_methods(["GET", "HEAD", "POST"])
def contact_export(request: TenantRequest) -> HttpResponse:
    """Write the contacts of the list, or the selected ones, as CSV."""
    filters = filters_of(request.GET)
    rows = selected(request.POST, request.GET) if request.method == "POST" else narrowed(filters.but())
    fields = list(ContactField.objects.all())
    return csv_response(  # type: ignore[return-value]
        request,
        request.principal.tenant.pk,
        exporting.filename_of(filters.contact_list),
        exporting.contact_header(fields),
        lambda: exporting.contact_batches(rows, fields),
        for_excel=(request.POST.get("excel") or request.GET.get("excel")) == "1",
    )


def selected(form: QueryDict, query: QueryDict) -> QuerySet[Contact]:
    """Return the contacts that a form names, or all that the filters of the list show where it says so."""
    if form.get("everything") == "1":
        return narrowed(filters_of(query).but())
    return Contact.objects.filter(pk__in=_ids(form.getlist("contact")))


def _ids(texts: list[str]) -> list[uuid.UUID]:
    found = []
    for text in texts[:_MOST_NAMED]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            # Somebody else's form: it names nobody.
            continue
    return found


def _add(request: TenantRequest, chosen: QuerySet[Contact]) -> None:
    contact_list = chosen_list(request)
    if contact_list is None:
        messages.error(request, "Choose a list, or name a new one.")
        return
    count = lists.add_to(contact_list, chosen, now=clock.now())
    words = f"{_number(count)} added to {contact_list}." if count else f"They are on {contact_list} already."
    messages.success(request, words)


def _remove(request: TenantRequest, chosen: QuerySet[Contact]) -> None:
    contact_list = filters_of(request.GET).contact_list
    if contact_list is None:
        messages.error(request, "Choose a list first: contacts are taken off the list that is shown.")
        return
    count = lists.remove_from(contact_list, chosen)
    messages.success(request, f"{_number(count)} taken off {contact_list}.")


def _enroll(request: TenantRequest) -> HttpResponse:
    """Ask for the sequence; then hand them over to it, where the outgoing server is chosen. Nobody is added yet."""
    choice = _choice(request)
    if not choosing.contacts_of(choice).exists():
        messages.error(request, "Nobody is selected.")
        return _back(request)
    viewer = request.principal.membership
    sequences = Sequence.objects.visible_to(viewer).exclude(state=Sequence.State.ARCHIVED)
    wanted = list(sequences.order_by("name", "id")[:_MOST_SEQUENCES])
    sequence = next((one for one in wanted if str(one.pk) == request.POST.get("sequence")), None)
    why_not = starting.why_nobody_is_added(sequence) if sequence is not None else ""
    if sequence is not None and not why_not:
        batch = starting.choose(sequence, choice, by=viewer, now=clock.now())
        return redirect("sequences:enrollment-servers", batch.pk)
    context = {
        "sequences": wanted,
        "words": choosing.words_of(choice),
        "count": choosing.contacts_of(choice).count(),
        "query": filters_of(request.GET).query,
        "pairs": [(name, value) for name in _WHOM for value in request.POST.getlist(name)[:_MOST_NAMED]],
        "why_not": why_not,
    }
    status = _INVALID if why_not else 200
    return render(request, "sequences/enrollments/choose_sequence.html", context, status=status)


def _choice(request: TenantRequest) -> choosing.Choice:
    imports = _ids(request.POST.getlist("contact_import"))
    contact_import = ContactImport.objects.filter(pk__in=imports).first()
    if contact_import is not None:
        return choosing.by_import(contact_import)
    if request.POST.get("everything") == "1":
        return choosing.by_filters(filters_of(request.GET))
    return choosing.by_ids(_ids(request.POST.getlist("contact")))


def _delete(request: TenantRequest, chosen: QuerySet[Contact]) -> HttpResponse:
    """Ask first, on a page that says what goes; then do it."""
    viewer = request.principal.membership
    contacts = list(chosen.order_by("pk")[: deleting.MOST_AT_ONCE + 1])
    if not contacts:
        messages.error(request, "Nobody is selected.")
        return _back(request)
    named = Contact.objects.filter(pk__in=[one.pk for one in contacts])
    obstacle = deleting.obstacle_to(named, viewer)
    if len(contacts) > deleting.MOST_AT_ONCE:
        obstacle = f"These are more than {deleting.MOST_AT_ONCE:,}. Narrow the list, and delete them bit by bit."
    is_confirmed = request.POST.get("confirmed") == "1"
    if is_confirmed and not obstacle:
        count = deleting.delete(contacts, by=viewer, now=clock.now())
        messages.success(request, f"{_number(count)} deleted.")
        return _back(request)
    context = {
        "contacts": contacts,
        "shown": contacts[:10],
        "goes": deleting.what_goes_with(named, viewer),
        "obstacle": obstacle,
        "query": filters_of(request.GET).query,
        "is_everything": request.POST.get("everything") == "1",
    }
    return render(request, "sequences/contacts/delete_several.html", context, status=_INVALID if obstacle else 200)


def _back(request: TenantRequest) -> HttpResponse:
    return redirect(reverse("sequences:contact-list") + filters_of(request.GET).query)


def _number(count: int) -> str:
    return "1 contact" if count == 1 else f"{count:,} contacts"
