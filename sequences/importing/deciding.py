"""What becomes of each row: decided in memory, the same for a trial and for the run."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailboxes.addresses import normalise
from sequences.contacts.finding import contacts_by_address
from sequences.contacts.validity import Validity, validity_of
from sequences.contacts.values import LABELS, TEXTS, ContactRefused, ContactValues, checked
from sequences.importing.columns import CUSTOM, SURPLUS, has_surplus, values_of
from sequences.importing.reading import Row
from sequences.models import Contact, ContactField, ContactImport, ImportRow

Outcome = ImportRow.Outcome
# The fields of a contact that a file can fill, but for its address.
_FILLED = (*TEXTS, "time_zone")


@dataclass
class Seen:
    """Who stood in the rows before: the number of the row by address, and by contact."""

    addresses: dict[str, int] = field(default_factory=dict)
    contacts: dict[uuid.UUID, int] = field(default_factory=dict)

    @classmethod
    def before(cls, contact_import: ContactImport, *, is_trial: bool) -> "Seen":
        """Return whom the rows that are through named: what a worker knows that goes on behind another one."""
        through = ImportRow.objects.filter(contact_import=contact_import, is_trial=is_trial)
        taken = through.exclude(outcome__in=[Outcome.REFUSED, Outcome.DOUBLE])
        seen = cls()
        for number, address, contact_id in taken.values_list("number", "address", "contact_id").iterator():
            seen.note(number, address, contact_id)
        return seen

    def note(self, number: int, address: str, contact_id: uuid.UUID | None) -> None:
        self.addresses[address] = number
        if contact_id is not None:
            self.contacts[contact_id] = number

    def forget(self, decisions: Sequence["Decision"]) -> None:
        """Unlearn what was decided and could not be written."""
        for one in decisions:
            if one.is_taken:
                self.addresses.pop(one.address, None)
            if one.is_taken and one.contact is not None:
                self.contacts.pop(one.contact.pk, None)


@dataclass
class Decision:
    """One row, and what is to be written. `contact` is the one that is there already."""

    number: int
    outcome: str
    address: str
    words: str = ""
    values: ContactValues | None = None
    contact: Contact | None = None
    # Values that it overwrites and writes, by the names that ContactImport.mapping uses.
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    is_barred: bool = False

    @property
    def is_taken(self) -> bool:
        return self.outcome in (Outcome.CREATED, Outcome.CHANGED, Outcome.SAME)


def decide(
    rows: Sequence[Row], contact_import: ContactImport, fields: Sequence[ContactField], seen: Seen
) -> list[Decision]:
    """Return what becomes of each of `rows`; `seen` learns of them. A few queries, however many rows they are."""
    read = [_read(row, contact_import.mapping, fields) for row in rows]
    addresses = [one.address for one in read if one.outcome != Outcome.REFUSED]
    known, validity = contacts_by_address(addresses), validity_of(addresses)
    for decision in read:
        if decision.outcome != Outcome.REFUSED:
            _compare(decision, known.get(decision.address), contact_import.on_duplicate, seen, fields)
            _warn(decision, validity[decision.address])
    return read


def value_of(contact: Contact, name: str) -> str:
    """Return the value of a contact by the name that a mapping uses."""
    if name.startswith(CUSTOM):
        return str(contact.custom.get(name.removeprefix(CUSTOM), ""))
    return str(getattr(contact, name))


def put_value(contact: Contact, name: str, value: str) -> None:
    """Give a contact a value by the name that a mapping uses; nothing is saved."""
    if not name.startswith(CUSTOM):
        setattr(contact, name, value)
        return
    key = name.removeprefix(CUSTOM)
    others = {other: kept for other, kept in contact.custom.items() if other != key}
    contact.custom = {**others, key: value} if value else others


def said(values: ContactValues) -> dict[str, str]:
    """Return the values that are not empty, but for the address."""
    plain = {name: getattr(values, name) for name in _FILLED}
    custom = {f"{CUSTOM}{key}": value for key, value in values.custom.items()}
    return {name: value for name, value in {**plain, **custom}.items() if value}


def said_by(contact: Contact) -> dict[str, str]:
    """Return the values of a contact that are not empty, but for the address, by the names that a mapping uses."""
    custom = {f"{CUSTOM}{key}": str(value) for key, value in contact.custom.items()}
    plain = {name: str(getattr(contact, name)) for name in _FILLED}
    return {name: value for name, value in {**plain, **custom}.items() if value}


def changes_in_words(before: Mapping[str, str], after: Mapping[str, str], fields: Sequence[ContactField]) -> str:
    """Return what changes from one to the other, field by field."""
    labels = LABELS | {f"{CUSTOM}{one.key}": one.label for one in fields}
    return "; ".join(_change(labels.get(name, name), before.get(name, ""), value) for name, value in after.items())


def _read(row: Row, mapping: Sequence[str], fields: Sequence[ContactField]) -> Decision:
    values = values_of(row.cells, mapping)
    as_written = values.address[:320]
    if has_surplus(row.cells, mapping):
        return Decision(row.number, Outcome.REFUSED, as_written, SURPLUS)
    try:
        kept = checked(values, fields)
    except ContactRefused as refused:
        return Decision(row.number, Outcome.REFUSED, as_written, refused.words[:600])
    return Decision(row.number, Outcome.CREATED, normalise(kept.address), values=kept)


def _compare(
    decision: Decision, contact: Contact | None, on_duplicate: str, seen: Seen, fields: Sequence[ContactField]
) -> None:
    assert decision.values is not None
    earlier = seen.addresses.get(decision.address) or (seen.contacts.get(contact.pk) if contact is not None else None)
    if earlier is not None:
        decision.outcome = Outcome.DOUBLE
        decision.words = f"The same person stands in row {earlier:,}: that row counts."
        return
    seen.note(decision.number, decision.address, contact.pk if contact is not None else None)
    wanted = said(decision.values)
    if contact is None:
        decision.after = wanted
        return
    decision.contact = contact
    present = {name: value_of(contact, name) for name in wanted}
    if on_duplicate == ContactImport.OnDuplicate.SKIP:
        wanted = {}
    elif on_duplicate == ContactImport.OnDuplicate.FILL:
        wanted = {name: value for name, value in wanted.items() if not present[name]}
    decision.after = {name: value for name, value in wanted.items() if present[name] != value}
    decision.before = {name: present[name] for name in decision.after}
    decision.outcome = Outcome.CHANGED if decision.after else Outcome.SAME
    decision.words = changes_in_words(decision.before, decision.after, fields)


def _warn(decision: Decision, validity: Validity) -> None:
    """Say that nobody will write to the address, whatever the file says: an import clears no standing."""
    if validity.is_ok or not decision.is_taken:
        return
    decision.is_barred = True
    warning = f"{validity.verdict.label}: is not written to."
    decision.words = f"{warning} {decision.words}".strip()


def _change(label: str, before: str, after: str) -> str:
    if not before:
        return f"{label}: “{after[:80]}”"
    return f"{label}: “{before[:80]}” → “{after[:80]}”" if after else f"{label}: “{before[:80]}” taken away"
