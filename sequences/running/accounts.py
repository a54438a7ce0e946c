"""What one run needs to know of the account, asked once for all of its mails."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from mailboxes.leaving import may_still_send
from mailboxes.merging import LETTER_FIELDS, Field
from mailboxes.templating.values import written_date
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Tenant
from sequences.contacts.merge_values import contact_merge_fields, values_of
from sequences.models import Contact, ContactField, Sequence
from sequences.schedule.rules import SendingRules, rules_of
from servers.models import OutgoingServer

UNSUBSCRIBE_FIELD = Field(
    "unsubscribe_link",
    "The address of the page on which the contact unsubscribes",
    "https://mail.example.com/u/sample",
)


@dataclass
class Account:
    """The account that sends, and who may still send in its name."""

    tenant: Tenant
    rules: SendingRules
    fields: tuple[ContactField, ...]
    _authors: dict[tuple[uuid.UUID | None, uuid.UUID], bool] = field(default_factory=dict)

    @classmethod
    def load(cls, tenant_id: int) -> Account:
        """Ask for it; the scope of the tenant is open."""
        return cls(
            tenant=Tenant.objects.get(pk=tenant_id),
            rules=rules_of(tenant_id),
            fields=tuple(ContactField.objects.all()),
        )

    @property
    def sender_line(self) -> str:
        return self.rules.sender_line

    def author_may_send(self, sequence: Sequence, server: OutgoingServer) -> bool:
        """Whether who wrote the sequence may send through the mailbox of this server; asked once for each."""
        key = (sequence.author_id, server.mailbox_id)
        if key not in self._authors:
            self._authors[key] = may_still_send(sequence.author, server.mailbox)
        return self._authors[key]

    def merge_fields(self) -> tuple[Field, ...]:
        """Return what may stand in the texts of a sequence of this account, as it is offered to who writes them."""
        own = (one for one in LETTER_FIELDS if one.name in _FIELDS_OF_SENDER)
        return (*contact_merge_fields(self.fields), UNSUBSCRIBE_FIELD, *own)

    def merge_values(
        self, sequence: Sequence, contact: Contact, server: OutgoingServer, *, unsubscribe_url: str, now: datetime
    ) -> dict[str, str]:
        """Return what each of these fields gives in a mail to this contact: one line of plain text, "" for nothing."""
        author = sequence.author.user if sequence.author is not None else None
        about_contact = values_of(contact, self.fields)
        values = {
            "contact_name": contact.full_name,
            "contact_first_name": contact.first_name,
            "contact_address": contact.written_address,
            "subject": "",
            "my_name": author.name if author is not None else "",
            "my_address": author.email if author is not None else "",
            "mailbox_name": server.mailbox.name,
            "mailbox_address": server.from_address,
            "company_name": self.tenant.name,
            "date": written_date(now),
            **about_contact,
            UNSUBSCRIBE_FIELD.name: unsubscribe_url,
        }
        return {name: clean_header(value)[:_LONGEST] for name, value in values.items()}


_LONGEST = 500
_FIELDS_OF_SENDER = frozenset({"my_name", "my_address", "mailbox_name", "mailbox_address", "company_name", "date"})
