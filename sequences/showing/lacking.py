"""For how many contacts the texts of a sequence have a field without a value (SPEC S1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from mailboxes.merging import MergeRefused, fill_header, fill_html
from sequences.contacts.merge_values import contact_merge_fields
from sequences.models import Contact, ContactField, Variant
from sequences.models import Sequence as SequenceRow


@dataclass(frozen=True)
class Lacking:
    """A field that a text shows, and how many contacts have no value for it."""

    label: str
    name: str
    count: int


def lacking_in(sequence: SequenceRow, contacts: QuerySet[Contact]) -> list[Lacking]:
    """Return the fields without a default that some of these contacts lack; three queries.

    A field that stands in a condition counts as well, although its text may not come to show it.
    """
    own = list(ContactField.objects.all())
    shown = fields_shown(sequence, own)
    conditions = {f"lacks_{at}": _is_empty(name, own) for at, (name, _label) in enumerate(shown)}
    if not conditions:
        return []
    counted = contacts.order_by().aggregate(
        **{alias: Count("pk", filter=condition) for alias, condition in conditions.items()}
    )
    found = (Lacking(label, name, counted[f"lacks_{at}"]) for at, (name, label) in enumerate(shown))
    return [one for one in found if one.count]


def fields_shown(sequence: SequenceRow, own: Sequence[ContactField]) -> list[tuple[str, str]]:
    """Return name and label of the contact's fields that the sequence shows and that have no default."""
    fields = contact_merge_fields(own)
    samples = {one.name: one.sample for one in fields}
    variants = Variant.objects.filter(step__sequence=sequence, step__removed_at=None, is_active=True)
    texts = list(variants.values_list("subject", "html"))
    found = []
    for one in fields:
        # Where it alone is empty, and where everything is: a condition may show it in either case.
        tries = [samples | {one.name: ""}, dict.fromkeys(samples, "")]
        if any(one.name in _unfilled(subject, html, values) for subject, html in texts for values in tries):
            found.append((one.name, _LABELS.get(one.name, one.meaning)))
    return found


def _unfilled(subject: str, html: str, values: dict[str, str]) -> Iterable[str]:
    try:
        return (*fill_header(subject, values).unfilled, *fill_html(html, values).unfilled)
    except MergeRefused:
        # A text that nobody can read is for the check before starting.
        return ()


def _is_empty(name: str, own: Sequence[ContactField]) -> Q:
    if name == "full_name":
        return Q(first_name="", last_name="")
    if name in _COLUMNS:
        return Q(**{_COLUMNS[name]: ""})
    if any(one.key == name for one in own):
        key: dict[str, Any] = {f"custom__{name}": ""}
        return Q(**key) | ~Q(custom__has_key=name)
    raise ValueError(f"No field of contacts is called {name}.")


_COLUMNS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "job_title": "job_title",
    "email": "written_address",
    "phone": "phone",
}
_LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "First and last name",
    "company": "Company",
    "job_title": "Job title",
    "email": "E-mail address",
    "phone": "Phone",
}
