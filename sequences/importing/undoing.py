"""Takes an import back, as far as nobody built on it: what a person did since is never undone with it."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from mailhub.tenancy.updating import update_rows
from sequences.importing.deciding import Outcome, put_value, said_by, value_of
from sequences.importing.writing import write_contacts
from sequences.models import (
    Contact,
    ContactChange,
    ContactField,
    ContactImport,
    Enrollment,
    ImportRow,
    ListEntry,
    OtherAddress,
)

# In `after` of a row, beside what it wrote: what became of it when the import was undone.
UNDONE = "undone"
_SAID = [one for one in ImportRow._meta.concrete_fields if one.name in ("words", "after")]
REMOVED, RESTORED, KEPT = "removed", "restored", "kept"


@dataclass(frozen=True)
class _InUse:
    """Contacts that something else holds on to."""

    enrolled: set[uuid.UUID]
    listed: set[uuid.UUID]
    merged: set[uuid.UUID]

    def why(self, contact: Contact, row: ImportRow) -> str:
        """Return why a contact that this row added has to stay; "" when it may go."""
        if contact.pk in self.enrolled:
            return "is or was in a sequence"
        if contact.pk in self.listed:
            return "is on another list"
        if contact.pk in self.merged:
            return "was merged with another contact"
        written = {name: value for name, value in row.after.items() if name != UNDONE}
        if said_by(contact) != written:
            return "was changed since"
        return ""


def to_undo(contact_import: ContactImport) -> QuerySet[ImportRow]:
    """Return the rows that wrote something, in the order of the file."""
    wrote = Q(outcome__in=[Outcome.CREATED, Outcome.CHANGED]) | Q(added_to_list=True)
    rows: QuerySet[ImportRow] = ImportRow.objects.filter(wrote, contact_import=contact_import, is_trial=False)
    return rows.order_by("number")


def batches_left(contact_import: ContactImport, size: int) -> Iterator[list[ImportRow]]:
    """Return the rows that are not undone yet, `size` at a time."""
    last = 0
    if contact_import.done_count:
        through = to_undo(contact_import).values_list("number", flat=True)
        last = through[contact_import.done_count - 1]
    while batch := list(to_undo(contact_import).filter(number__gt=last)[:size]):
        yield batch
        last = batch[-1].number


def undo(contact_import: ContactImport, rows: Sequence[ImportRow], *, now: datetime) -> Counter[str]:
    """Undo these rows, within the caller's transaction; return what became of them."""
    ids = [row.contact_id for row in rows if row.contact_id is not None]
    held = Contact.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    contacts = {one.pk: one for one in held}
    _take_off_list(contact_import, rows)
    in_use = _in_use(contacts)
    labels = {f"custom.{one.key}": one.label for one in ContactField.objects.all()}
    gone: list[uuid.UUID] = []
    restored: list[Contact] = []
    for row in rows:
        contact = contacts.get(row.contact_id) if row.contact_id is not None else None
        if contact is None:
            _say(row, KEPT, "Somebody deleted this contact before.")
        elif row.outcome == Outcome.CREATED:
            _undo_created(row, contact, in_use, gone)
        elif row.outcome == Outcome.CHANGED:
            _undo_changed(row, contact, labels, restored, now=now)
        else:
            _say(row, RESTORED, "Taken off the list.")
    write_contacts(restored)
    _note(contact_import, restored, now=now)
    update_rows(rows, _SAID)
    # Behind what is written to the rows: they forget a contact that goes.
    Contact.objects.filter(pk__in=gone).delete()
    return Counter(row.after[UNDONE] for row in rows)


def _take_off_list(contact_import: ContactImport, rows: Sequence[ImportRow]) -> None:
    added = [row.contact_id for row in rows if row.added_to_list and row.contact_id is not None]
    if contact_import.list_id is not None:
        ListEntry.objects.filter(list_id=contact_import.list_id, contact__in=added).delete()


def _in_use(contacts: dict[uuid.UUID, Contact]) -> _InUse:
    def holding(rows: QuerySet[Enrollment] | QuerySet[ListEntry] | QuerySet[OtherAddress]) -> set[uuid.UUID]:
        return set(rows.filter(contact__in=contacts).order_by().values_list("contact_id", flat=True))

    return _InUse(
        enrolled=holding(Enrollment.objects.all()),
        listed=holding(ListEntry.objects.all()),
        merged=holding(OtherAddress.objects.all()),
    )


def _undo_created(row: ImportRow, contact: Contact, in_use: _InUse, gone: list[uuid.UUID]) -> None:
    reason = in_use.why(contact, row)
    if reason:
        _say(row, KEPT, f"Kept: the contact {reason}.")
        return
    gone.append(contact.pk)
    _say(row, REMOVED, "Contact removed.")


def _undo_changed(
    row: ImportRow, contact: Contact, labels: dict[str, str], restored: list[Contact], *, now: datetime
) -> None:
    back = [name for name in row.before if value_of(contact, name) == row.after.get(name)]
    kept = [name for name in row.before if name not in back]
    for name in back:
        put_value(contact, name, row.before[name])
    if back:
        contact.changed_at = now
        restored.append(contact)
    words = [f"Put back: {_named(back, labels)}."] if back else []
    words += [f"Kept, because changed since: {_named(kept, labels)}."] if kept else []
    _say(row, KEPT if kept else RESTORED, " ".join(words))


def _named(names: Sequence[str], labels: dict[str, str]) -> str:
    return ", ".join(labels.get(name, name.replace("_", " ")).removeprefix("custom.") for name in names)


def _say(row: ImportRow, what: str, words: str) -> None:
    row.after = {**row.after, UNDONE: what}
    row.words = words[:600]


def _note(contact_import: ContactImport, contacts: Sequence[Contact], *, now: datetime) -> None:
    ContactChange.objects.bulk_create(
        ContactChange(
            tenant_id=contact_import.tenant_id,
            contact=contact,
            kind=ContactChange.Kind.IMPORTED,
            words=f"The import of {contact_import.filename} was undone",
            at=now,
        )
        for contact in contacts
    )
