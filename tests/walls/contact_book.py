"""What an account keeps of the people whom it writes to: everybody in the account sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.rows import TenantModel
from sequences.models import (
    Contact,
    ContactChange,
    ContactField,
    ContactImport,
    ContactList,
    ImportRow,
    ListEntry,
    OtherAddress,
    SendingSettings,
    SuppressedDomain,
)

# Rows that belong to the account, and not to the mailbox at which they were made.
OF_THE_ACCOUNT: tuple[type[TenantModel], ...] = (
    Contact,
    OtherAddress,
    ContactField,
    ContactList,
    ListEntry,
    ContactChange,
    SuppressedDomain,
    SendingSettings,
    ContactImport,
    ImportRow,
)


@dataclass(frozen=True)
class ContactBook:
    """`enrolled` is for a sequence of the mailbox; nothing is sent to `contact` and `double`."""

    contact: Contact
    double: Contact
    enrolled: Contact
    field: ContactField
    contact_list: ContactList
    domain: SuppressedDomain
    contact_import: ContactImport


def make_contact_book(tenant: Tenant, label: str, *, writer: Membership, at: datetime) -> ContactBook:
    common: dict[str, Any] = {"tenant": tenant}
    contact, double, enrolled = (_contact(tenant, f"{label}{name}", at) for name in ("one", "two", "three"))
    OtherAddress.objects.create(contact=contact, address=f"{label.lower()}old@customer.example", **common)
    ContactChange.objects.create(
        contact=contact, kind=ContactChange.Kind.CREATED, words=label, membership=writer, at=at, **common
    )
    # One for each account, and A1 and A2 have the same.
    SendingSettings.objects.get_or_create(tenant=tenant, defaults={"sender_line": label, "changed_at": at})
    contact_list = ContactList.objects.create(name=label, created_at=at, created_by=writer, **common)
    ListEntry.objects.create(list=contact_list, contact=contact, added_at=at, **common)
    return ContactBook(
        contact=contact,
        double=double,
        enrolled=enrolled,
        field=ContactField.objects.create(key=f"own_{label.lower()}", label=label, created_at=at, **common),
        contact_list=contact_list,
        domain=SuppressedDomain.objects.create(
            domain=f"{label.lower()}.example", words=label, added_by=writer, added_at=at, **common
        ),
        contact_import=_contact_import(contact, label, writer=writer, at=at),
    )


def _contact_import(contact: Contact, label: str, *, writer: Membership, at: datetime) -> ContactImport:
    """One that was tried: it may be run, changed and discarded."""
    raw = f"email\n{label.lower()}@imported.example\n".encode()
    common: dict[str, Any] = {"tenant": contact.tenant}
    contact_import: ContactImport = ContactImport.objects.create(
        state=ContactImport.State.TRIED,
        filename=label,
        raw_sha256=blobs.put(contact.tenant_id, raw),
        size=len(raw),
        encoding="utf-8",
        columns=["email"],
        mapping=["address"],
        row_count=1,
        done_count=1,
        counts={"same": 1},
        created_by=writer,
        created_at=at,
        finished_at=at,
        **common,
    )
    ImportRow.objects.create(
        contact_import=contact_import,
        number=2,
        is_trial=True,
        outcome=ImportRow.Outcome.SAME,
        address=contact.address,
        contact=contact,
        **common,
    )
    return contact_import


def _contact(tenant: Tenant, name: str, at: datetime) -> Contact:
    address = f"{name.lower()}@customer.example"
    contact: Contact = Contact.objects.create(
        tenant=tenant,
        address=address,
        written_address=address,
        domain="customer.example",
        first_name=name,
        last_name=name,
        company=name,
        custom={},
        created_at=at,
        changed_at=at,
    )
    return contact
