"""Writes and submits the next mail to one contact: rendered before, and then one transaction for all that it changes.

Whoever dies on the way has submitted the mail with all its rows, or nothing: the row becomes due again, and the id of
the mail, which comes from the enrollment and the step, is the same once more.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from mailboxes import outbox
from mailboxes.addresses import Address
from mailboxes.composing import Composition, CompositionRefused
from mailboxes.identifiers import new_message_id
from mailboxes.models import Conversation, OutgoingMessage
from mailboxes.regrouping import hold_surviving
from mailboxes.subjects import subject_key
from mailhub.lib.failpoints import failpoint
from mailhub.lib.html import snippet
from mailhub.tenancy.standing import RUNS_SEQUENCES
from sequences.contacts.suppressing import Refusal
from sequences.limits import refusal_for, reserve
from sequences.models import Enrollment, Sequence, Step, StepSend, Variant
from sequences.running.accounts import Account
from sequences.running.drawing import variant_for
from sequences.running.intentions import intention_of
from sequences.running.obstacles import Obstacle, Pause, PauseSequence, Stop, Wait, obstacle_to, within_hours
from sequences.running.placing import BEING_SENT, place
from sequences.running.texts import FieldsMissing, TextRefused, write
from sequences.running.threads import Thread, thread_of
from sequences.schedule import closes_at, timetable_of
from sequences.stopping.ending import pause, stop
from sequences.stopping.sequences import pause_sequence
from sequences.tracking import tracked
from sequences.unsubscribing.tokens import list_headers, unsubscribe_url

log = logging.getLogger(__name__)

_Cause = Enrollment.Cause
# Ids of mails of sequences are made in this space (RFC 9562 §5.5).
_SPACE = uuid.UUID("6f0cbb58-52e1-4f0e-9d0f-2f5b3a1f7c11")


def run(
    enrollment: Enrollment, account: Account, refusals: Mapping[str, Refusal | None], *, now: datetime
) -> Obstacle | None:
    """Submit the next mail of an enrollment that was claimed; else write down and return what keeps it from leaving."""
    step = enrollment.step
    if step is None or step.removed_at is not None or _standing_sends(enrollment, step).exists():
        _place_anew(enrollment, now=now)
        return None
    obstacle = (
        obstacle_to(enrollment, account, refusals, now=now)
        or _no_room(enrollment, now=now)
        or _submit(enrollment, step, account, now=now)
    )
    if isinstance(obstacle, Wait):
        obstacle = within_hours(obstacle, enrollment, account)
    if obstacle is not None:
        _heed(enrollment, obstacle, now=now)
    return obstacle


def _no_room(enrollment: Enrollment, *, now: datetime) -> Wait | None:
    """Ask the limits before a mail is written: of those that wait for room, most would be written in vain."""
    assert enrollment.server is not None
    refusal = refusal_for(intention_of(enrollment, enrollment.server), now=now)
    return Wait(refusal.until, refusal.because) if refusal is not None else None


def _standing_sends(enrollment: Enrollment, step: Step) -> QuerySet[StepSend]:
    """Return the mail of this step that was submitted and not taken back: there is no other after it."""
    return StepSend.objects.filter(enrollment=enrollment, step=step, withdrawn_at=None, failed_at=None)


def _place_anew(enrollment: Enrollment, *, now: datetime) -> None:
    with transaction.atomic():
        if _hold(enrollment) is not None:
            place([enrollment.pk], now=now)


def _submit(enrollment: Enrollment, step: Step, account: Account, *, now: datetime) -> Obstacle | None:
    """Write the mail, then submit it with everything that goes with it; return what kept it from leaving."""
    variants = list(step.variants.all())
    variant = variant_for(enrollment.pk, step.pk, variants)
    if variant is None:
        return PauseSequence(f"Step {step.position} has no text that is switched on.")
    try:
        thread = thread_of(enrollment)
        composition = compose_step(enrollment, variant, account, thread=thread, now=now, is_tracked=True)
        prepared = outbox.prepare(_submission(enrollment, step, composition, account))
    except FieldsMissing as missing:
        return Pause(
            _Cause.MISSING_FIELD, f"No value for {', '.join(missing.names)}, which step {step.position} shows."
        )
    except TextRefused as refused:
        return PauseSequence(f"Step {step.position}, text {variant.label}: {refused}")
    except CompositionRefused as refused:
        return Pause(_Cause.MISSING_FIELD, f"Step {step.position} cannot be written: {refused}")
    failpoint("sequences.prepared")
    with transaction.atomic():
        obstacle = _submit_prepared(enrollment, step, variant, prepared, now=now)
        failpoint("sequences.before_commit")
    failpoint("sequences.committed")
    return obstacle


def compose_step(
    enrollment: Enrollment,
    variant: Variant,
    account: Account,
    *,
    thread: Thread,
    now: datetime,
    is_tracked: bool = False,
) -> Composition:
    """Return the mail of a variant to the contact of an enrollment; raise FieldsMissing or TextRefused.

    Without a subject of its own it stays in `thread`. Only what really leaves `is_tracked`, as its sequence asks for.
    """
    server, contact = enrollment.server, enrollment.contact
    assert server is not None
    link = unsubscribe_url(enrollment)
    values = account.merge_values(enrollment.sequence, contact, server, unsubscribe_url=link, now=now)
    written = write(variant.subject, variant.html, values, sender_line=account.sender_line, unsubscribe_url=link)
    if written.subject:
        thread = Thread()
    elif not thread.subject:
        raise TextRefused("It has no subject, and no mail before it that it could answer.")
    html = written.html
    if is_tracked:
        html = tracked(html, enrollment, variant.step_id, unsubscribe_url=link)
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=(Address(contact.full_name, contact.written_address),),
        reply_to=(Address("", server.reply_to),) if server.reply_to else (),
        subject=written.subject or thread.subject,
        text=written.text,
        html=html,
        message_id=new_message_id(server.from_address.rpartition("@")[2]),
        in_reply_to=thread.in_reply_to,
        references=thread.references,
        date=now,
        extra_headers=list_headers(enrollment, server),
    )


def outgoing_id(enrollment: Enrollment, step: Step, taken_back_at: datetime | None = None) -> uuid.UUID:
    """Return the id of a step's mail: always the same, but that what was taken back may be submitted once more."""
    again = taken_back_at.isoformat() if taken_back_at is not None else ""
    return uuid.uuid5(_SPACE, f"{enrollment.pk}|{step.pk}|{again}")


