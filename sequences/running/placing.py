"""Where does a contact's way go on, and when? Decided from what was sent so far (SPEC S3)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailhub.tenancy.updating import update_rows
from sequences.models import Enrollment, EnrollmentEvent, Step, StepSend
from sequences.running.drawing import drawn, seconds_apart
from sequences.schedule import Due, next_due_at, timetable_of
from sequences.schedule.rules import SendingRules, rules_of

_State = Enrollment.State
_Cause = Enrollment.Cause

# Seconds over which mails that would leave at the same moment are drawn apart.
FOLLOW_UP_SPREAD = 300
NEVER_OPEN = "the sequence has no hours in which it sends"
BEING_SENT = "is being sent"
# Asked again then, in case somebody gave it hours.
_ASK_AGAIN = timedelta(hours=1)
UNCERTAIN_WORDS = "The connection broke while the server took the mail: it may have arrived."


def place(enrollment_ids: Collection[uuid.UUID], *, together: int | None = None, now: datetime) -> None:
    """Decide for these what comes next and when, as far as they are active. The caller holds them.

    What is under way is waited for; what was taken back or never taken is due anew; after what was sent comes the next
    step, counted from when it was sent; after the last one it is finished.
    First mails, and mails that could have left before, are drawn apart as `together` of them need it: how many the
    caller places in all, where that is more than these.
    """
    rows = Enrollment.objects.filter(pk__in=enrollment_ids, state=_State.ACTIVE)
    enrollments = list(rows.select_related("sequence", "contact", "step"))
    if not enrollments:
        return
    known = _Known.load(enrollments, together=together or len(enrollments))
    for one in enrollments:
        _place(one, known, now=now)
    update_rows(enrollments, _CHANGED)
    EnrollmentEvent.objects.bulk_create(known.events)


def first_due(enrollment: Enrollment, step: Step, rules: SendingRules, *, spread: int, now: datetime) -> Due:
    """Return when the first mail to a contact that is added now is due."""
    timetable = timetable_of(enrollment.sequence, enrollment.contact, rules)
    due = next_due_at(step.delay, Step.Unit(step.unit), now, timetable, spread=spread, after="adding")
    return due or Due(now + _ASK_AGAIN, NEVER_OPEN)


@dataclass
class _Known:
    """What the decisions need, asked once for all."""

    rules: SendingRules
    # Seconds over which mails are drawn apart that are due at once.
    spread: int
    steps: defaultdict[uuid.UUID, list[Step]] = field(default_factory=lambda: defaultdict(list))
    sends: defaultdict[uuid.UUID, list[StepSend]] = field(default_factory=lambda: defaultdict(list))
    events: list[EnrollmentEvent] = field(default_factory=list)

    @classmethod
    def load(cls, enrollments: Collection[Enrollment], *, together: int) -> _Known:
        known = cls(rules_of(next(iter(enrollments)).tenant_id), seconds_apart(together))
        steps = Step.objects.filter(sequence__in={one.sequence_id for one in enrollments}, removed_at=None)
        for step in steps.order_by("position", "id"):
            known.steps[step.sequence_id].append(step)
        sends = StepSend.objects.filter(enrollment__in=[one.pk for one in enrollments]).select_related("step")
        for send in sends.order_by("submitted_at", "id"):
            known.sends[send.enrollment_id].append(send)
        return known


def _place(enrollment: Enrollment, known: _Known, *, now: datetime) -> None:
    sends = known.sends[enrollment.pk]
    current = next((one for one in sends if one.step_id == enrollment.step_id), None)
    enrollment.changed_at = now
    if current is not None and _is_open(current):
        enrollment.due_at, enrollment.due_because = None, BEING_SENT
        return
    if current is not None and current.uncertain_at and not current.sent_at:
        _pause_uncertain(enrollment, known, now=now)
        return
    sent = [one for one in sends if one.sent_at]
    last = sent[-1] if sent else None
    enrollment.last_send_id = last.pk if last is not None else None
    step = _step_after(enrollment, last, known)
    if step is None:
        _finish(enrollment, known, has_sent=bool(sent), now=now)
        return
    enrollment.step = step
    due = _due(enrollment, step, last, known, now=now)
    enrollment.due_at, enrollment.due_because = due.at, due.because[:300]


def _is_open(send: StepSend) -> bool:
    return not (send.sent_at or send.withdrawn_at or send.failed_at or send.uncertain_at)


def _step_after(enrollment: Enrollment, last: StepSend | None, known: _Known) -> Step | None:
    """Return the step that comes next, in the order that the steps have now: who waits obeys a change of it.

    Whoever has got nothing yet begins at the beginning; else it is the first after the last one sent that was not sent.
    """
    done = {one.step_id for one in known.sends[enrollment.pk] if one.sent_at}
    left = [one for one in known.steps[enrollment.sequence_id] if one.pk not in done]
    if last is None:
        return left[0] if left else None
    if last.step.removed_at is None:
        return next((one for one in left if one.position > last.step.position), None)
    if enrollment.step is not None and enrollment.step in left:
        return enrollment.step
    # Those behind a step that was taken out may have moved up to its place.
    return next((one for one in left if one.position >= last.step.position), None)


def _due(enrollment: Enrollment, step: Step, last: StepSend | None, known: _Known, *, now: datetime) -> Due:
    timetable = timetable_of(enrollment.sequence, enrollment.contact, known.rules)
    since = last.sent_at if last is not None and last.sent_at else enrollment.added_at
    after = f"step {last.step.position}" if last is not None else "adding"
    at_once = drawn(known.spread, enrollment.sequence_id, enrollment.contact_id)
    spread = drawn(FOLLOW_UP_SPREAD, enrollment.pk, step.pk) if last is not None else at_once
    due = next_due_at(step.delay, Step.Unit(step.unit), since, timetable, spread=spread, after=after)
    if due is not None and due.at < now:
        # It waited for something else meanwhile, and so may have many others.
        due = next_due_at(0, Step.Unit.HOURS, now, timetable, spread=at_once)
    return due or Due(now + _ASK_AGAIN, NEVER_OPEN)


def _pause_uncertain(enrollment: Enrollment, known: _Known, *, now: datetime) -> None:
    enrollment.state, enrollment.cause, enrollment.cause_words = _State.PAUSED, _Cause.UNCERTAIN, UNCERTAIN_WORDS
    enrollment.due_at, enrollment.due_because = None, ""
    known.events.append(_event(enrollment, EnrollmentEvent.Kind.PAUSED, UNCERTAIN_WORDS, now=now))


def _finish(enrollment: Enrollment, known: _Known, *, has_sent: bool, now: datetime) -> None:
    enrollment.due_at, enrollment.due_because = None, ""
    if not has_sent and not known.steps[enrollment.sequence_id]:
        enrollment.step = None
        enrollment.due_because = "the sequence has no step yet"
        return
    enrollment.state, enrollment.step = _State.FINISHED, None
    known.events.append(_event(enrollment, EnrollmentEvent.Kind.FINISHED, "", now=now))


def _event(enrollment: Enrollment, kind: EnrollmentEvent.Kind, words: str, *, now: datetime) -> EnrollmentEvent:
    return EnrollmentEvent(tenant_id=enrollment.tenant_id, enrollment=enrollment, kind=kind, words=words[:300], at=now)


_NAMES = frozenset({"state", "cause", "cause_words", "step", "due_at", "due_because", "last_send", "changed_at"})
_CHANGED = [one for one in Enrollment._meta.concrete_fields if one.name in _NAMES]
