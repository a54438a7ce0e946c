"""An account with one marketing mailbox, and servers through which its sequences send."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches

from mailboxes.models import Mailbox, OutgoingMessage
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.limits import Intention, Refusal, reserve
from sequences.models import SendingLimit, SendingSettings
from servers.models import OutgoingServer
from tests.factories import make_outgoing, make_tenant
from tests.sequences.factories import make_marketing_mailbox

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """What sends, and what it may send; the scope of its tenant is open."""

    tenant: Tenant
    mailbox: Mailbox
    server: OutgoingServer
    sequence_id: uuid.UUID = field(default_factory=new_id)

    def intention(self, server: OutgoingServer | None = None, **fields: Any) -> Intention:
        values = {
            "recipient_domain": "customers.example",
            "sequence_id": self.sequence_id,
            "is_first_step": False,
            "new_per_day": None,
            **fields,
        }
        return Intention(tenant_id=self.tenant.pk, server=server or self.server, **values)

    def send(self, count: int, now: datetime = NOON, **fields: Any) -> list[Refusal | None]:
        return [reserve(self.intention(**fields), now=now) for _ in range(count)]

    def limit(self, of: OutgoingServer | Mailbox, **fields: Any) -> SendingLimit:
        name = "mailbox" if isinstance(of, Mailbox) else "server"
        return SendingLimit.objects.create(tenant=self.tenant, changed_at=NOON, **{name: of}, **fields)

    def in_zone(self, name: str) -> None:
        Tenant.objects.filter(pk=self.tenant.pk).update(time_zone=name)

    def settings(self, **fields: Any) -> SendingSettings:
        return SendingSettings.objects.create(tenant=self.tenant, changed_at=NOON, **fields)

    def other_mail(self, count: int, at: datetime = NOON, **fields: Any) -> None:
        """Let people write mail through the server."""
        values = {"mailbox": self.mailbox, "server": self.server, "from_address": self.mailbox.address, **fields}
        OutgoingMessage.objects.bulk_create(
            OutgoingMessage(
                tenant=self.tenant, message_id=f"<{new_id()}@acme.example>", size=1, created_at=at, **values
            )
            for _ in range(count)
        )


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    made = make_account()
    caches["process"].clear()
    with tenant_scope(made.tenant.pk):
        yield made
    caches["process"].clear()


def make_account() -> Account:
    tenant = make_tenant()
    mailbox = make_marketing_mailbox(tenant, address="sales@acme.example")
    return Account(tenant, mailbox, make_outgoing(mailbox))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
