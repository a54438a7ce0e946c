"""Settles the recipients of an attempt: what the server said decides each one (RFC 5321 §4.2.1)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Min
from django.db.models.functions import Now

from mailboxes.identifiers import identifier_key, provider_identifiers
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage, SentIdentifier
from mailboxes.pipelines import settled_handlers
from mailhub.tenancy.models import Membership
from servers.envelope import Reply
from servers.models import OutgoingServer

# Waits between tries (RFC 5321 §4.5.4.1: at least 30 minutes after the first, give up after 4 to 5 days). The first are
# shorter, because greylisting and full queues often pass within minutes.
_WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240)]
GIVE_UP_AFTER = timedelta(days=4)
log = logging.getLogger(__name__)

FOUND_IN_SENT = "Found in the Sent folder: the server has taken it."
DIED_AT_DOT = "The worker stopped while the server was taking the message: it may have arrived."

_State = Delivery.State


@dataclass(frozen=True)
class Outcome:
    """The new state of one recipient and the words behind it."""

    state: Delivery.State
    text: str
    code: int | None = None
    enhanced_status: str = ""
    not_before: datetime | None = None


def outcome_of(reply: Reply, delivery: Delivery, *, now: datetime) -> Outcome:
    """Decide from a server's reply: positive is sent, 4yz waits, 5yz failed."""
    if reply.is_positive:
        return Outcome(_State.SENT, reply.text, reply.code, reply.enhanced_status)
    if reply.is_transient:
        return waiting(delivery, reply.text, now=now, code=reply.code, enhanced_status=reply.enhanced_status)
    return Outcome(_State.FAILED, reply.text, reply.code, reply.enhanced_status)


def waiting(
    delivery: Delivery, text: str, *, now: datetime, code: int | None = None, enhanced_status: str = ""
) -> Outcome:
    """Try again later; a message is given up four days after it was first tried.

    However long it waited for that first try: on the platform's daily limit, or in a mailbox that was not active.
    """
    if _first_tried_at(delivery, now=now) < now - GIVE_UP_AFTER:
        return Outcome(_State.FAILED, f"Given up after {GIVE_UP_AFTER.days} days. {text}", code, enhanced_status)
    wait = _WAITS[min(delivery.attempt_count, len(_WAITS) - 1)]
    return Outcome(_State.DEFERRED, text, code, enhanced_status, not_before=now + wait)


def _first_tried_at(delivery: Delivery, *, now: datetime) -> datetime:
    # Nothing is tried before it is written, and this is known without a look at the attempts.
    created_at: datetime = delivery.outgoing_message.created_at
    if now - created_at <= GIVE_UP_AFTER:
        return created_at
    if not delivery.attempt_count:
        return now
    tries = DeliveryAttempt.objects.filter(outgoing_message=delivery.outgoing_message_id)
    return tries.aggregate(first=Min("started_at"))["first"] or now


def settle(
    attempt: DeliveryAttempt, outcomes: Mapping[str, Outcome], *, now: datetime, final_reply: Reply | None = None
) -> None:
    """Write the outcome of each recipient. Recipients that are another attempt's by now are left alone."""
    with transaction.atomic():
        for recipient, outcome in outcomes.items():
            _settle_recipient(attempt, recipient, outcome, now=now)
        if final_reply is not None and final_reply.is_positive:
            _keep_provider_identifiers(attempt.outgoing_message, final_reply)
        follow(attempt.outgoing_message)


def settle_found(outgoing: OutgoingMessage, *, now: datetime) -> bool:
    """Settle as sent what is uncertain of a message, because it stands in the Sent folder; False if nothing is."""
    uncertain = Delivery.objects.filter(outgoing_message=outgoing, state=_State.UNCERTAIN)
    with transaction.atomic():
        if not uncertain.update(state=_State.SENT, reply_text=FOUND_IN_SENT, settled_at=now):
            return False
        follow(outgoing)
    return True


def settle_by_person(delivery: Delivery, *, by: Membership, now: datetime) -> bool:
    """Settle as sent what is uncertain, because a person knows better; False if it is not uncertain (any more).

    What the server said stays as it was.
    """
    uncertain = Delivery.objects.filter(pk=delivery.pk, state=_State.UNCERTAIN)
    with transaction.atomic():
        if not uncertain.update(state=_State.SENT, settled_at=now, settled_by=by):
            return False
        follow(delivery.outgoing_message)
    return True


def settle_expired(attempt: DeliveryAttempt) -> None:
    """Settle as uncertain whom the server may have taken the message for when the worker died at the final dot."""
    at_dot = Delivery.objects.filter(attempt=attempt, state=_State.DOT_PENDING)
    if at_dot.update(state=_State.UNCERTAIN, reply_text=DIED_AT_DOT, settled_at=Now()):
        follow(attempt.outgoing_message)


def fail_waiting(server: OutgoingServer, text: str, *, now: datetime) -> None:
    """Settle as failed everyone who still waits for this server; `text` says why."""
    waiting = Delivery.objects.filter(server=server, state__in=Delivery.WAITING)
    with transaction.atomic():
        messages = list(OutgoingMessage.objects.filter(deliveries__in=waiting).distinct())
        waiting.update(state=_State.FAILED, reply_text=text[:600], settled_at=now)
        for outgoing in messages:
            follow(outgoing)


def follow(outgoing: OutgoingMessage) -> None:
    """Run what follows when recipients were settled, in the same transaction.

    A step that fails leaves what the server said as it is.
    """
    for handler in settled_handlers():
        try:
            with transaction.atomic():
                handler(outgoing)
        except (OperationalError, InterfaceError):
            # The database is in trouble, not the step: the sweep settles what is left.
            raise
        except Exception:
            log.exception("A step after the settling of message %s failed.", outgoing.pk)


def finish(attempt: DeliveryAttempt, replies: Mapping[str, Reply], final_reply: Reply | None, *, now: datetime) -> None:
    """Close the attempt with what the server answered."""
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        state=DeliveryAttempt.State.FINISHED,
        finished_at=now,
        replies={recipient: f"{reply.code} {reply.text}" for recipient, reply in replies.items()},
        final_reply=f"{final_reply.code} {final_reply.text}"[:600] if final_reply else "",
    )


def _settle_recipient(attempt: DeliveryAttempt, recipient: str, outcome: Outcome, *, now: datetime) -> None:
    # Uncertain is left by a sweep that thought us dead: the reply that came after all is better knowledge.
    open_states = [_State.CLAIMED, _State.DOT_PENDING, _State.UNCERTAIN]
    settled = outcome.state in Delivery.SETTLED
    Delivery.objects.filter(attempt=attempt, recipient=recipient, state__in=open_states).update(
        state=outcome.state,
        reply_code=outcome.code,
        enhanced_status=outcome.enhanced_status[:16],
        reply_text=outcome.text[:600],
        not_before=outcome.not_before or F("not_before"),
        attempt_count=F("attempt_count") + 1,
        settled_at=now if settled else None,
    )


def _keep_provider_identifiers(outgoing: OutgoingMessage, final_reply: Reply) -> None:
    """Replies will quote what the provider put in the place of our Message-ID (Amazon SES, Outlook)."""
    for text in provider_identifiers(final_reply.text):
        if text != outgoing.message_id:
            SentIdentifier.objects.get_or_create(
                tenant_id=outgoing.tenant_id,
                outgoing_message=outgoing,
                mailbox_id=outgoing.mailbox_id,
                key=identifier_key(text),
                text=text,
                defaults={"source": SentIdentifier.Source.PROVIDER},
            )
