"""Reports on what we sent: who was not reached, who complained, who wants no more (SPEC I5, S6).

They count also in mail that is discarded later.
"""

from functools import partial

from mailboxes.classifying import Kind
from mailboxes.models import OutgoingMessage
from mailboxes.receiving.received import Next, Received
from mailboxes.standing import refusals, reports


def record_delivery_status(received: Received) -> Next:
    """Write down whom a mail of ours did not reach."""
    if _counts(received) and received.classification.kind in (Kind.BOUNCE, Kind.DELAYED):
        received.writes.do(partial(_record_failures, received))
    return Next.CONTINUE


def record_complaint(received: Received) -> Next:
    """Write down who called a mail of ours spam."""
    if _counts(received) and received.classification.kind == Kind.FEEDBACK_REPORT:
        received.writes.do(partial(_record_complaint, received))
    return Next.CONTINUE


def record_unsubscribe(received: Received) -> Next:
    """Write down who wants no more mail to lists."""
    if _counts(received) and received.classification.kind == Kind.UNSUBSCRIBE and received.sender:
        received.writes.do(partial(_record_unsubscribe, received))
    return Next.CONTINUE


def record_refused_recipients(outgoing: OutgoingMessage) -> None:
    """A recipient who was refused while we spoke with the server bounced as well."""
    refusals.record_refusals(outgoing)


def _counts(received: Received) -> bool:
    return not received.is_written_by_us and not received.message.is_archived


def _record_failures(received: Received) -> None:
    did = reports.record_failures(
        received.window.mailbox, received.message, received.classification, received.answers, now=received.now
    )
    received.note("record_delivery_status", did or "The report names no recipient.")


def _record_complaint(received: Received) -> None:
    did = reports.record_complaint(
        received.window.mailbox, received.message, received.classification, received.answers, now=received.now
    )
    received.note("record_complaint", did)


def _record_unsubscribe(received: Received) -> None:
    did = reports.record_unsubscribe(received.window.mailbox, received.message, received.sender, now=received.now)
    received.note("record_unsubscribe", did)