def _submission(enrollment: Enrollment, step: Step, composition: Composition, account: Account) -> outbox.Submission:
    timetable = timetable_of(enrollment.sequence, enrollment.contact, account.rules)
    before = StepSend.objects.filter(enrollment=enrollment, step=step).first()
    assert enrollment.server is not None
    return outbox.Submission(
        id=outgoing_id(enrollment, step, (before.withdrawn_at or before.failed_at) if before is not None else None),
        server=enrollment.server,
        composition=composition,
        origin=OutgoingMessage.Origin.SEQUENCE,
        # Where nobody hands it over for hours, it does not leave in the night (sequences.running.following).
        leave_by=closes_at(composition.date, timetable),
        written_by=enrollment.sequence.author,
    )


def _submit_prepared(
    enrollment: Enrollment, step: Step, variant: Variant, prepared: outbox.Prepared, *, now: datetime
) -> Wait | None:
    """Submit what was prepared, unless somebody stopped, paused or submitted it since; the caller opened a transaction.

    Locks in the order of sequences.stopping.ending.
    """
    held_conversation = hold_surviving(enrollment.conversation) if enrollment.conversation is not None else None
    if not _is_active(enrollment.sequence) or _hold(enrollment) is None:
        return None
    if _standing_sends(enrollment, step).exists():
        place([enrollment.pk], now=now)
        return None
    refusal = reserve(intention_of(enrollment, prepared.submission.server), now=now)
    if refusal is not None:
        return Wait(refusal.until, refusal.because)
    composition = prepared.submission.composition
    conversation = _conversation(enrollment, held_conversation, composition, now=now)
    outgoing = outbox.submit_prepared(prepared, conversation=conversation, now=now)
    _note_in_conversation(conversation, enrollment, composition, now=now)
    StepSend.objects.update_or_create(
        tenant_id=enrollment.tenant_id,
        enrollment=enrollment,
        step=step,
        defaults={
            "sequence": enrollment.sequence,
            "contact": enrollment.contact,
            "variant": variant,
            "server": enrollment.server,
            "outgoing_message": outgoing,
            "submitted_at": now,
            "withdrawn_at": None,
            "failed_at": None,
        },
    )
    # The next one counts from when this one was sent (sequences.running.following).
    Enrollment.objects.filter(pk=enrollment.pk).update(
        due_at=None, due_because=BEING_SENT, conversation=conversation, changed_at=now
    )
    return None


