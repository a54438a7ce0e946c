"""Writes what was decided for a batch of rows: a few statements for all of them, within the caller's transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from mailhub.tenancy.updating import update_rows
from sequences.importing.deciding import Decision, Outcome, put_value, value_of
from sequences.models import Contact, ContactChange, ContactImport, ImportRow, ListEntry

# The columns that an import may change.
_NAMES = ("first_name", "last_name", "company", "job_title", "phone", "time_zone", "custom", "changed_at")
_CHANGED = [one for one in Contact._meta.concrete_fields if one.name in _NAMES]


class ChangedMeanwhile(Exception):
    """A contact was changed, added or deleted since the batch was decided: it has to be decided anew."""


def write(contact_import: ContactImport, decisions: Sequence[Decision], *, is_trial: bool, now: datetime) -> None:
    """Write the result of each row, and unless it is a trial what it says; raise ChangedMeanwhile, IntegrityError."""
    on_list: set[uuid.UUID] = set()
    if not is_trial:
        _hold(decisions)
        _add(contact_import, decisions, now=now)
        _change(decisions, now=now)
        _note(contact_import, decisions, now=now)
        on_list = _put_on_list(contact_import, decisions, now=now)
    results = [_result(contact_import, one, is_trial=is_trial) for one in decisions]
    for result in results:
        result.added_to_list = result.contact_id in on_list
    ImportRow.objects.bulk_create(results)


def _hold(decisions: Sequence[Decision]) -> None:
    """Lock who is there, always in the same order, and see that nobody changed them since."""
    decided = {one.contact.pk: one for one in decisions if one.contact is not None and one.is_taken}
    held = Contact.objects.select_for_update(of=("self",)).filter(pk__in=decided).order_by("pk")
    found = {one.pk: one for one in held}
    for pk, decision in decided.items():
        contact = found.get(pk)
        if contact is None or any(value_of(contact, name) != value for name, value in decision.before.items()):
            raise ChangedMeanwhile
        decision.contact = contact


def _add(contact_import: ContactImport, decisions: Sequence[Decision], *, now: datetime) -> None:
    new = [one for one in decisions if one.outcome == Outcome.CREATED and one.values is not None]
    for decision in new:
        assert decision.values is not None
        contact = Contact(
            tenant_id=contact_import.tenant_id,
            address=decision.address,
            written_address=decision.values.address,
            domain=decision.address.rpartition("@")[2],
            created_at=now,
            changed_at=now,
            created_by_id=contact_import.created_by_id,
        )
        for name, value in decision.after.items():
            put_value(contact, name, value)
        decision.contact = contact
    # In the same order everywhere: of two imports that add the same people, one waits for the other.
    Contact.objects.bulk_create([one.contact for one in sorted(new, key=lambda one: one.address)])


def _change(decisions: Sequence[Decision], *, now: datetime) -> None:
    rows: list[Contact] = []
    for decision in decisions:
        if decision.outcome != Outcome.CHANGED or decision.contact is None:
            continue
        for name, value in decision.after.items():
            put_value(decision.contact, name, value)
        decision.contact.changed_at = now
        rows.append(decision.contact)
    write_contacts(rows)


def write_contacts(rows: Sequence[Contact]) -> None:
    """Save what an import may change of contacts that are locked."""
    if rows:
        update_rows(rows, _CHANGED)


def _note(contact_import: ContactImport, decisions: Sequence[Decision], *, now: datetime) -> None:
    """Leave a line in the history of each."""
    written = [one for one in decisions if one.outcome in (Outcome.CREATED, Outcome.CHANGED) and one.contact]
    ContactChange.objects.bulk_create(
        ContactChange(
            tenant_id=contact_import.tenant_id,
            contact=one.contact,
            kind=ContactChange.Kind.IMPORTED,
            words=f"{contact_import.filename}, row {one.number}{': ' if one.words else ''}{one.words}"[:600],
            membership_id=contact_import.created_by_id,
            at=now,
        )
        for one in written
    )


def _put_on_list(contact_import: ContactImport, decisions: Sequence[Decision], *, now: datetime) -> set[uuid.UUID]:
    """Put everybody of the file on the list; return who was not on it."""
    if contact_import.list_id is None:
        return set()
    ids = [one.contact.pk for one in decisions if one.is_taken and one.contact is not None]
    there = ListEntry.objects.filter(list_id=contact_import.list_id, contact__in=ids)
    missing = set(ids) - set(there.values_list("contact_id", flat=True))
    ListEntry.objects.bulk_create(
        (
            ListEntry(tenant_id=contact_import.tenant_id, list_id=contact_import.list_id, contact_id=pk, added_at=now)
            for pk in sorted(missing)
        ),
        # Somebody else may put the same ones on it in this moment.
        ignore_conflicts=True,
    )
    return missing


def _result(contact_import: ContactImport, decision: Decision, *, is_trial: bool) -> ImportRow:
    return ImportRow(
        tenant_id=contact_import.tenant_id,
        contact_import=contact_import,
        number=decision.number,
        is_trial=is_trial,
        outcome=decision.outcome,
        words=decision.words[:600],
        address=decision.address,
        contact=decision.contact if decision.is_taken else None,
        before=decision.before,
        after=decision.after,
    )
