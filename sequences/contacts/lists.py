"""Contacts under names."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from mailhub.tenancy.models import Membership
from sequences.models import Contact, ContactList, ListEntry

_BATCH = 1000


def with_counts() -> QuerySet[ContactList]:
    """Return all lists by name, each with `contact_count`."""
    return ContactList.objects.annotate(contact_count=Count("entries")).order_by("name", "id")


def named(name: str, *, by: Membership, now: datetime) -> ContactList:
    """Return the list of this name; it is added where there is none."""
    row: ContactList
    row, _is_new = ContactList.objects.get_or_create(
        tenant_id=by.tenant_id, name=name, defaults={"created_at": now, "created_by": by}
    )
    return row


def add_to(contact_list: ContactList, contacts: QuerySet[Contact], *, now: datetime) -> int:
    """Put contacts on a list; return how many were not on it."""
    on_it = ListEntry.objects.filter(list=contact_list, contact=OuterRef("pk"))
    missing = list(contacts.filter(~Exists(on_it)).order_by().values_list("pk", flat=True))
    for start in range(0, len(missing), _BATCH):
        entries = [
            ListEntry(tenant_id=contact_list.tenant_id, list=contact_list, contact_id=pk, added_at=now)
            for pk in missing[start : start + _BATCH]
        ]
        # Somebody else may put the same ones on it in this moment.
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)
    return len(missing)


def remove_from(contact_list: ContactList, contacts: QuerySet[Contact]) -> int:
    """Take contacts off a list; return how many were on it."""
    count, _of_each = ListEntry.objects.filter(list=contact_list, contact__in=contacts.order_by()).delete()
    return count
