"""A test of a mail: to the person who writes the sequence, and to nobody else."""

from dataclasses import replace
from datetime import datetime

from mailboxes import outbox
from mailboxes.addresses import Address
from mailboxes.composing import CompositionRefused
from mailboxes.models import OutgoingMessage
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from sequences.editing.previewing import Occasion, PreviewRefused, preview
from sequences.enrolling import usable_servers
from sequences.models import Variant

_MARK = "[Test] "
_LONGEST_SUBJECT = 500


def send_test(variant: Variant, occasion: Occasion, *, to: Membership, now: datetime) -> OutgoingMessage:
    """Send what the preview shows to the address that a person signs in with; raise PreviewRefused.

    It is mail of the platform, not of the sequence: no step, no report and no limit of new contacts counts it. It
    begins a thread of its own, and its link to unsubscribe names nobody.
    """
    why_not = usable_servers([occasion.server], by=to, now=now)[occasion.server.pk]
    if why_not:
        raise PreviewRefused(why_not)
    shown = preview(variant, occasion, now=now).composition
    composition = replace(
        shown,
        to=(Address(to.user.name, to.user.email),),
        subject=f"{_MARK}{shown.subject}"[:_LONGEST_SUBJECT],
        in_reply_to="",
        references=(),
    )
    submission = outbox.Submission(
        id=new_id(),
        server=occasion.server,
        composition=composition,
        origin=OutgoingMessage.Origin.SYSTEM,
        written_by=to,
    )
    try:
        return outbox.submit(submission, now=now)
    except CompositionRefused as refused:
        raise PreviewRefused(str(refused)) from refused
