"""Stops, pauses and goes on with enrollments; what was submitted and has not left is taken back.

Locks are taken in one order everywhere: conversation, sequence, enrollment, delivery, mail of a step.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mailboxes import withdrawing
from mailboxes.models import Message
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, EnrollmentEvent, StepSend
from sequences.running.intentions import give_back
from sequences.running.placing import place

_State = Enrollment.State
_Cause = Enrollment.Cause
_Kind = EnrollmentEvent.Kind

# Rows that are locked and changed at a time.
_BATCH = 500
_LONGEST = 300


def stop(
    enrollments: QuerySet[Enrollment],
    cause: Enrollment.Cause,
    words: str = "",
    *,
    by: Membership | None = None,
    message: Message | None = None,
    now: datetime,
) -> set[uuid.UUID]:
    """End these for good as far as they are active or paused; return which were.

    What was submitted leaves no more, unless it is at its final dot: then it counts as sent, and nothing follows it.
    """
    running = enrollments.filter(state__in=[_State.ACTIVE, _State.PAUSED])
    return _halt(running, _Halt(_State.STOPPED, _Kind.STOPPED, cause, words, by, message), now=now)


def pause(
    enrollments: QuerySet[Enrollment],
    cause: Enrollment.Cause = _Cause.PERSON,
    words: str = "",
    *,
    by: Membership | None = None,
    message: Message | None = None,
    until: datetime | None = None,
    now: datetime,
) -> set[uuid.UUID]:
    """Hold these up as far as they are active, until a person goes on or until a moment; return which were.

    What was submitted is taken back, and submitted anew when it goes on.
    """
    active = enrollments.filter(state=_State.ACTIVE)
    return _halt(active, _Halt(_State.PAUSED, _Kind.PAUSED, cause, words, by, message, until), now=now)


def resume(enrollments: QuerySet[Enrollment], *, by: Membership | None = None, now: datetime) -> set[uuid.UUID]:
    """Go on with these as far as they pause; return which did.

    Of a mail of which nobody knows whether it arrived, going on says that it counts as sent.
    """
    return _go_on(enrollments.filter(state=_State.PAUSED), "", by=by, now=now)


def end_away(*, now: datetime) -> set[uuid.UUID]:
    """Go on with those whose pause had an end that is over."""
    over = Enrollment.objects.filter(state=_State.PAUSED, paused_until__lte=now).order_by("paused_until")
    return _go_on(Enrollment.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:_BATCH])), "Back", now=now)


@dataclass(frozen=True)
class _Halt:
    """What enrollments become that do not go on, and why."""

    state: Enrollment.State
    kind: EnrollmentEvent.Kind
    cause: Enrollment.Cause
    words: str
    by: Membership | None
    message: Message | None
    until: datetime | None = None

    @property
    def in_words(self) -> str:
        return self.words or str(self.cause.label)


def _halt(rows: QuerySet[Enrollment], halt: _Halt, *, now: datetime) -> set[uuid.UUID]:
    halted: set[uuid.UUID] = set()
    for ids in _batches(rows):
        with transaction.atomic():
            held = list(_held(rows.filter(pk__in=ids)))
            mine = [one.pk for one in held]
            Enrollment.objects.filter(pk__in=mine).update(
                state=halt.state,
                cause=halt.cause,
                cause_words=halt.words[:_LONGEST],
                due_at=None,
                due_because="",
                paused_until=halt.until,
                changed_at=now,
            )
            note_events(held, halt.kind, halt.in_words, by=halt.by, message=halt.message, now=now)
            take_back(mine, because=f"{halt.kind.label}: {halt.in_words}", now=now)
            failpoint("sequences.before_halt")
            halted.update(mine)
    return halted


def take_back(enrollment_ids: Iterable[uuid.UUID], *, because: str, now: datetime) -> set[uuid.UUID]:
    """Withdraw the mails of these enrollments that have not left; return the enrollments of those. Needs a lock."""
    open_sends = StepSend.objects.filter(
        enrollment__in=list(enrollment_ids), withdrawn_at=None, sent_at=None, failed_at=None, uncertain_at=None
    )
    by_message = dict(
        open_sends.filter(outgoing_message__isnull=False).values_list("outgoing_message_id", "enrollment_id")
    )
    withdrawn = withdrawing.withdraw(list(by_message), because=because, now=now)
    StepSend.objects.filter(outgoing_message__in=withdrawn).update(withdrawn_at=now)
    give_back(withdrawn)
    return {by_message[one] for one in withdrawn}


def note_events(
    enrollments: Iterable[Enrollment],
    kind: EnrollmentEvent.Kind,
    words: str = "",
    *,
    by: Membership | None = None,
    message: Message | None = None,
    now: datetime,
) -> None:
    """Write the same into the history of each of these."""
    EnrollmentEvent.objects.bulk_create(
        EnrollmentEvent(
            tenant_id=one.tenant_id,
            enrollment=one,
            kind=kind,
            words=words[:_LONGEST],
            message=message,
            membership=by,
            at=now,
        )
        for one in enrollments
    )


def _go_on(rows: QuerySet[Enrollment], words: str, *, by: Membership | None = None, now: datetime) -> set[uuid.UUID]:
    resumed: set[uuid.UUID] = set()
    for ids in _batches(rows):
        with transaction.atomic():
            held = list(_held(rows.filter(pk__in=ids, state=_State.PAUSED)))
            uncertain = [one.pk for one in held if one.cause == _Cause.UNCERTAIN]
            if uncertain:
                _count_as_sent(uncertain)
            mine = [one.pk for one in held]
            Enrollment.objects.filter(pk__in=mine).update(
                state=_State.ACTIVE, cause=_Cause.NONE, cause_words="", paused_until=None, changed_at=now
            )
            note_events(held, _Kind.RESUMED, words, by=by, now=now)
            place(mine, now=now)
            resumed.update(mine)
    return resumed


def _count_as_sent(enrollment_ids: list[uuid.UUID]) -> None:
    """The report goes on to say that nobody knows; the next step counts from when it was given to the server."""
    sends = StepSend.objects.filter(enrollment__in=enrollment_ids, uncertain_at__isnull=False, sent_at=None)
    for send in sends.only("uncertain_at"):
        StepSend.objects.filter(pk=send.pk).update(sent_at=send.uncertain_at)


def _batches(rows: QuerySet[Enrollment]) -> Iterable[list[uuid.UUID]]:
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _held(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")
