"""What keeps the next mail of an enrollment from leaving now, before it is even written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.models import Mailbox
from sequences.contacts.suppressing import Refusal
from sequences.contacts.validity import Verdict
from sequences.models import Enrollment
from sequences.running.accounts import Account
from sequences.running.placing import NEVER_OPEN
from sequences.schedule import next_open, timetable_of
from servers.models import OutgoingServer

_Cause = Enrollment.Cause
# A server that is in trouble is asked after again then.
_LOOK_AGAIN = timedelta(minutes=15)

AUTHOR_GONE = "Its author may not send from {mailbox} any more."
SERVER_GONE = "The outgoing server was deleted."


@dataclass(frozen=True)
class Wait:
    """It is tried again at a moment."""

    until: datetime
    because: str


@dataclass(frozen=True)
class Pause:
    """The enrollment waits for a person."""

    cause: Enrollment.Cause
    words: str


@dataclass(frozen=True)
class Stop:
    """The enrollment ends."""

    cause: Enrollment.Cause
    words: str


@dataclass(frozen=True)
class PauseSequence:
    """Nobody of the sequence gets anything until a person has looked."""

    words: str


Obstacle = Wait | Pause | Stop | PauseSequence


def obstacle_to(
    enrollment: Enrollment, account: Account, refusals: Mapping[str, Refusal | None], *, now: datetime
) -> Obstacle | None:
    """Return what speaks against writing to this contact now; None where nothing does."""
    server: OutgoingServer | None = enrollment.server
    if server is None:
        return Pause(_Cause.SERVER_LOST, SERVER_GONE)
    if (words := why_lost(server)) is not None:
        return Pause(_Cause.SERVER_LOST, words)
    refusal = refusals.get(enrollment.contact.address)
    if refusal is not None:
        return Stop(_CAUSES[refusal.verdict], refusal.words)
    if not account.author_may_send(enrollment.sequence, server):
        return PauseSequence(AUTHOR_GONE.format(mailbox=server.mailbox))
    return _trouble_of(server, now=now) or _closed_hours(enrollment, account, now=now)


def within_hours(wait: Wait, enrollment: Enrollment, account: Account) -> Wait:
    """Return until when it waits if the hours have to be open by then too: nothing is promised for the night."""
    timetable = timetable_of(enrollment.sequence, enrollment.contact, account.rules)
    opened = next_open(wait.until, timetable)
    if opened is None or opened.at <= wait.until:
        return wait
    return Wait(opened.at, f"{wait.because}; {opened.because}")


def why_lost(server: OutgoingServer) -> str | None:
    """Return why a server sends no more until a person changes that; None if it does."""
    if not server.is_active:
        return f"The outgoing server {server} is switched off."
    mailbox: Mailbox = server.mailbox
    if mailbox.deleted_at is not None:
        return f"The mailbox {mailbox} was deleted."
    return None if mailbox.is_active else f"The mailbox {mailbox} is not active."


def _trouble_of(server: OutgoingServer, *, now: datetime) -> Wait | None:
    if server.paused_at is not None:
        return Wait(now + _LOOK_AGAIN, f"the outgoing server {server} is paused, as it did not take our mail")
    if server.not_before is not None and server.not_before > now:
        return Wait(server.not_before, f"the outgoing server {server} could not be reached")
    return None


def _closed_hours(enrollment: Enrollment, account: Account, *, now: datetime) -> Wait | None:
    """The hours may have ended, or been changed, since it became due."""
    opened = next_open(now, timetable_of(enrollment.sequence, enrollment.contact, account.rules))
    if opened is None:
        return Wait(now + timedelta(hours=1), NEVER_OPEN)
    return Wait(opened.at, opened.because) if opened.at > now else None


_CAUSES = {
    Verdict.COMPLAINED: _Cause.COMPLAINED,
    Verdict.UNSUBSCRIBED: _Cause.UNSUBSCRIBED,
    Verdict.INCORRECT: _Cause.BOUNCED,
    Verdict.SUPPRESSED: _Cause.UNSUBSCRIBED,
}
