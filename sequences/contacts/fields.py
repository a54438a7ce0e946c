"""An account's own fields of contacts: added, ordered, and taken away with their values."""

import re
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from mailhub.tenancy.models import Tenant
from sequences.contacts.merge_values import CONTACT_FIELDS
from sequences.models import Contact, ContactField

MOST_FIELDS = 60
_BATCH = 500


def key_from(label: str) -> str:
    """Return the key that a label suggests: "Renewal date" is `renewal_date`; "" where it has no letter of ASCII."""
    return _NOT_IN_A_KEY.sub("_", label.casefold()).strip("_0123456789")[:40].rstrip("_")


def obstacle_to_key(key: str) -> str:
    """Return, in words, why a field cannot be called so; "" where it can."""
    if not _KEY.fullmatch(key):
        return "Use small letters, digits and _, beginning with a letter, such as renewal_date."
    if key in RESERVED:
        return f"“{key}” is a word that templates have already. Choose another one."
    return ""


def add(tenant: Tenant, *, key: str, label: str, kind: str, now: datetime) -> ContactField:
    """Add a field below the others."""
    last = ContactField.objects.aggregate(last=Max("position"))["last"]
    field: ContactField = ContactField.objects.create(
        tenant=tenant, key=key, label=label, kind=kind, position=(last or 0) + 1, created_at=now
    )
    return field


def move_up(field: ContactField) -> None:
    """Let a field change places with the one above it."""
    with transaction.atomic():
        fields = list(ContactField.objects.select_for_update().order_by("position", "key"))
        place = next((number for number, one in enumerate(fields) if one.pk == field.pk), 0)
        if place:
            fields[place - 1], fields[place] = fields[place], fields[place - 1]
        for position, one in enumerate(fields, start=1):
            one.position = position
        ContactField.objects.bulk_update(fields, ["position"])


def count_of_values(field: ContactField) -> int:
    """Return how many contacts have a value of this field."""
    return Contact.objects.filter(custom__has_key=field.key).count()


def delete(field: ContactField) -> None:
    """Delete a field, and its values from every contact."""
    ContactField.objects.filter(pk=field.pk).delete()
    for ids in iter(lambda: _some_with(field.key), []):
        with transaction.atomic():
            rows = list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=ids))
            for row in rows:
                row.custom = {key: value for key, value in row.custom.items() if key != field.key}
            Contact.objects.bulk_update(rows, ["custom"])


def _some_with(key: str) -> list[uuid.UUID]:
    return list(Contact.objects.filter(custom__has_key=key).values_list("pk", flat=True)[:_BATCH])


# What templates of sequences say beside the contact's fields, and what Liquid keeps for itself.
RESERVED = frozenset(
    {one.name for one in CONTACT_FIELDS}
    | {"address", "time_zone", "subject", "date", "my_name", "my_address", "company_name", "sender_line"}
    | {"mailbox_name", "mailbox_address", "contact_name", "contact_first_name", "contact_address"}
    | {"unsubscribe_link", "unsubscribe_url", "and", "or", "not", "contains", "true", "false", "nil", "null", "blank"}
    | {"empty", "if", "else", "elsif", "endif", "unless", "endunless", "case", "when", "endcase"}
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+", re.ASCII)
