"""What the fields of a template give."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from mailboxes.addresses import Address
from mailboxes.merging import AUTOMATIC_FIELDS, LETTER_FIELDS
from mailboxes.models import Conversation, Mailbox
from mailboxes.showing import shown_name
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership, Tenant


def automatic_values(tenant: Tenant, mailbox: Mailbox | None, *, now: datetime) -> Mapping[str, str]:
    """Return what the fields of automatic mail give for a mailbox of the account; samples where it has none yet."""
    values = {field.name: field.sample for field in AUTOMATIC_FIELDS}
    values |= {"company_name": tenant.name, "date": written_date(now)}
    if mailbox is not None:
        values |= {"mailbox_name": mailbox.name, "mailbox_address": mailbox.address}
    return values


def letter_values(
    author: Membership,
    mailbox: Mailbox | None,
    *,
    address: str,
    contact: Address | None,
    subject: str,
    today: date,
) -> Mapping[str, str]:
    """Return what fields give in a letter of `author` that comes from `address` and goes to `contact`.

    Everything is one line of plain text; what is not known is "".
    """
    name = name_of(contact) if contact is not None else ""
    values = {
        "contact_name": name,
        "contact_first_name": first_name(name),
        "contact_address": contact.addr_spec if contact is not None else "",
        "subject": subject,
        "my_name": author.user.name,
        "my_address": author.user.email,
        "mailbox_name": mailbox.name if mailbox is not None else "",
        "mailbox_address": address,
        "company_name": author.tenant.name,
        "date": written_date(today),
    }
    return {field: clean_header(value)[:_LONGEST] for field, value in values.items()}


def sample_values() -> Mapping[str, str]:
    """Return what the preview of a letter shows where there is no conversation yet."""
    return {field.name: field.sample for field in LETTER_FIELDS}


def correspondent_of(conversation: Conversation) -> Address:
    """Return whom a conversation is with, as the list shows it."""
    return Address(conversation.correspondent_name, conversation.correspondent_address)


def name_of(contact: Address) -> str:
    """Return a correspondent's name; "" where there is none, or where it pretends to be an address (SECURITY B080)."""
    name = clean_header(contact.display_name)
    return name if name and shown_name(name, contact.addr_spec) == name else ""


def first_name(name: str) -> str:
    """Return the first name in "Nina Berg", "Berg, Nina" or "Dr. Nina Berg (Acme)"; "" where there seems to be none."""
    words = _IN_BRACKETS.sub(" ", name)
    family_name, comma, given_names = words.partition(",")
    if comma and given_names.strip() and " " not in family_name.strip():
        words = given_names
    for word in words.replace(",", " ").split():
        bare = word.strip("\"'“”‘’.")
        if bare.casefold() not in _TITLES and any(one.isalpha() for one in bare):
            return bare
    return ""


def written_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


_LONGEST = 500
_IN_BRACKETS = re.compile(r"\([^()]{0,200}\)|\[[^\[\]]{0,200}\]")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "sir", "dr", "prof", "professor", "ing", "dipl-ing", "mag", "herr", "frau", "hr"}
    | {"fr", "m", "mme", "mlle", "sr", "sra", "dott", "dhr", "mevr"}
)
