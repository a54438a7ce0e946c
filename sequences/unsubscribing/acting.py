"""Unsubscribes a contact: from one sequence, or from all mail to lists."""

from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices

from mailboxes.models import AddressStanding, Message
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from sequences.contacts.finding import contacts_by_address
from sequences.models import Contact, Enrollment, StepSend
from sequences.stopping.ending import stop

_Cause = Enrollment.Cause


class Choice(TextChoices):
    """What a recipient wants no more of."""

    SERIES = "series", "Only this series of e-mails"
    EVERYTHING = "everything", "All e-mails of this kind"


def unsubscribe(
    enrollment: Enrollment, choice: Choice, *, words: str, message: Message | None = None, now: datetime
) -> None:
    """Do what the contact of this enrollment asks for. Twice is the same as once."""
    with transaction.atomic():
        if choice == Choice.EVERYTHING:
            suppress(enrollment.contact, words, message=message, now=now)
            rows = Enrollment.objects.filter(contact=enrollment.contact_id)
        else:
            rows = Enrollment.objects.filter(pk=enrollment.pk)
        stop(rows, _Cause.UNSUBSCRIBED, words, message=message, now=now)
        _mark_newest(enrollment, now=now)


def unsubscribe_address(tenant_id: int, address: str, *, words: str, now: datetime) -> None:
    """Let no list write to an address any more, whoever has it by now. Twice is the same as once.

    For a mail whose contact is gone, or has another address since: it got the mail, so it may ask.
    """
    with transaction.atomic():
        _suppress_address(tenant_id, address, words, now=now)
        contacts = contacts_by_address([address]).values()
        stop(Enrollment.objects.filter(contact__in=contacts), _Cause.UNSUBSCRIBED, words, now=now)


def suppress(contact: Contact, words: str, *, message: Message | None = None, now: datetime) -> None:
    """Let no list write to this contact any more, unless that is so already."""
    _suppress_address(contact.tenant_id, contact.address, words, message=message, now=now)


def _suppress_address(
    tenant_id: int, address: str, words: str, *, message: Message | None = None, now: datetime
) -> None:
    known = AddressStanding.objects.filter(address=address, unsubscribed_at__isnull=False)
    if not known.exists():
        changing.note_unsubscribe(address, Occasion(tenant_id, now, words, message=message))


def _mark_newest(enrollment: Enrollment, *, now: datetime) -> None:
    """Reports count the mail after which somebody unsubscribed, once."""
    newest = StepSend.objects.filter(enrollment=enrollment, withdrawn_at=None).order_by("-submitted_at").first()
    if newest is not None:
        StepSend.objects.filter(pk=newest.pk, unsubscribed_at=None).update(unsubscribed_at=now)
