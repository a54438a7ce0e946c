"""Contacts are added and changed here, whoever asks for it: a person, an import, the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from mailboxes.addresses import normalise
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import scoped_tenant_id
from sequences.contacts.finding import contacts_by_address
from sequences.contacts.values import LABELS, TEXTS, ContactRefused, ContactValues, checked
from sequences.models import Contact, ContactChange, ContactField, OtherAddress

__all__ = ["ContactRefused", "ContactValues", "checked", "save_contact", "values_kept"]

_Kind = ContactChange.Kind


def save_contact(
    values: ContactValues,
    *,
    contact: Contact | None = None,
    by: Membership | None,
    now: datetime,
    fields: Sequence[ContactField] | None = None,
    imported_from: str = "",
) -> Contact:
    """Add a contact, or change the one that is given, with a line in its history; raise ContactRefused.

    `by` is None for work that no person asked for: the open scope says whose contact it is. Whoever saves many gives
    the account's `fields`, so that they are not asked for each time; `imported_from` names the file that says so.
    """
    own = list(ContactField.objects.all()) if fields is None else fields
    kept, labels = checked(values, own), LABELS | {one.key: one.label for one in own}
    address = normalise(kept.address)
    holder = contacts_by_address([address]).get(address)
    if holder is not None and (contact is None or holder.pk != contact.pk):
        raise _taken(kept.address, holder)
    try:
        with transaction.atomic():
            return _write(contact, kept, address, labels, by=by, now=now, imported_from=imported_from)
    except IntegrityError as error:
        # Somebody else added the same address in this moment.
        holder = contacts_by_address([address]).get(address)
        if holder is None or (contact is not None and holder.pk == contact.pk):
            raise
        raise _taken(kept.address, holder) from error


def values_kept(contact: Contact) -> ContactValues:
    """Return what a contact is now, for whoever changes a part of it; the account's own fields stay as they are."""
    texts = {name: getattr(contact, name) for name in TEXTS}
    return ContactValues(address=contact.written_address, time_zone=contact.time_zone, **texts)


def _write(
    contact: Contact | None,
    kept: ContactValues,
    address: str,
    labels: Mapping[str, str],
    *,
    by: Membership | None,
    now: datetime,
    imported_from: str,
) -> Contact:
    if contact is None:
        row = Contact(tenant_id=_tenant_of(by), created_at=now, created_by=by)
        _take_over(row, kept, address, labels)
        row.changed_at = now
        row.save(force_insert=True)
        _note(row, _Kind.IMPORTED if imported_from else _Kind.CREATED, imported_from, by=by, now=now)
        return row
    # Two who save at once write one after the other, each on top of what the other wrote.
    row = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    before = row.address
    changes = _take_over(row, kept, address, labels)
    if not changes:
        return row
    if before != address:
        _swap(row, before)
    row.changed_at = now
    row.save()
    words = "; ".join(changes)
    if imported_from:
        _note(row, _Kind.IMPORTED, f"{imported_from}: {words}", by=by, now=now)
    else:
        _note(row, _Kind.CHANGED, words, by=by, now=now)
    return row


def _tenant_of(by: Membership | None) -> int:
    tenant_id = by.tenant_id if by is not None else scoped_tenant_id()
    if tenant_id is None:
        raise ValueError("A new contact belongs to one account: say who adds it, or open the scope of that account.")
    return tenant_id


def _take_over(row: Contact, kept: ContactValues, address: str, labels: Mapping[str, str]) -> list[str]:
    """Write the values into a row that is not saved yet; return what changes, in words."""
    custom = {key: value for key, value in {**row.custom, **kept.custom}.items() if value}
    wanted: dict[str, Any] = {name: getattr(kept, name) for name in (*TEXTS, "time_zone")}
    wanted |= {"written_address": kept.address, "address": address, "domain": address.rpartition("@")[2]}
    changes = [
        _change(labels["address" if name == "written_address" else name], getattr(row, name), value)
        for name, value in wanted.items()
        if name not in ("address", "domain") and getattr(row, name) != value
    ]
    changes += [
        _change(labels[key], str(row.custom.get(key, "")), str(custom.get(key, "")))
        for key in kept.custom
        if row.custom.get(key, "") != custom.get(key, "")
    ]
    for name, value in wanted.items():
        setattr(row, name, value)
    row.custom = custom
    return changes


def _change(label: str, before: str, after: str) -> str:
    if not before:
        return f"{label}: “{after[:80]}”"
    return f"{label}: “{before[:80]}” → “{after[:80]}”" if after else f"{label}: “{before[:80]}” taken away"


def _swap(row: Contact, before: str) -> None:
    """Where a further address becomes the one that is written to, the old one takes its place."""
    OtherAddress.objects.filter(contact=row, address=row.address).update(address=before)


def _note(row: Contact, kind: ContactChange.Kind, words: str, *, by: Membership | None, now: datetime) -> None:
    ContactChange.objects.create(
        tenant_id=row.tenant_id, contact=row, kind=kind, words=words[:600], membership=by, at=now
    )


def _taken(written: str, holder: Contact) -> ContactRefused:
    name = f" ({holder.full_name})" if holder.full_name else ""
    return ContactRefused(
        "address", f"{written} is a contact already{name}. Open that one, or merge the two.", existing=holder
    )
