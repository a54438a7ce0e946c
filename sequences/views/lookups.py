"""What an address names, as far as the account has it. Anything else is not found, whether or not it exists."""

import uuid

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404

from mailhub.lib.headers import clean_header
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts.listing import LONGEST_SEARCH, ContactFilters, Order
from sequences.contacts.validity import Verdict
from sequences.models import Contact, ContactList, Enrollment, Sequence


def contact_of(contact_id: uuid.UUID) -> Contact:
    found: Contact = get_object_or_404(Contact, pk=contact_id)
    return found


def sequence_of(request: TenantRequest, sequence_id: uuid.UUID) -> Sequence:
    """Return a sequence that this person may see, with its default server and the mailbox of that."""
    rows = Sequence.objects.visible_to(request.principal.membership).select_related("server__mailbox", "author__user")
    found: Sequence = get_object_or_404(rows, pk=sequence_id)
    return found


def enrollment_of(request: TenantRequest, enrollment_id: uuid.UUID) -> Enrollment:
    """Return a contact's way through a sequence, as far as this person may see both."""
    rows = Enrollment.objects.visible_to(request.principal.membership)
    related = rows.select_related("sequence", "contact", "server__mailbox", "step")
    found: Enrollment = get_object_or_404(related, pk=enrollment_id)
    return found


def filters_of(values: QueryDict) -> ContactFilters:
    """Read the filters of the list from a query."""
    verdict, order = values.get("validity", ""), values.get("order", "") or Order.NEWEST.value
    if verdict not in ("", *Verdict.values):
        raise Http404("No such validity.")
    if order not in list(Order):
        raise Http404("No such order.")
    list_id, after = _uuid(values.get("list", "")), _uuid(values.get("after", ""))
    return ContactFilters(
        words=_words(values.get("q", "")),
        contact_list=get_object_or_404(ContactList, pk=list_id) if list_id else None,
        verdict=Verdict(verdict) if verdict else None,
        company=_words(values.get("company", "")),
        order=Order(order),
        after=after,
    )


def _words(text: str) -> str:
    return " ".join(clean_header(text[:LONGEST_SEARCH]).split())


def _uuid(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such row.") from error
