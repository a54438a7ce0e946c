"""What mail that came in does to the sequences of its sender (SPEC S4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from mailboxes.classifying import FailedRecipient, Kind
from mailboxes.receiving.received import Received
from mailboxes.standing.copies import concerns_copies_only
from mailboxes.standing.reports import is_final
from sequences.models import Contact, Enrollment, StepSend
from sequences.running import tasks
from sequences.schedule import timetable_of
from sequences.schedule.rules import rules_of
from sequences.schedule.wall_clock import moment_of
from sequences.stopping.company import colleagues_of
from sequences.stopping.ending import pause, stop
from sequences.stopping.quoted import Quoted, addresses_of_failure
from sequences.unsubscribing.acting import suppress

_State = Enrollment.State
_Cause = Enrollment.Cause

# Out of office without a date.
AWAY_FOR = timedelta(days=5)
LONGEST_AWAY = timedelta(days=180)
# Kinds of feedback that are no complaint (RFC 5965 §7.3, RFC 6430).
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})


def act(window: list[Received]) -> None:
    """Stop or pause the enrollments that the mails of a window are about; runs where the window is written."""
    quoted = Quoted.load(window)
    for received in window:
        consequence = _CONSEQUENCES.get(received.classification.kind)
        if consequence is not None:
            consequence(received, quoted)


def concerns_sequences(received: Received) -> bool:
    """Whether mail of this kind can stop anything."""
    return received.classification.kind in _CONSEQUENCES


def _reply(received: Received, quoted: Quoted) -> None:
    """A person wrote: the contact, or somebody who answers what the contact got."""
    send = quoted.send_answered_by(received)
    contact = send.contact if send is not None else quoted.contact_at([received.sender])
    if contact is None or received.sender in received.window.own_addresses:
        return
    _mark(send or _newest_to(received, contact), "replied_at", received)
    words = f"{received.sender or 'Somebody'} replied"
    stopped = stop(_of(contact), _Cause.REPLIED, words, message=received.message, now=received.now)
    colleagues = stop(
        colleagues_of(contact), _Cause.COMPANY_REPLIED, f"{contact} replied", message=received.message, now=received.now
    )
    if stopped or colleagues:
        others = f", and {len(colleagues)} of the same company" if colleagues else ""
        received.note("stop_sequences", f"{contact} replied: stopped in {len(stopped)} sequences{others}.")


def _automatic_reply(received: Received, quoted: Quoted) -> None:
    """Out of office pauses; what another machine says is no answer."""
    if not received.classification.is_out_of_office:
        return
    send = quoted.send_answered_by(received)
    contact = send.contact if send is not None else quoted.contact_at([received.sender])
    if contact is None:
        return
    _mark(send or _newest_to(received, contact), "away_at", received)
    paused = 0
    for enrollment in _of(contact).select_related("sequence", "contact"):
        until = _back_at(received, enrollment)
        if until > received.now:
            paused += _hold_up(enrollment, until, received)
    if paused:
        received.note("stop_sequences", f"{contact} is out of office: paused in {paused} sequences.")


def _bounce(received: Received, quoted: Quoted) -> None:
    """The mail did not arrive, for good; what may still arrive, or says nothing, stops nobody."""
    failures = [one for one in received.classification.recipients if one.is_permanent]
    answers = received.answers
    if not failures or (answers is not None and concerns_copies_only(failures, answers)):
        return
    send = quoted.send_answered_by(received)
    contact = send.contact if send is not None else quoted.contact_at(addresses_of_failure(received))
    if contact is None:
        return
    send = send or _newest_to(received, contact)
    if send is None:
        return
    _mark(send, "bounced_at", received)
    # A wrong address is wrong everywhere; mail that was refused for what it says concerns this sequence.
    is_wrong = any(map(is_final, failures))
    rows = _of(contact) if is_wrong else Enrollment.objects.filter(pk=send.enrollment_id)
    stop(rows, _Cause.BOUNCED, _words_of(failures[0]), message=received.message, now=received.now)
    received.note("stop_sequences", f"A mail to {contact} bounced: stopped.")
    # Not here: whoever pauses a sequence locks it before its contacts.
    tasks.look_at_bounces.ring(send.tenant_id, send.sequence_id)


def _complaint(received: Received, quoted: Quoted) -> None:
    if received.classification.feedback_type in _NO_COMPLAINT:
        return
    send = quoted.send_answered_by(received)
    contact = send.contact if send is not None else quoted.contact_at(addresses_of_failure(received))
    if contact is None:
        return
    _mark(send or _newest_to(received, contact), "complained_at", received)
    words = "Called a mail of this account spam"
    stop(_of(contact), _Cause.COMPLAINED, words, message=received.message, now=received.now)
    received.note("stop_sequences", f"{contact} complained: stopped everywhere.")


def _unsubscribe(received: Received, quoted: Quoted) -> None:
    """The way of List-Unsubscribe by mail; the sender's own address was noted before."""
    send = quoted.send_answered_by(received)
    contact = send.contact if send is not None else quoted.contact_at([received.sender])
    if contact is None:
        return
    _mark(send or _newest_to(received, contact), "unsubscribed_at", received)
    suppress(contact, received.message.subject, message=received.message, now=received.now)
    words = "Asked for it by mail"
    stop(_of(contact), _Cause.UNSUBSCRIBED, words, message=received.message, now=received.now)
    received.note("stop_sequences", f"{contact} unsubscribed: stopped everywhere.")


