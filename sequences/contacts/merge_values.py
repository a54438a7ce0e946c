"""What the fields of a template give for a contact (SPEC S1)."""

from collections.abc import Sequence

from mailboxes.merging import Field
from sequences.contacts.kinds import written_value
from sequences.models import Contact, ContactField

# An account's own fields cannot be called so.
CONTACT_FIELDS = (
    Field("first_name", "The contact's first name", "Nina"),
    Field("last_name", "The contact's last name", "Berg"),
    Field("full_name", "The contact's first and last name", "Nina Berg"),
    Field("company", "The company that the contact works for", "Customer Ltd"),
    Field("job_title", "What the contact does there", "Head of Purchasing"),
    Field("email", "The e-mail address that is written to", "nina@customer.example"),
    Field("phone", "The contact's telephone number", "+44 20 7946 0018"),
)


def values_of(contact: Contact, fields: Sequence[ContactField]) -> dict[str, str]:
    """Return what each field gives for a contact; "" where it has no value."""
    values = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.full_name,
        "company": contact.company,
        "job_title": contact.job_title,
        "email": contact.written_address,
        "phone": contact.phone,
    }
    return values | {one.key: written_value(one.kind, str(contact.custom.get(one.key, ""))) for one in fields}


def contact_merge_fields(fields: Sequence[ContactField]) -> tuple[Field, ...]:
    """Return what may stand in a template of a sequence about its contact, the account's own fields last."""
    own = (Field(one.key, one.label, _SAMPLES[ContactField.Kind(one.kind)]) for one in fields)
    return (*CONTACT_FIELDS, *own)


_SAMPLES = {
    ContactField.Kind.TEXT: "Example",
    ContactField.Kind.NUMBER: "40",
    ContactField.Kind.DATE: "4 May 2026",
}
