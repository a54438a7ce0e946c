"""For whom a mail is shown while it is written."""

import uuid
from collections.abc import Sequence as Listed

from sequences.contacts.listing import ContactFilters, narrowed
from sequences.models import Contact, Sequence

_OFFERED = 6


def examples(sequence: Sequence, words: str) -> list[Contact]:
    """Return some contacts who fit what is searched; without a search those who were added to the sequence last."""
    if words:
        return list(narrowed(ContactFilters(words=words)).order_by("-created_at", "-id")[:_OFFERED])
    enrolled = Contact.objects.filter(enrollments__sequence=sequence)
    found = list(enrolled.order_by("-enrollments__added_at", "-enrollments__id")[:_OFFERED])
    return found or list(Contact.objects.order_by("-created_at", "-id")[:_OFFERED])


def example_among(
    found: Listed[Contact], *, choose: uuid.UUID | None, shown: uuid.UUID | None, is_searched: bool
) -> Contact | None:
    """Return who was chosen; else who was shown before, unless a search left them out; else the first who fits."""
    wanted = choose or shown
    among = next((one for one in found if one.pk == wanted), None)
    if among is not None:
        return among
    if wanted is not None and (choose is not None or not is_searched):
        named: Contact | None = Contact.objects.filter(pk=wanted).first()
        if named is not None:
            return named
    return found[0] if found else None
