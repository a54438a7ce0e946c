"""Mail that a mailbox does not take in: which it is, and how it is kept for a while (SPEC M23)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mailboxes import tasks
from mailboxes.intake.matching import Traits, fits
from mailboxes.models import Attachment, DiscardFilter, Mailbox, Message


def load(mailbox: Mailbox) -> Sequence[DiscardFilter]:
    """Return the active filters of a mailbox, in their order."""
    return list(DiscardFilter.objects.filter(mailbox=mailbox, is_active=True))


def first_fitting(filters: Sequence[DiscardFilter], traits: Traits) -> DiscardFilter | None:
    """Return the filter because of which a mail is not taken in."""
    return next((rule for rule in filters if fits(rule, traits)), None)


def discard(message: Message, because: str, *, now: datetime) -> None:
    """Mark the message as discarded; nothing is saved."""
    message.state = Message.State.DISCARDED
    message.discarded_because = because[:300]
    message.discarded_at = now


def take_in(message: Message) -> bool:
    """Send a discarded message through the pipeline after all; False when it is not discarded any more.

    No filter holds it up a second time (`Message.was_taken_in`). What the mailbox refuses of its attachments stays
    refused.
    """
    with transaction.atomic():
        if (
            not Message.objects.filter(pk=message.pk)
            .discarded()
            .update(state=Message.State.STORED, discarded_because="", attempt_count=0)
        ):
            return False
        # The pipeline describes them anew.
        Attachment.objects.filter(message=message.pk).delete()
        tasks.receive.ring(message.tenant_id, message.mailbox_id)
    return True
