"""Delivers what is due for one outgoing server over one connection (RFC 5321)."""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from mailboxes import claiming, null_senders, platform_sending, settling
from mailboxes.models import Delivery, DeliveryAttempt
from mailboxes.settling import Outcome, outcome_of
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.blobs import BlobMissing
from servers.envelope import Envelope, RcptReply, Reply, UncertainDelivery
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import OutgoingServer, ServerError
from servers.models.outgoing import Transport
from servers.opening import open_submission_of
from servers.submitting import BlockingSubmission, Offer

log = logging.getLogger(__name__)

# Messages claimed at a time: few, so that one slow message does not hold many under its lease.
BATCH = 10
RUN_SECONDS = 60.0
# A failure in one of these may be the message's own fault, and the next message fares better.
_ABOUT_THE_MESSAGE = frozenset({Operation.MAIL_FROM, Operation.RCPT_TO, Operation.DATA})


class _LeaseLost(Exception):
    """The deliveries are another worker's by now: nothing of them was sent."""


class _Withdrawn(Exception):
    """Somebody took the message back while it was offered: the connection was dropped before the final dot."""


def deliver_due(server_id: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Hand over what is due; True when more is due already and the bell should ring again."""
    server = OutgoingServer.objects.sending().select_related("tenant").filter(pk=server_id).first()
    if server is None or (server.not_before is not None and server.not_before > now()):
        return False
    run = uuid.uuid4()
    with platform_sending.turn(server) as has_turn:
        may_run = has_turn and claiming.may_run(server)
        attempts = claiming.claim(server, run, now=now(), limit=BATCH) if may_run else []
    if not attempts:
        return False
    failpoint("deliver.claimed")
    try:
        carrier = platform_sending.carrier_of(server)
        with open_submission_of(carrier, now=now(), is_trusted=carrier.tenant.is_platform) as submission:
            _deliver_all(server, submission, run, attempts, now=now)
    except ServerFailure as failure:
        _connection_failed(server, run, failure, now=now())
        return False
    except _Withdrawn:
        claiming.give_back(run, now=now())
    except _LeaseLost as lost:
        # What else was claimed with it has the same lease: the sweep puts all of it back.
        log.warning("%s", lost)
    return Delivery.objects.filter(server=server).due(now()).not_held_by_invoice().exists()


def _deliver_all(
    server: OutgoingServer,
    submission: BlockingSubmission,
    run: uuid.UUID,
    attempts: Sequence[DeliveryAttempt],
    *,
    now: Callable[[], datetime],
) -> None:
    began = time.monotonic()
    while attempts:
        for attempt in attempts:
            _deliver(server, submission, attempt, now=now)
        server.record_success(now=now())
        if time.monotonic() - began > RUN_SECONDS:
            return
        attempts = claiming.claim(server, run, now=now(), limit=BATCH)


def _deliver(
    server: OutgoingServer, submission: BlockingSubmission, attempt: DeliveryAttempt, *, now: Callable[[], datetime]
) -> None:
    """Hand over one message. Raises ServerFailure when the connection itself failed, _LeaseLost and _Withdrawn."""
    outgoing = attempt.outgoing_message
    claiming.begin(attempt, octets=outgoing.size, now=now())
    claimed = attempt.deliveries.filter(state=Delivery.State.CLAIMED).select_related("outgoing_message")
    deliveries = {one.recipient: one for one in claimed}
    if not deliveries:
        # Withdrawn since it was claimed.
        settling.finish(attempt, {}, None, now=now())
        return
    try:
        raw = outgoing.raw()
    except BlobMissing as error:
        log.exception("The bytes of outgoing message %s are missing.", outgoing.pk)
        lost = Outcome(Delivery.State.FAILED, f"The stored bytes of the message are missing: {error}")
        settling.settle(attempt, dict.fromkeys(deliveries, lost), now=now())
        settling.finish(attempt, {}, None, now=now())
        return
    offer = _offer(server, submission, attempt, deliveries, raw, now=now)
    if offer is None:
        return
    failpoint("deliver.offered")
    refused = {one: reply for one, reply in offer.recipients.items() if one not in offer.accepted}
    _settle_refused(server, attempt, deliveries, refused, now=now())
    _record_refusals(server, refused, now=now())
    if not offer.accepted:
        settling.finish(attempt, offer.recipients, None, now=now())
        return
    if not claiming.mark_dot_pending(attempt, list(offer.accepted)):
        submission.abandon()
        if claiming.is_withdrawn(attempt):
            raise _Withdrawn
        raise _LeaseLost(f"The lease of attempt {attempt.pk} ended before the final dot: left to the sweep.")
    failpoint("deliver.dot_pending")
    final = _finish(server, submission, attempt, deliveries, offer, now=now)
    settling.finish(attempt, offer.recipients, final, now=now())
    if not final.is_positive:
        _record_refusals(server, dict.fromkeys(offer.accepted, final), now=now())


def _offer(
    server: OutgoingServer,
    submission: BlockingSubmission,
    attempt: DeliveryAttempt,
    deliveries: dict[str, Delivery],
    raw: bytes,
    *,
    now: Callable[[], datetime],
) -> Offer | None:
    """Send all but the dot; None when the server refused this message, and the connection is good for the next one."""
    envelope = Envelope(mail_from=attempt.outgoing_message.mail_from, rcpt_to=tuple(deliveries))
    try:
        return submission.offer(envelope, raw)
    except ServerFailure as failure:
        if failure.operation not in _ABOUT_THE_MESSAGE:
            raise
        # Its own waits grow faster than those of the server: a message that breaks every connection stops no others.
        outcomes = {one: _after_failure(delivery, failure, now=now()) for one, delivery in deliveries.items()}
        if failure.operation == Operation.MAIL_FROM:
            outcomes = null_senders.second_chance(server, attempt.outgoing_message, outcomes, now=now())
        settling.settle(attempt, outcomes, now=now())
        settling.finish(attempt, {}, None, now=now())
        if not submission.is_usable:
            raise
        ServerError.objects.record(server, failure, now=now())
        return None


def _finish(
    server: OutgoingServer,
    submission: BlockingSubmission,
    attempt: DeliveryAttempt,
    deliveries: dict[str, Delivery],
    offer: Offer,
    *,
    now: Callable[[], datetime],
) -> Reply:
    """Send the dot and settle everyone who was accepted. Raises ServerFailure when the reply did not come."""
    try:
        final = submission.finish()
    except UncertainDelivery as uncertain:
        # The server may have the message: only a person may decide to send it again (SECURITY INV4).
        outcome = Outcome(Delivery.State.UNCERTAIN, f"{uncertain} It may have arrived.")
        settling.settle(attempt, dict.fromkeys(offer.accepted, outcome), now=now())
        settling.finish(attempt, offer.recipients, None, now=now())
        # The other messages wait, or a server that loses each reply would make all of them uncertain at once.
        raise ServerFailure(Operation.FINAL_DOT, FailureKind.TRANSIENT, uncertain.words) from uncertain
    except ServerFailure as failure:
        # The connection was gone before the dot could be written: certainly not sent.
        outcomes = {one: _after_failure(deliveries[one], failure, now=now()) for one in offer.accepted}
        settling.settle(attempt, outcomes, now=now())
        settling.finish(attempt, offer.recipients, None, now=now())
        raise
    failpoint("deliver.replied")
    outcomes = {one: outcome_of(final, deliveries[one], now=now()) for one in offer.accepted}
    if null_senders.is_about_sender(final):
        outcomes = null_senders.second_chance(server, attempt.outgoing_message, outcomes, now=now())
    settling.settle(attempt, outcomes, now=now(), final_reply=final)
    return final


def _settle_refused(
    server: OutgoingServer,
    attempt: DeliveryAttempt,
    deliveries: dict[str, Delivery],
    replies: dict[str, Reply],
    *,
    now: datetime,
) -> None:
    if replies:
        outcomes = {one: outcome_of(reply, deliveries[one], now=now) for one, reply in replies.items()}
        if any(map(null_senders.is_about_sender, replies.values())):
            outcomes = null_senders.second_chance(server, attempt.outgoing_message, outcomes, now=now)
        settling.settle(attempt, outcomes, now=now)


def _record_refusals(server: OutgoingServer, replies: dict[str, Reply], *, now: datetime) -> None:
    """What the server said stands at the mailbox too, once for all recipients that got the same answer (SPEC M17)."""
    for reply in {(one.code, one.text): one for one in replies.values()}.values():
        ServerError.objects.record(server, _failure_of(reply), now=now)


def _connection_failed(server: OutgoingServer, run: uuid.UUID, failure: ServerFailure, *, now: datetime) -> None:
    """Put everything of this run that did not reach its dot back, to be tried when the server is tried again."""
    if server.transport == Transport.PLATFORM:
        not_before = platform_sending.record_failure(server, failure, now=now)
    else:
        ServerError.objects.record(server, failure, now=now)
        not_before = server.record_failure(failure, now=now)
    unfinished = DeliveryAttempt.objects.filter(run=run, state=DeliveryAttempt.State.CLAIMED)
    for attempt in unfinished.select_related("outgoing_message"):
        deliveries = attempt.deliveries.filter(state=Delivery.State.CLAIMED).select_related("outgoing_message")
        outcomes = {one.recipient: _until(not_before, one, failure, now=now) for one in deliveries}
        settling.settle(attempt, outcomes, now=now)
        settling.finish(attempt, {}, None, now=now)


def _after_failure(delivery: Delivery, failure: ServerFailure, *, now: datetime) -> Outcome:
    """Fail the message that the server refuses for good; all else waits."""
    if failure.kind == FailureKind.PERMANENT and failure.operation in _ABOUT_THE_MESSAGE:
        return Outcome(Delivery.State.FAILED, failure.words, failure.reply_code, failure.enhanced_status)
    return _waiting(delivery, failure, now=now)


def _until(not_before: datetime, delivery: Delivery, failure: ServerFailure, *, now: datetime) -> Outcome:
    """Wait as long as the server itself waits: the failure was not about this message."""
    outcome = _waiting(delivery, failure, now=now)
    return outcome if outcome.state == Delivery.State.FAILED else replace(outcome, not_before=not_before)


def _waiting(delivery: Delivery, failure: ServerFailure, *, now: datetime) -> Outcome:
    return settling.waiting(
        delivery, failure.words, now=now, code=failure.reply_code, enhanced_status=failure.enhanced_status
    )


def _failure_of(reply: Reply) -> ServerFailure:
    kind = FailureKind.TRANSIENT if reply.is_transient else FailureKind.PERMANENT
    operation = Operation.RCPT_TO if isinstance(reply, RcptReply) else Operation.FINAL_DOT
    words = f"{reply.code} {reply.text}"
    return ServerFailure(operation, kind, words, reply_code=reply.code, enhanced_status=reply.enhanced_status)
