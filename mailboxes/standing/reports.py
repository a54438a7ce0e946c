"""What reports on deliveries, complaints and requests mean for the addresses that we wrote to."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from mailboxes.addresses import normalise
from mailboxes.classifying import Classification, FailedRecipient, Kind, Reason, Remedy
from mailboxes.models import Delivery, Mailbox, Message, OutgoingMessage, ReportedFailure, StandingChange
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion

# A report that does not name our mail is about the newest one to this address, if it is no older.
_REPORTED_WITHIN = timedelta(days=30)
_MOST_RECIPIENTS = 100
# Kinds of feedback that are no complaint (RFC 5965 §7.3, RFC 6430).
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})


def is_final(failure: FailedRecipient) -> bool:
    """Whether a failure says that the address itself is wrong, for good.

    A mail that was refused as spam, or as too large, failed for good as well, and says nothing about the address.
    """
    if not failure.is_permanent:
        return False
    is_about_address = failure.reason == Reason.UNKNOWN and failure.status.startswith("5.1.")
    return failure.reason.remedy == Remedy.REMOVE or is_about_address


def record_failures(
    mailbox: Mailbox, message: Message, found: Classification, outgoing: OutgoingMessage | None, *, now: datetime
) -> str:
    """Write down whom a mail of ours did not reach, and change their standing; return what was done, in words."""
    did = []
    for failure in found.recipients[:_MOST_RECIPIENTS]:
        delivery = _delivery(mailbox, outgoing, failure, now=now)
        address = delivery.recipient if delivery else failure.address
        _, is_new = ReportedFailure.objects.get_or_create(
            tenant_id=mailbox.tenant_id,
            message=message,
            address=normalise(address)[:320],
            defaults={
                "delivery": delivery,
                "is_permanent": failure.is_permanent,
                "is_delay": found.kind == Kind.DELAYED,
                "status": failure.status[:16],
                "reason": failure.reason,
                "diagnostic": failure.diagnostic[:600],
                "reported_at": now,
            },
        )
        if is_new:
            did.append(f"{address}: {_follow(mailbox, message, found, failure, delivery, now=now)}")
    return "; ".join(did)


def record_complaint(
    mailbox: Mailbox, message: Message, found: Classification, outgoing: OutgoingMessage | None, *, now: datetime
) -> str:
    """Note who complained, as far as the report and our own mail tell; return what was done."""
    if found.feedback_type in _NO_COMPLAINT:
        return f"A report of the kind {found.feedback_type} is no complaint."
    wrote_to = [_delivery(mailbox, outgoing, one, now=now) for one in found.recipients]
    named = [one.recipient for one in wrote_to if one is not None and not one.is_blind_copy]
    if not named and outgoing is not None:
        # Providers leave the address out; a mail to one person has but one who can have complained.
        named = list(outgoing.deliveries.filter(is_blind_copy=False).values_list("recipient", flat=True)[:2])
        named = named if len(named) == 1 else []
    for address in named:
        changing.note_complaint(address, Occasion(mailbox.tenant_id, now, found.evidence, message=message))
    return (
        f"{', '.join(named)} complained." if named else "Nobody knows who complained: we wrote to none that it names."
    )


def record_unsubscribe(mailbox: Mailbox, message: Message, sender: str, *, now: datetime) -> str:
    """Note that the sender wants no mail to lists any more, if we ever wrote to them."""
    if not _deliveries_to(mailbox, [sender]).filter(is_blind_copy=False).exists():
        return f"{sender} was never written to: nothing to unsubscribe from."
    changing.note_unsubscribe(sender, Occasion(mailbox.tenant_id, now, message.subject, message=message))
    return f"{sender} is unsubscribed from mail to lists."


def _follow(
    mailbox: Mailbox,
    message: Message,
    found: Classification,
    failure: FailedRecipient,
    delivery: Delivery | None,
    *,
    now: datetime,
) -> str:
    if delivery is None:
        return "was not written to from here, so nothing follows."
    if delivery.is_blind_copy:
        return "gets a copy of all mail of the mailbox, which did not arrive; nothing follows."
    words = " ".join(one for one in (failure.status, failure.diagnostic) if one) or failure.reason.label
    occasion = Occasion(mailbox.tenant_id, now, words, message=message, delivery=delivery)
    if found.kind == Kind.DELAYED:
        changing.count_bounce(delivery.recipient, StandingChange.Event.DELAYED, occasion)
        return "is still being tried."
    if is_final(failure) and mailbox.kind == Mailbox.Kind.MARKETING:
        changing.mark_incorrect(delivery.recipient, occasion)
        return "is marked as incorrect."
    changing.count_bounce(delivery.recipient, StandingChange.Event.BOUNCED, occasion)
    return "bounced; counted."


def _delivery(
    mailbox: Mailbox, outgoing: OutgoingMessage | None, failure: FailedRecipient, *, now: datetime
) -> Delivery | None:
    """Find what we sent to the recipient: of the mail that the report encloses, else the newest."""
    named = [one for one in (failure.address, failure.original_address) if one]
    if outgoing is not None:
        wanted = {normalise(one) for one in named}
        return next((one for one in _deliveries_of(outgoing) if normalise(one.recipient) in wanted), None)
    lately = _deliveries_to(mailbox, named).filter(outgoing_message__created_at__gte=now - _REPORTED_WITHIN)
    newest: Delivery | None = lately.order_by("-id").first()
    return newest


def _deliveries_of(outgoing: OutgoingMessage) -> list[Delivery]:
    """Ask once, however many recipients a report names."""
    # It asks only what it has not asked before.
    prefetch_related_objects([outgoing], "deliveries")
    return list(outgoing.deliveries.all())


def _deliveries_to(mailbox: Mailbox, addresses: Iterable[str]) -> QuerySet[Any]:
    spellings = {spelling for one in addresses for spelling in (one, one.lower(), normalise(one))}
    return Delivery.objects.filter(
        tenant_id=mailbox.tenant_id, recipient__in=spellings, outgoing_message__mailbox=mailbox
    )
