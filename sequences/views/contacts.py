"""The list of contacts, and the page of each."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts import deleting, lists
from sequences.contacts.listing import MOST_COUNTED, Order, count_of, narrowed, page_of
from sequences.contacts.portrait import portrait_of
from sequences.contacts.validity import Verdict
from sequences.forms.contacts import ContactForm
from sequences.models import Contact, ContactField, ContactList
from sequences.views.lookups import contact_of, filters_of

_INVALID = 422
_MOST_LISTS = 200
_ORDERS = {
    Order.NEWEST: "Added last",
    Order.NAME: "Last name",
    Order.COMPANY: "Company",
    Order.ADDRESS: "Address",
}


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def contact_list(request: TenantRequest) -> HttpResponse:
    """Show the contacts that fit; to htmx their rows alone."""
    filters = filters_of(request.GET)
    page = page_of(filters)
    count = count_of(narrowed(filters))
    context = {
        "filters": filters,
        "page": page,
        "count": min(count, MOST_COUNTED),
        "has_more_than_counted": count > MOST_COUNTED,
        "next_query": replace(filters, after=page.next_after).query if page.next_after else "",
        "first_query": filters.but().query,
        "verdicts": [(one.value, one.label, filters.but(verdict=one).query) for one in (Verdict.OK, *_TROUBLES)],
        "any_verdict_query": filters.but(verdict=None).query,
        "orders": [(label, filters.but(order=order).query, order == filters.order) for order, label in _ORDERS.items()],
        "lists": [(one, filters.but(contact_list=one).query) for one in _lists()],
        "any_list_query": filters.but(contact_list=None).query,
        "order_label": _ORDERS[filters.order],
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"sequences/contacts/{'_rows' if is_fragment else 'list'}.html", context)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_add(request: TenantRequest) -> HttpResponse:
    """Add one contact."""
    fields = list(ContactField.objects.all())
    if request.method == "POST":
        form = ContactForm(fields, request.POST)
        if form.is_valid():
            contact = form.save(by=request.principal.membership, now=clock.now())
            if contact is not None:
                messages.success(request, f"{contact} was added.")
                return redirect("sequences:contact-detail", contact.pk)
    else:
        form = ContactForm(fields, initial={"address": request.GET.get("address", "")[:320]})
    return render(request, "sequences/contacts/form.html", {"form": form}, status=_status(form))


@requires(Permission.USE_SEQUENCES)
@require_safe
def contact_detail(request: TenantRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Show a contact: its fields, whether it may be written to, its lists, sequences, mail and history."""
    portrait = portrait_of(contact_of(contact_id), request.principal.membership)
    on = {one.pk for one in portrait.lists}
    context = {
        "portrait": portrait,
        "contact": portrait.contact,
        "free_lists": [one for one in _lists() if one.pk not in on],
        "may_allow": request.principal.may(Permission.MANAGE_ACCOUNT),
    }
    return render(request, "sequences/contacts/detail.html", context)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_change(request: TenantRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Change a contact."""
    contact, fields = contact_of(contact_id), list(ContactField.objects.all())
    form = ContactForm(fields, request.POST if request.method == "POST" else None, contact=contact)
    if form.is_valid() and form.save(by=request.principal.membership, now=clock.now()) is not None:
        messages.success(request, "Saved.")
        return redirect("sequences:contact-detail", contact.pk)
    return render(request, "sequences/contacts/form.html", {"form": form, "contact": contact}, status=_status(form))


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_delete(request: TenantRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Delete a contact after saying what goes with it."""
    contact, viewer = contact_of(contact_id), request.principal.membership
    rows = Contact.objects.filter(pk=contact.pk)
    obstacle = deleting.obstacle_to(rows, viewer)
    if request.method == "POST" and not obstacle:
        deleting.delete([contact], by=viewer, now=clock.now())
        messages.success(request, f"{contact} was deleted.")
        return redirect("sequences:contact-list")
    context = {"contact": contact, "goes": deleting.what_goes_with(rows, viewer), "obstacle": obstacle}
    status = _INVALID if request.method == "POST" else 200
    return render(request, "sequences/contacts/delete.html", context, status=status)


@requires(Permission.USE_SEQUENCES)
@require_POST
def contact_lists(request: TenantRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Put a contact on a list, also on a new one, or take it off one."""
    contact, now = contact_of(contact_id), clock.now()
    rows = Contact.objects.filter(pk=contact.pk)
    off = list_named(request.POST.get("off", ""))
    if off is not None:
        lists.remove_from(off, rows)
        messages.success(request, f"Taken off {off}.")
        return redirect("sequences:contact-detail", contact.pk)
    chosen = chosen_list(request)
    if chosen is None:
        messages.error(request, "Choose a list, or name a new one.")
    else:
        lists.add_to(chosen, rows, now=now)
        messages.success(request, f"Added to {chosen}.")
    return redirect("sequences:contact-detail", contact.pk)


def list_named(list_id: str) -> ContactList | None:
    """Return the list of this id; None where there is none."""
    try:
        found: ContactList | None = ContactList.objects.filter(pk=uuid.UUID(list_id)).first()
    except ValueError:
        return None
    return found


def chosen_list(request: TenantRequest) -> ContactList | None:
    """Return the list that a form names, which is added where it is new; None for neither."""
    name = clean_header(request.POST.get("new_list", ""))[:120]
    if name:
        return lists.named(name, by=request.principal.membership, now=clock.now())
    return list_named(request.POST.get("list", ""))


def _lists() -> list[ContactList]:
    return list(ContactList.objects.order_by("name", "id")[:_MOST_LISTS])


def _status(form: ContactForm) -> int:
    return _INVALID if form.is_bound else 200


_TROUBLES = (Verdict.INCORRECT, Verdict.UNSUBSCRIBED, Verdict.COMPLAINED, Verdict.SUPPRESSED)
