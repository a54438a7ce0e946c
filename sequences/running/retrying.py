"""A mail that a server put off is tried again within the hours and the limits, like one that has not left yet.

The outbox chooses when a server may be asked again (RFC 5321 §4.5.4.1), and knows neither. So the next try is moved to
the first moment after that which the hours and all limits allow; what the first try took of them is given back.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from mailboxes.models import Delivery, OutgoingMessage
from sequences.limits import reserve
from sequences.models import Enrollment, StepSend
from sequences.running.intentions import give_back, intention_of
from sequences.schedule import Timetable, closes_at, next_open, timetable_of
from sequences.schedule.rules import rules_of

# Moments that are asked about: after that many, mail waits for a day without a place in its limits.
_MOST_MOMENTS = 50
_LATER = timedelta(days=1)
_TRIED_AGAIN = "the server put it off, and is asked again: {words}"


def hold(enrollment: Enrollment, send: StepSend, *, now: datetime) -> bool:
    """Move the next try of a mail that was put off; False if nothing has to be moved. The caller holds the enrollment.

    Afterwards `submitted_at` is when it is tried: what it took of the limits stands there.
    """
    delivery = _put_off().filter(outgoing_message=send.outgoing_message_id).first()
    if delivery is None or send.server is None:
        return False
    timetable = timetable_of(enrollment.sequence, enrollment.contact, rules_of(enrollment.tenant_id))
    # Where it succeeds, the old place is given back only once this is committed.
    with transaction.atomic():
        give_back([delivery.outgoing_message_id])
        at = _place_for(enrollment, send, delivery.not_before, timetable)
        mine = _put_off().filter(pk=delivery.pk, not_before=delivery.not_before)
        if not mine.update(not_before=at):
            # It is being tried already.
            transaction.set_rollback(True)
            return False
        # Nobody wakes it before, also where the server is tried again at once (mailboxes.outbox).
        OutgoingMessage.objects.filter(pk=delivery.outgoing_message_id).update(
            send_at=at, leave_by=closes_at(at, timetable)
        )
        StepSend.objects.filter(pk=send.pk).update(submitted_at=at)
        words = _TRIED_AGAIN.format(words=delivery.reply_text or "it could not be reached")
        Enrollment.objects.filter(pk=enrollment.pk, due_at=None).update(due_because=words[:300], changed_at=now)
    return True


def waiting_anywhere() -> list[tuple[int, uuid.UUID]]:
    """Return tenant and id of enrollments whose mail was put off without our being told. Runs under `unscoped`."""
    rows = _put_off().filter(outgoing_message__step_send__enrollment__state=Enrollment.State.ACTIVE)
    return list(rows.order_by().values_list("tenant_id", "outgoing_message__step_send__enrollment")[:_MOST_FOUND])


def _place_for(enrollment: Enrollment, send: StepSend, wished: datetime, timetable: Timetable) -> datetime:
    """Return the first moment that hours and limits allow, with what it takes of them reserved."""
    assert send.server is not None
    intention, at = intention_of(enrollment, send.server), wished
    for _ in range(_MOST_MOMENTS):
        opened = next_open(at, timetable)
        if opened is None:
            break
        at = opened.at
        refusal = reserve(intention, now=at)
        if refusal is None:
            return at
        at = refusal.until
    return max(at, wished + _LATER)


def _put_off() -> QuerySet[Delivery]:
    """Deliveries of steps that wait for another try, at a moment that nobody moved within hours and limits."""
    deferred: QuerySet[Delivery] = Delivery.objects.filter(state=Delivery.State.DEFERRED, is_blind_copy=False)
    steps = deferred.filter(outgoing_message__step_send__isnull=False)
    return steps.exclude(not_before=F("outgoing_message__step_send__submitted_at"))


_MOST_FOUND = 500
