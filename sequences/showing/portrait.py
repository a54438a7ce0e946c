"""One contact on the way through a sequence: each step with its mail, what happened, and what can be done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Conversation, Delivery, Mailbox, Message
from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, EnrollmentEvent, Step, StepSend
from sequences.running.obstacles import why_lost
from sequences.showing.standing import Standing, standing_of

MOST_EVENTS = 100

_State = Enrollment.State
_Cause = Enrollment.Cause


@dataclass(frozen=True)
class MailOfStep:
    """The mail of a step. Subject, server and `words` (of the server that took or refused it) only for who may know."""

    kind: str
    word: str
    at: datetime
    subject: str = ""
    server: str = ""
    words: str = ""
    conversation_id: uuid.UUID | None = None
    # What came back, in the order in which it is worth knowing.
    answers: Listed[tuple[str, datetime]] = ()


@dataclass(frozen=True)
class StepOnTheWay:
    """A step as it concerns one contact. `place` counts the steps that there are; 0 for one that was taken out."""

    step: Step
    place: int
    subject: str
    is_next: bool
    mail: MailOfStep | None


@dataclass(frozen=True)
class Happening:
    """One event; its words and its mail only where the viewer may see the mail that brought it about."""

    label: str
    words: str
    at: datetime
    by: Membership | None
    message: Message | None


@dataclass(frozen=True)
class Portrait:
    """What the page of an enrollment shows."""

    enrollment: Enrollment
    standing: Standing
    steps: Listed[StepOnTheWay]
    events: Listed[Happening]
    conversation_id: uuid.UUID | None
    # Why the server sends no more, in words; "" where it does.
    server_trouble: str

    @property
    def may_stop(self) -> bool:
        return self.enrollment.state in (_State.ACTIVE, _State.PAUSED)

    @property
    def may_pause(self) -> bool:
        return self.enrollment.state == _State.ACTIVE

    @property
    def may_go_on(self) -> bool:
        """One whose server is gone would only be held up again: it is moved instead."""
        return self.enrollment.state == _State.PAUSED and not self.server_trouble

    @property
    def going_on_means(self) -> str:
        """What a person who lets it go on should know before."""
        return _GOING_ON.get(self.enrollment.cause, "The next mail leaves when it is due, and the hours are open.")


def portrait_of(enrollment: Enrollment, viewer: Membership, *, now: datetime) -> Portrait:
    """Return what a page about an enrollment shows; a fixed number of queries."""
    sends = list(
        StepSend.objects.filter(enrollment=enrollment)
        .select_related("server__mailbox", "variant", "outgoing_message")
        .order_by("submitted_at")
    )
    conversations = _visible_conversations(sends, enrollment, viewer)
    visible = set(Mailbox.objects.visible_to(viewer).values_list("pk", flat=True))
    deliveries = _deliveries_of(sends)
    mails = {one.step_id: _mail_of(one, deliveries, visible, conversations) for one in sends}
    return Portrait(
        enrollment=enrollment,
        standing=standing_of(enrollment, enrollment.sequence, tenant=viewer.tenant, now=now),
        steps=_steps_of(enrollment, mails),
        events=_events_of(enrollment, viewer),
        conversation_id=enrollment.conversation_id if enrollment.conversation_id in conversations else None,
        server_trouble=_trouble_of(enrollment),
    )


def _trouble_of(enrollment: Enrollment) -> str:
    if enrollment.server is None:
        return "The outgoing server was deleted."
    return why_lost(enrollment.server) or ""


def _visible_conversations(sends: Iterable[StepSend], enrollment: Enrollment, viewer: Membership) -> set[uuid.UUID]:
    named = {one.outgoing_message.conversation_id for one in sends if one.outgoing_message is not None}
    wanted = {one for one in (*named, enrollment.conversation_id) if one is not None}
    rows = Conversation.objects.visible_to(viewer).filter(pk__in=wanted)
    return set(rows.values_list("pk", flat=True))


def _deliveries_of(sends: Iterable[StepSend]) -> dict[uuid.UUID, Delivery]:
    ids = [one.outgoing_message_id for one in sends if one.outgoing_message_id is not None]
    rows = Delivery.objects.filter(outgoing_message__in=ids, is_blind_copy=False).order_by("pk")
    return {one.outgoing_message_id: one for one in rows}


def _mail_of(
    send: StepSend,
    deliveries: Mapping[uuid.UUID, Delivery],
    visible: set[uuid.UUID],
    conversations: set[uuid.UUID],
) -> MailOfStep:
    kind, word, at = _state_of(send)
    may_know = send.server is None or send.server.mailbox_id in visible
    delivery = deliveries.get(send.outgoing_message_id) if send.outgoing_message_id is not None else None
    conversation_id = send.outgoing_message.conversation_id if send.outgoing_message is not None else None
    return MailOfStep(
        kind,
        word,
        at,
        subject=send.outgoing_message.subject if send.outgoing_message is not None and may_know else "",
        server=str(send.server) if send.server is not None and may_know else "",
        words=_words_of(delivery) if delivery is not None and may_know else "",
        conversation_id=conversation_id if conversation_id in conversations else None,
        answers=[(label, when) for name, label in _ANSWERS.items() if (when := getattr(send, name)) is not None],
    )


def _state_of(send: StepSend) -> tuple[str, str, datetime]:
    """Return kind and word of the pill, and since when."""
    if send.bounced_at:
        return "needs", "Bounced", send.bounced_at
    if send.failed_at:
        return "needs", "Failed", send.failed_at
    if send.withdrawn_at:
        return "off", "Taken back", send.withdrawn_at
    if send.uncertain_at:
        return "waits", "Counts as sent" if send.sent_at else "Uncertain", send.uncertain_at
    if send.sent_at:
        return "works", "Sent", send.sent_at
    return "news", "On its way", send.submitted_at


def _words_of(delivery: Delivery) -> str:
    said = (str(delivery.reply_code or ""), delivery.enhanced_status, delivery.reply_text)
    return " ".join(one for one in said if one)


def _steps_of(enrollment: Enrollment, mails: Mapping[uuid.UUID, MailOfStep]) -> list[StepOnTheWay]:
    """Return the steps that there are, and those that were taken out after this contact got them."""
    steps = Step.objects.filter(sequence=enrollment.sequence_id).prefetch_related("variants")
    found, place = [], 0
    for one in steps.order_by("position", "id"):
        if one.removed_at is not None and one.pk not in mails:
            continue
        place += one.removed_at is None
        is_next = enrollment.step_id == one.pk and enrollment.state in (_State.ACTIVE, _State.PAUSED)
        mail = mails.get(one.pk)
        found.append(
            StepOnTheWay(
                one,
                0 if one.removed_at is not None else place,
                mail.subject if mail is not None and mail.subject else _subject_of(one),
                is_next,
                mail,
            )
        )
    return found


def _subject_of(step: Step) -> str:
    """Return the subject as it was written, with its fields; "" where the mail stays in the thread."""
    variant = next(iter(step.variants.all()), None)
    return variant.subject if variant is not None else ""


def _events_of(enrollment: Enrollment, viewer: Membership) -> list[Happening]:
    events = list(enrollment.events.select_related("membership__user", "message")[:MOST_EVENTS])
    named = [one.message_id for one in events if one.message_id is not None]
    seen = set(Message.objects.visible_to(viewer).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    return [_happening(one, is_visible=one.message_id is None or one.message_id in seen) for one in events]


def _happening(event: EnrollmentEvent, *, is_visible: bool) -> Happening:
    label = str(event.get_kind_display())
    if not is_visible:
        return Happening(label, "By a mail in a mailbox that you do not use", event.at, None, None)
    return Happening(label, event.words, event.at, event.membership, event.message)


_ANSWERS = {
    "replied_at": "Replied",
    "away_at": "Out of office",
    "unsubscribed_at": "Unsubscribed",
    "complained_at": "Complained",
    "opened_at": "Opened",
    "clicked_at": "Clicked",
}
_GOING_ON = {
    _Cause.UNCERTAIN.value: (
        "The mail counts as sent, and is not sent again: the next step follows it. If you know that it never arrived, "
        "write to the contact yourself."
    ),
    _Cause.MISSING_FIELD.value: "It is tried again, and waits again while the field has no value.",
    _Cause.AWAY.value: "The next mail leaves when it is due, although the contact is still away.",
    _Cause.SERVER_LOST.value: "The server works again: the next mail leaves when it is due.",
}
