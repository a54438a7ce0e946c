"""What is written of contacts and of the suppression list when people download them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from mailboxes.models import AddressStanding
from sequences.contacts.validity import Validity, validity_of
from sequences.contacts.values import LABELS, TEXTS
from sequences.models import Contact, ContactField, ContactList, ListEntry, SuppressedDomain

_BATCH = 500
_Rows = list[list[str]]
SUPPRESSION_HEADER = ("Address or domain", "Why", "Since", "In words")


def contact_header(fields: Sequence[ContactField]) -> list[str]:
    """Return the names of the columns of contacts."""
    plain = [LABELS[name] for name in ("address", *TEXTS, "time_zone")]
    return [*plain, *(one.label for one in fields), "Lists", "Validity", "Not written to since", "Added"]


def contact_batches(contacts: QuerySet[Contact], fields: Sequence[ContactField]) -> Iterator[_Rows]:
    """Yield the rows of contacts, by when they were added, a few queries for each batch."""
    for batch in _batches(contacts):
        validity = validity_of(one.address for one in batch)
        lists = _names_of_lists(batch)
        yield [_contact_row(one, fields, lists.get(one.pk, ""), validity[one.address]) for one in batch]


def suppression_batches(addresses: QuerySet[Any], domains: QuerySet[SuppressedDomain]) -> Iterator[_Rows]:
    """Yield the rows of the suppression list: domains, then addresses."""
    yield [[one.domain, "Domain", one.added_at.isoformat(), one.words] for one in domains]
    for batch in _batches(addresses):
        yield [row for one in batch for row in _standing_rows(one)]


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Read by key, which grows with time: no cursor is held open while somebody downloads slowly."""
    ordered = rows.order_by("pk")
    batch = list(ordered[:_BATCH])
    while batch:
        yield batch
        batch = list(ordered.filter(pk__gt=batch[-1].pk)[:_BATCH])


def _contact_row(contact: Contact, fields: Sequence[ContactField], lists: str, validity: Validity) -> list[str]:
    return [
        contact.written_address,
        *(getattr(contact, name) for name in (*TEXTS, "time_zone")),
        *(str(contact.custom.get(one.key, "")) for one in fields),
        lists,
        str(validity.verdict.label),
        validity.since.isoformat() if validity.since else "",
        contact.created_at.isoformat(),
    ]


def _names_of_lists(batch: Sequence[Contact]) -> dict[object, str]:
    entries = ListEntry.objects.filter(contact__in=[one.pk for one in batch]).select_related("list")
    found: dict[object, list[str]] = {}
    for entry in entries.order_by("list__name"):
        found.setdefault(entry.contact_id, []).append(entry.list.name)
    return {pk: "; ".join(names) for pk, names in found.items()}


def _standing_rows(standing: AddressStanding) -> Iterator[list[str]]:
    if standing.complained_at:
        yield [standing.address, "Complained", standing.complained_at.isoformat(), ""]
    if standing.unsubscribed_at:
        yield [standing.address, "Unsubscribed", standing.unsubscribed_at.isoformat(), ""]
    if standing.incorrect_since:
        yield [standing.address, "Incorrect", standing.incorrect_since.isoformat(), standing.incorrect_because]


def filename_of(contact_list: ContactList | None) -> str:
    """Return how the file of all contacts, or of those of a list, is called."""
    return f"{contact_list.name}.csv" if contact_list is not None else "contacts.csv"