def _is_active(sequence: Sequence) -> bool:
    """Whether nobody paused the sequence, and no overdue invoice stops it.

    Held, so that who pauses it comes before this mail or sees it.
    """
    rows = Sequence.objects.select_for_update(of=("self",), no_key=True)
    running = rows.filter(pk=sequence.pk, state=Sequence.State.ACTIVE, tenant__standing__in=RUNS_SEQUENCES)
    return bool(running.values_list("pk", flat=True).first())


def _hold(enrollment: Enrollment) -> Enrollment | None:
    """Lock the row if it is still ours, by its lease; None if it was stopped, paused, moved or claimed by another."""
    rows = Enrollment.objects.select_for_update(of=("self",), no_key=True)
    held: Enrollment | None = rows.filter(
        pk=enrollment.pk,
        state=Enrollment.State.ACTIVE,
        due_at=enrollment.due_at,
        step=enrollment.step_id,
        server=enrollment.server_id,
    ).first()
    return held


def _conversation(
    enrollment: Enrollment, held: Conversation | None, composition: Composition, *, now: datetime
) -> Conversation:
    """Return the conversation of the enrollment; one for people to see only once somebody answers."""
    assert enrollment.server is not None
    if held is not None and held.mailbox_id == enrollment.server.mailbox_id:
        return held
    conversation: Conversation = Conversation.objects.create(
        tenant_id=enrollment.tenant_id,
        mailbox_id=enrollment.server.mailbox_id,
        subject=composition.subject[:500],
        subject_key=subject_key(composition.subject),
        status=Conversation.Status.CLOSED,
        correspondent_name=enrollment.contact.full_name[:200],
        correspondent_address=enrollment.contact.address,
        created_at=now,
        last_at=now,
        # Its contact was moved to a server of another mailbox.
        related_to=held,
    )
    return conversation


def _note_in_conversation(
    conversation: Conversation, enrollment: Enrollment, composition: Composition, *, now: datetime
) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(
        snippet=snippet(composition.text, 140),
        message_count=F("message_count") + 1,
        last_at=Greatest(F("last_at"), now),
    )
    conversation.add_participants({enrollment.contact.address})


def _heed(enrollment: Enrollment, obstacle: Obstacle, *, now: datetime) -> None:
    """Write down why it does not leave now, and what happens instead; nothing if the row is not ours any more."""
    mine = Enrollment.objects.filter(pk=enrollment.pk, due_at=enrollment.due_at)
    match obstacle:
        case Wait(until, because):
            until = max(until, now + _SHORTEST_WAIT)
            _postpone_alike(enrollment, until, because, now=now)
            mine.filter(state=Enrollment.State.ACTIVE).update(due_at=until, due_because=because[:300], changed_at=now)
        case Pause(cause, words):
            pause(mine, cause, words, now=now)
        case Stop(cause, words):
            stop(mine, cause, words, now=now)
        case PauseSequence(words):
            log.warning("Sequence %s pauses itself: %s", enrollment.sequence_id, words)
            mine.filter(state=Enrollment.State.ACTIVE).update(due_at=now, due_because=words[:300], changed_at=now)
            pause_sequence(enrollment.sequence, because=words, now=now)
        case _:
            assert_never(obstacle)


def _postpone_alike(enrollment: Enrollment, until: datetime, because: str, *, now: datetime) -> None:
    """Let all wait that would meet the same, so that thousands are not asked about one by one.

    Short waits are for those alone who were asked about: the others have their turn in the same minute.
    """
    if until - now <= _LONGEST_SHORT_WAIT:
        return
    alike = Enrollment.objects.due(now).filter(
        sequence=enrollment.sequence_id,
        server=enrollment.server_id,
        contact__domain=enrollment.contact.domain,
        contact__time_zone=enrollment.contact.time_zone,
        last_send__isnull=enrollment.last_send_id is None,
    )
    with transaction.atomic():
        rows = alike.select_for_update(
            of=("self",), no_key=True, skip_locked=connection.features.has_select_for_update_skip_locked
        )
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:_MOST_POSTPONED])
        Enrollment.objects.due(now).filter(pk__in=ids).update(due_at=until, due_because=because[:300], changed_at=now)


# Whatever a limit says: nothing is asked about all the time.
_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_SHORT_WAIT = timedelta(minutes=1)
_MOST_POSTPONED = 1000
