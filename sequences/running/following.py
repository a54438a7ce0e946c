"""What follows when the mail of a step was settled: the next step, a pause, or the end.

Nothing of it is part of the settling, which nothing may disturb: there only the mail of the step is marked.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from mailboxes.models import Delivery, OutgoingMessage
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, EnrollmentEvent, Sequence, Step, StepSend
from sequences.running import retrying
from sequences.running.placing import place
from sequences.stopping.ending import note_events, pause, stop, take_back

_State = Enrollment.State
_Cause = Enrollment.Cause
_BATCH = 500


def mark_settled(outgoing: OutgoingMessage) -> StepSend | None:
    """Write down what became of the mail of a step; return its row if something follows.

    None if it is no such mail, or waits for its first try.
    """
    delivery = Delivery.objects.filter(outgoing_message=outgoing, is_blind_copy=False).first()
    send: StepSend | None = StepSend.objects.filter(outgoing_message=outgoing).first()
    if delivery is None or send is None:
        return None
    if delivery.state == Delivery.State.DEFERRED:
        return send
    if delivery.state not in _MARKS:
        return None
    marks = _MARKS[delivery.state](delivery)
    StepSend.objects.filter(pk=send.pk).update(**marks)
    for name, value in marks.items():
        setattr(send, name, value)
    return send


def follow(enrollment_id: uuid.UUID, *, now: datetime) -> None:
    """Go on with an enrollment whose mail was settled; nothing if it stands where it should already."""
    with transaction.atomic():
        rows = Enrollment.objects.select_for_update(of=("self",), no_key=True)
        rows = rows.select_related("step", "sequence", "contact")
        enrollment = rows.filter(pk=enrollment_id).first()
        if enrollment is None or enrollment.step is None:
            return
        sends = StepSend.objects.filter(enrollment=enrollment, step=enrollment.step)
        send = sends.select_related("step", "server__mailbox").first()
        if send is None:
            if enrollment.state == _State.ACTIVE and enrollment.due_at is None:
                place([enrollment.pk], now=now)
            return
        _follow(enrollment, send, now=now)
        failpoint("sequences.before_follow")


def forgotten(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    """Return tenant and id of active enrollments that nobody went on with, as a bell was lost. Runs under `unscoped`.

    Those whose mail is settled, was put off or came too late, and those that stand nowhere although there are steps.
    """
    mail = StepSend.objects.filter(enrollment=OuterRef("pk"), step=OuterRef("step"))
    is_open = Q(sent_at=None, failed_at=None, uncertain_at=None, withdrawn_at=None)
    active = Sequence.objects.filter(state=Sequence.State.ACTIVE)
    steps = Step.objects.filter(sequence=OuterRef("sequence"), removed_at=None)
    left = Enrollment.objects.filter(~Exists(mail.filter(is_open)), Exists(steps), state=_State.ACTIVE, due_at=None)
    # In the order of the index of what is due: of many that wait, the few without a moment are found at its end.
    rows = left.filter(sequence__in=active).order_by("due_at").values_list("tenant_id", "pk")
    return [*rows[:_BATCH], *_late_anywhere(now=now), *retrying.waiting_anywhere()]


def mark_forgotten() -> None:
    """Mark mails of steps that were settled without our being told. Runs under `unscoped`."""
    settled = Delivery.objects.filter(
        outgoing_message=OuterRef("outgoing_message"), is_blind_copy=False, state__in=list(_MARKS)
    )
    rows: QuerySet[StepSend] = StepSend.objects.filter(
        Exists(settled),
        enrollment__state=_State.ACTIVE,
        enrollment__due_at=None,
        sent_at=None,
        failed_at=None,
        uncertain_at=None,
        withdrawn_at=None,
    )
    for send in rows.select_related("outgoing_message")[:_BATCH]:
        assert send.outgoing_message is not None
        with tenant_scope(send.tenant_id):
            mark_settled(send.outgoing_message)


def _follow(enrollment: Enrollment, send: StepSend, *, now: datetime) -> None:
    mine = Enrollment.objects.filter(pk=enrollment.pk)
    if send.sent_at:
        _note_sent(enrollment, send)
        if enrollment.state == _State.PAUSED and enrollment.cause == _Cause.UNCERTAIN:
            # Now it is known that it arrived.
            mine.update(state=_State.ACTIVE, cause=_Cause.NONE, cause_words="")
            note_events([enrollment], EnrollmentEvent.Kind.RESUMED, "The mail was sent after all.", now=now)
        place([enrollment.pk], now=now)
    elif send.bounced_at:
        stop(mine, _Cause.BOUNCED, _words_of(send), now=now)
    elif send.failed_at:
        pause(mine, _Cause.SERVER_LOST, _words_of(send), now=now)
    elif _is_late(send, now=now):
        take_back([enrollment.pk], because="The hours were over before it could leave.", now=now)
        place([enrollment.pk], now=now)
    elif enrollment.due_at is None and not retrying.hold(enrollment, send, now=now):
        place([enrollment.pk], now=now)


def _is_late(send: StepSend, *, now: datetime) -> bool:
    """Whether nobody handed it over before the hours ended: then nobody will any more (mailboxes.claiming)."""
    waits = Delivery.objects.filter(outgoing_message=send.outgoing_message_id, state__in=Delivery.WAITING)
    return send.withdrawn_at is None and waits.filter(outgoing_message__leave_by__lte=now).exists()


def _late_anywhere(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    waits = Delivery.objects.filter(state__in=Delivery.WAITING, outgoing_message__leave_by__lte=now)
    mine = waits.filter(outgoing_message__step_send__withdrawn_at=None).order_by()
    found = mine.values_list("tenant_id", "outgoing_message__step_send__enrollment")
    return [(tenant_id, pk) for tenant_id, pk in found[:_BATCH] if pk is not None]


def _note_sent(enrollment: Enrollment, send: StepSend) -> None:
    words = f"Step {send.step.position}"
    known = EnrollmentEvent.objects.filter(enrollment=enrollment, kind=EnrollmentEvent.Kind.SENT, words=words)
    if not known.exists():
        assert send.sent_at is not None
        note_events([enrollment], EnrollmentEvent.Kind.SENT, words, now=send.sent_at)


def _words_of(send: StepSend) -> str:
    delivery = Delivery.objects.filter(outgoing_message=send.outgoing_message_id, is_blind_copy=False).first()
    if delivery is None:
        return ""
    return " ".join(str(one) for one in (delivery.reply_code, delivery.enhanced_status, delivery.reply_text) if one)


def _sent(delivery: Delivery) -> dict[str, datetime | None]:
    return {"sent_at": delivery.settled_at, "failed_at": None, "uncertain_at": None, "withdrawn_at": None}


def _failed(delivery: Delivery) -> dict[str, datetime | None]:
    is_refused = delivery.reply_code is not None and delivery.reply_code >= 500
    bounced = {"bounced_at": delivery.settled_at} if is_refused else {}
    return {"failed_at": delivery.settled_at, "uncertain_at": None, **bounced}


def _uncertain(delivery: Delivery) -> dict[str, datetime | None]:
    return {"uncertain_at": delivery.settled_at}


_MARKS = {
    Delivery.State.SENT: _sent,
    Delivery.State.FAILED: _failed,
    Delivery.State.UNCERTAIN: _uncertain,
}
