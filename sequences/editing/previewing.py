"""A mail of a sequence as one contact gets it: written by what writes it when it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from django.conf import settings
from django.urls import reverse

from mailboxes.composing import Composition, CompositionRefused, reply_subject
from mailboxes.identities import identity_for
from mailboxes.merging import MergeRefused, fill_header
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from sequences.contacts.merge_values import contact_merge_fields
from sequences.models import Contact, Enrollment, Sequence, Step, StepSend, Variant
from sequences.running.accounts import Account
from sequences.running.drawing import variant_for
from sequences.running.submitting import compose_step
from sequences.running.texts import FieldsMissing, TextRefused
from sequences.running.threads import Thread, thread_of
from sequences.unsubscribing.tokens import unsubscribe_url
from servers.models import OutgoingServer

# Fields that a condition shows come to light one after the other.
_MOST_ROUNDS = 20


class PreviewRefused(Exception):
    """The mail cannot be written for anybody; the text says what to change."""


@dataclass(frozen=True)
class Preview:
    """A mail, and what has to be said of it."""

    composition: Composition
    # Fields that have no value for this contact: they stand in the mail in brackets, and it would not leave.
    missing: tuple[str, ...]
    server: OutgoingServer


@dataclass(frozen=True)
class Occasion:
    """To whom a mail would go, through which server, and in the place of which step."""

    sequence: Sequence
    contact: Contact
    server: OutgoingServer
    position: int
    # The way of the contact through this sequence; None for who is not in it.
    enrollment: Enrollment | None = None

    @classmethod
    def of(
        cls,
        sequence: Sequence,
        contact: Contact | None,
        server: OutgoingServer | None,
        position: int,
        *,
        viewer: Membership,
    ) -> Self:
        """Return the occasion for a contact, or for a sample of one; raise PreviewRefused without any server.

        Whoever is in the sequence gets it through the server that they have, unless another one is named.
        """
        enrollment = None
        if contact is not None:
            # Whose mail goes through a mailbox that the viewer may not see is shown like anybody who is not in.
            rows = Enrollment.objects.visible_to(viewer).filter(sequence=sequence, contact=contact)
            enrollment = rows.select_related("server__mailbox").first()
        chosen = server or (enrollment.server if enrollment is not None else None) or sequence.server
        if chosen is None:
            raise PreviewRefused("Choose an outgoing server in the settings of the sequence, to see the whole mail.")
        return cls(sequence, contact or _sample(sequence), chosen, position, enrollment)

    @property
    def is_sample(self) -> bool:
        return self.contact._state.adding


def preview(variant: Variant, occasion: Occasion, *, now: datetime) -> Preview:
    """Return the mail that a text becomes, as it would be handed over now; raise PreviewRefused.

    But for the link to unsubscribe, which names nobody here. `variant` need not be stored.
    """
    account = _Marking.of(Account.load(occasion.sequence.tenant_id))
    if occasion.is_sample:
        account.marks = {one.name: one.sample for one in contact_merge_fields(account.fields)}
    enrollment = Enrollment(
        id=new_id(),
        tenant_id=occasion.sequence.tenant_id,
        sequence=occasion.sequence,
        contact=occasion.contact,
        server=occasion.server,
    )
    missing: tuple[str, ...] = ()
    for _round in range(_MOST_ROUNDS):
        try:
            thread = Thread() if variant.subject.strip() else _thread(occasion, enrollment, account, now=now)
            composition = compose_step(enrollment, variant, account, thread=thread, now=now)
        except FieldsMissing as found:
            missing = (*missing, *found.names)
            account.marks |= {name: f"[{name}]" for name in found.names}
        except (TextRefused, CompositionRefused) as refused:
            raise PreviewRefused(str(refused)) from refused
        else:
            leaving = _as_it_leaves(composition, occasion.server)
            return Preview(_without_way_out(leaving, unsubscribe_url(enrollment)), missing, occasion.server)
    raise PreviewRefused(f"Too many fields have no value: {', '.join(missing)}.")


def variant_of(step: Step, enrollment: Enrollment | None) -> Variant | None:
    """Return the text that a contact on the way gets, or got; for anybody else the first that is switched on."""
    variants = list(step.variants.all())
    if enrollment is None:
        return next((one for one in variants if one.is_active), None)
    sent = StepSend.objects.filter(enrollment=enrollment, step=step, withdrawn_at=None).first()
    if sent is not None and sent.variant_id is not None:
        return next((one for one in variants if one.pk == sent.variant_id), None)
    return variant_for(enrollment.pk, step.pk, variants)


@dataclass
class _Marking(Account):
    """An account in which some fields give what stands in `marks`."""

    marks: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(account.tenant, account.rules, account.fields)

    def merge_values(
        self, sequence: Sequence, contact: Contact, server: OutgoingServer, *, unsubscribe_url: str, now: datetime
    ) -> dict[str, str]:
        values = super().merge_values(sequence, contact, server, unsubscribe_url=unsubscribe_url, now=now)
        return values | self.marks


def _as_it_leaves(composition: Composition, server: OutgoingServer) -> Composition:
    """The outbox decides as whom a server may send (mailboxes.identities)."""
    identity = identity_for(server, composition, is_probe=False)
    return replace(composition, from_=identity.from_, reply_to=identity.reply_to)


def _without_way_out(composition: Composition, link: str) -> Composition:
    """Let the link lead nowhere: it says whose it is, and who writes or gets a test must not speak for the contact."""
    nowhere = f"{settings.SITE_URL.rstrip('/')}{reverse('sequences:unsubscribe', args=['test'])}"
    return replace(
        composition,
        text=composition.text.replace(link, nowhere),
        html=composition.html.replace(link, nowhere),
        extra_headers=(),
    )


def _thread(occasion: Occasion, nobody: Enrollment, account: Account, *, now: datetime) -> Thread:
    """Return the thread that the mail before begins or goes on with, as far as the contact has got it."""
    before = Step.objects.filter(sequence=occasion.sequence, removed_at=None, position__lt=occasion.position)
    steps = list(before.order_by("-position", "-id").prefetch_related("variants"))
    got = _got(occasion.enrollment)
    for step in steps:
        if occasion.enrollment is not None and step.pk in got:
            return thread_of(occasion.enrollment)
        variant = variant_of(step, occasion.enrollment)
        if variant is not None and variant.subject:
            values = account.merge_values(
                occasion.sequence,
                occasion.contact,
                occasion.server,
                unsubscribe_url=unsubscribe_url(nobody),
                now=now,
            )
            return Thread(reply_subject(_filled(variant.subject, values)))
    return thread_of(occasion.enrollment) if occasion.enrollment is not None else Thread()


def _filled(subject: str, values: Mapping[str, str]) -> str:
    try:
        return fill_header(subject, values).text
    except MergeRefused as refused:
        raise PreviewRefused(f"The subject of the mail before: {refused}") from refused


def _got(enrollment: Enrollment | None) -> set[uuid.UUID]:
    if enrollment is None:
        return set()
    sends = StepSend.objects.filter(enrollment=enrollment, sent_at__isnull=False, withdrawn_at=None)
    return set(sends.values_list("step_id", flat=True))


def _sample(sequence: Sequence) -> Contact:
    """Return a contact that stands for all, as long as the account has none; it is never stored."""
    return Contact(
        tenant_id=sequence.tenant_id,
        address="nina@customer.example",
        written_address="nina@customer.example",
        domain="customer.example",
        first_name="Nina",
        last_name="Berg",
    )