def _of(contact: Contact) -> QuerySet[Enrollment]:
    rows: QuerySet[Enrollment] = Enrollment.objects.filter(contact=contact, state__in=[_State.ACTIVE, _State.PAUSED])
    return rows


def _hold_up(enrollment: Enrollment, until: datetime, received: Received) -> int:
    rows = Enrollment.objects.filter(pk=enrollment.pk)
    words = f"Out of office, back on {until:%Y-%m-%d}"
    # One who writes again that he is away longer stays away.
    away = rows.filter(state=_State.PAUSED, cause=_Cause.AWAY, paused_until__lt=until)
    longer: int = away.update(paused_until=until, cause_words=words, changed_at=received.now)
    return longer + len(pause(rows, _Cause.AWAY, words, message=received.message, until=until, now=received.now))


def _back_at(received: Received, enrollment: Enrollment) -> datetime:
    """Return when the contact is back: the beginning of the day that was named, on the clock of the timetable."""
    returns_on = received.classification.returns_on
    if returns_on is None:
        return received.now + AWAY_FOR
    zone = timetable_of(enrollment.sequence, enrollment.contact, rules_of(enrollment.tenant_id)).zone
    return min(moment_of(datetime.combine(returns_on, time.min), zone), received.now + LONGEST_AWAY)


def _newest_to(received: Received, contact: Contact) -> StepSend | None:
    """Return the newest mail that a contact got from this mailbox: what is said is said of that one."""
    mailbox = received.window.mailbox
    sends = StepSend.objects.filter(contact=contact, server__mailbox=mailbox, sent_at__isnull=False)
    newest: StepSend | None = sends.order_by("-submitted_at").first()
    return newest


def _mark(send: StepSend | None, name: str, received: Received) -> None:
    """Reports count each thing once for each mail."""
    if send is not None:
        StepSend.objects.filter(pk=send.pk, **{f"{name}__isnull": True}).update(**{name: received.now})


def _words_of(failure: FailedRecipient) -> str:
    return " ".join(one for one in (failure.status, failure.diagnostic) if one) or str(failure.reason.label)


_CONSEQUENCES: dict[Kind, Callable[[Received, Quoted], None]] = {
    Kind.NORMAL: _reply,
    Kind.REPLY: _reply,
    Kind.AUTO_REPLY: _automatic_reply,
    Kind.BOUNCE: _bounce,
    Kind.FEEDBACK_REPORT: _complaint,
    Kind.UNSUBSCRIBE: _unsubscribe,
}
