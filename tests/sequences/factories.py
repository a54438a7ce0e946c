"""Contacts, sequences and enrollments, as tests need them."""

import itertools
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from typing import Any

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Contact, Enrollment, EnrollmentEvent, Sequence, Step, Variant
from servers.models import OutgoingServer
from tests.factories import make_mailbox, make_outgoing

_numbers = itertools.count(1)

# Every hour of every day: tests of the hours choose their own week.
ALWAYS = [[["00:00", "24:00"]] for _day in range(7)]


@dataclass(frozen=True)
class Mail:
    """A step with one variant: `delay` of `unit` after the mail before; an empty subject stays in its thread."""

    subject: str = "Hello {{ first_name }}"
    html: str = "<p>Hello {{ first_name }}, shall we talk?</p>"
    delay: int = 0
    unit: str = Step.Unit.DAYS


def make_marketing_mailbox(tenant: Tenant, name: str | None = None, **fields: Any) -> Mailbox:
    return make_mailbox(tenant, name, **{"kind": Mailbox.Kind.MARKETING, **fields})


def make_contact(tenant: Tenant, address: str | None = None, **fields: Any) -> Contact:
    """Make a contact; its address is invented unless given."""
    written = address or f"ada{next(_numbers)}@customer{next(_numbers)}.example"
    now = clock.now()
    values = {"first_name": "Ada", "last_name": "Palmer", "created_at": now, "changed_at": now, **fields}
    normal = written.lower()
    with tenant_scope(tenant.pk):
        return Contact.objects.create(
            tenant=tenant, address=normal, written_address=written, domain=normal.rpartition("@")[2], **values
        )


def make_sequence(
    mailbox: Mailbox,
    *,
    author: Membership | None,
    steps: Listed[Mail] = (Mail(),),
    server: OutgoingServer | None = None,
    **fields: Any,
) -> Sequence:
    """Make an active sequence that sends at all hours, through `server` or the default server of the mailbox."""
    now = clock.now()
    server = server or _server_of(mailbox)
    values = {
        "name": f"Sequence {next(_numbers)}",
        "state": Sequence.State.ACTIVE,
        "week": ALWAYS,
        "zone": Sequence.Zone.ACCOUNT,
        "started_at": now,
        "created_at": now,
        "changed_at": now,
        **fields,
    }
    with tenant_scope(mailbox.tenant_id):
        sequence = Sequence.objects.create(tenant_id=mailbox.tenant_id, author=author, server=server, **values)
        for position, mail in enumerate(steps, start=1):
            make_step(sequence, mail, position=position)
    return sequence


def make_step(sequence: Sequence, mail: Mail | None = None, *, position: int = 1) -> Step:
    """Make a step with its variant A."""
    mail = mail or Mail()
    now = clock.now()
    with tenant_scope(sequence.tenant_id):
        step = Step.objects.create(
            tenant_id=sequence.tenant_id,
            sequence=sequence,
            position=position,
            delay=mail.delay,
            unit=mail.unit,
            created_at=now,
        )
        Variant.objects.create(
            tenant_id=sequence.tenant_id, step=step, label="A", subject=mail.subject, html=mail.html, changed_at=now
        )
    return step


def enroll(sequence: Sequence, contact: Contact, **fields: Any) -> Enrollment:
    """Put a contact into a sequence as it stands after adding: its first step is due now, unless fields say else."""
    now = clock.now()
    with tenant_scope(sequence.tenant_id):
        values = {
            "server_id": sequence.server_id,
            "step": sequence.steps.filter(removed_at=None).first(),
            "due_at": now,
            "added_at": now,
            "changed_at": now,
            **fields,
        }
        enrollment = Enrollment.objects.create(
            tenant_id=sequence.tenant_id, sequence=sequence, contact=contact, **values
        )
        EnrollmentEvent.objects.create(
            tenant_id=sequence.tenant_id, enrollment=enrollment, kind=EnrollmentEvent.Kind.ADDED, at=now
        )
    return enrollment


def _server_of(mailbox: Mailbox) -> OutgoingServer:
    with tenant_scope(mailbox.tenant_id):
        server = OutgoingServer.objects.filter(mailbox=mailbox, is_default=True).first()
    return server or make_outgoing(mailbox)
