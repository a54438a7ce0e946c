"""The sequences of the demonstration account: one that runs, one that paused by itself, and a draft.

What was sent before the demonstration began is written as it would stand there. Where the next mail stays in its
thread, the mail before is a real one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat

from mailboxes import outbox
from mailboxes.models import Conversation, Delivery, OutgoingMessage
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailboxes.subjects import subject_key
from mailhub.demo.world import prospects
from mailhub.demo.world.prospects import Mailing, Prospect
from mailhub.lib.html import snippet
from mailhub.tenancy.models import Membership
from sequences.models import (
    Contact,
    ContactField,
    ContactList,
    Enrollment,
    EnrollmentEvent,
    ListEntry,
    SendingSettings,
    Sequence,
    Step,
    StepSend,
    Variant,
)
from sequences.running.accounts import Account
from sequences.running.drawing import drawn, variant_for
from sequences.running.submitting import compose_step, outgoing_id
from sequences.running.threads import thread_of
from sequences.schedule import next_open, timetable_of
from sequences.schedule.rules import SendingRules
from sequences.stopping.telling import tell_paused
from servers.models import OutgoingServer

_State = Enrollment.State
_Cause = Enrollment.Cause
_SHIELD = "3 of the last 24 mails bounced, more than 2 %: look at the addresses first."


@dataclass(frozen=True)
class _Fate:
    """How far a contact has come, and what happened there."""

    mails: int
    state: Enrollment.State
    cause: Enrollment.Cause = _Cause.NONE
    # The column of the last mail that says so.
    mark: str = ""


def seed(servers: tuple[OutgoingServer, OutgoingServer], author: Membership, *, now: datetime) -> None:
    """Write contacts, lists and sequences, through the first server and, for every third contact, the second."""
    tenant = author.tenant
    SendingSettings.objects.create(
        tenant=tenant,
        sender_line="Harbor Coffee Roasters, Quay 7, 20457 Hamburg",
        changed_at=now,
    )
    ContactField.objects.create(tenant=tenant, key="city", label="City", created_at=now)
    cafes = _contacts(prospects.cafes(), "Cafés up north", author, now=now)
    offices = _contacts(prospects.offices(), "Spring fair", author, now=now)

    running = _sequence("Tasting box for cafés", servers[0], author, prospects.TASTING_BOX, now=now)
    running.tracks_opens = True
    running.save(update_fields=["tracks_opens"])
    _enroll(running, cafes, _CAFE_FATES, servers, author, now=now)

    stopped = _sequence("Office coffee after the fair", servers[1], author, prospects.OFFICE_COFFEE, now=now)
    Sequence.objects.filter(pk=stopped.pk).update(state=Sequence.State.PAUSED, paused_because=_SHIELD)
    _enroll(stopped, offices, _OFFICE_FATES, (servers[1], servers[1]), author, now=now)
    tell_paused(stopped, _SHIELD, now=now - timedelta(hours=3))

    draft = _sequence("Winter blend for hotels", servers[0], author, prospects.WINTER_BLEND, now=now)
    Sequence.objects.filter(pk=draft.pk).update(state=Sequence.State.DRAFT, started_at=None)


def _contacts(people: Iterable[Prospect], list_name: str, author: Membership, *, now: datetime) -> list[Contact]:
    at = now - timedelta(days=32)
    contacts: list[Contact] = Contact.objects.bulk_create(
        Contact(
            tenant_id=author.tenant_id,
            address=one.address,
            written_address=one.address,
            domain=one.domain,
            first_name=one.first_name,
            last_name=one.last_name,
            company=one.company,
            job_title=one.job_title,
            time_zone=one.time_zone,
            custom={"city": one.city},
            created_at=at,
            changed_at=at,
            created_by=author,
        )
        for one in people
    )
    common = {"tenant_id": author.tenant_id}
    on = ContactList.objects.create(name=list_name, created_at=at, created_by=author, **common)
    ListEntry.objects.bulk_create(ListEntry(list=on, contact=one, added_at=at, **common) for one in contacts)
    return contacts


def _sequence(
    name: str, server: OutgoingServer, author: Membership, mailings: tuple[Mailing, ...], *, now: datetime
) -> Sequence:
    at = now - timedelta(days=31)
    common = {"tenant_id": author.tenant_id}
    sequence: Sequence = Sequence.objects.create(
        name=name,
        author=author,
        server=server,
        state=Sequence.State.ACTIVE,
        started_at=at,
        created_at=at,
        changed_at=at,
        **common,
    )
    for position, mailing in enumerate(mailings, 1):
        step = Step.objects.create(
            sequence=sequence,
            position=position,
            delay=mailing.delay,
            unit=Step.Unit.SENDING_DAYS,
            created_at=at,
            **common,
        )
        Variant.objects.bulk_create(
            Variant(
                step=step,
                label=label,
                weight=text.weight,
                subject=text.subject,
                html=text.html,
                changed_at=at,
                **common,
            )
            for label, text in zip("ABC", mailing.texts, strict=False)
        )
    return sequence


def _enroll(
    sequence: Sequence,
    contacts: list[Contact],
    fates: Iterator[_Fate] | Iterable[_Fate],
    servers: tuple[OutgoingServer, OutgoingServer],
    author: Membership,
    *,
    now: datetime,
) -> None:
    """Lay the ways of these contacts over the last thirty days."""
    steps = list(sequence.steps.order_by("position").prefetch_related("variants"))
    account = Account.load(sequence.tenant_id)
    rng = random.Random(sequence.name)  # noqa: S311 - nothing secret
    for number, (contact, fate) in enumerate(zip(contacts, fates, strict=False)):
        server = servers[number % 3 == 2]
        is_default = server.pk == sequence.server_id
        way = _Way(sequence, contact, fate, server, author, rng)
        enrollment = Enrollment.objects.create(
            tenant_id=sequence.tenant_id,
            sequence=sequence,
            contact=contact,
            server=server,
            server_choice=Enrollment.Choice.DEFAULT if is_default else Enrollment.Choice.OVERRIDE,
            state=fate.state,
            cause=fate.cause,
            cause_words=_WORDS.get(fate.cause, "").format(first_name=contact.first_name),
            step=steps[fate.mails] if fate.mails < len(steps) and fate.state in _GOES_ON else None,
            added_by=author,
            added_at=way.begins(now, len(steps)),
            changed_at=now,
        )
        way.walk(enrollment, steps, account, now=now)


@dataclass
class _Way:
    """What one contact got, when, and what came of it."""

    sequence: Sequence
    contact: Contact
    fate: _Fate
    server: OutgoingServer
    author: Membership
    rng: random.Random

    def begins(self, now: datetime, step_count: int) -> datetime:
        """Return when the contact was added: long ago enough for what it got, and before a working day."""
        if self.fate.state in _GOES_ON:
            days = (0, 2, 8)[self.fate.mails] + self.rng.randrange(2)
        else:
            days = self.rng.randrange(4 + 6 * min(self.fate.mails, step_count), 31)
        return now - timedelta(days=days, minutes=self.rng.randrange(20, 200))

    def walk(self, enrollment: Enrollment, steps: list[Step], account: Account, *, now: datetime) -> None:
        """Write the mails and the history, and when the next mail is due."""
        at = enrollment.added_at
        events = [_event(enrollment, EnrollmentEvent.Kind.ADDED, "", at, by=self.author)]
        last: StepSend | None = None
        for step in steps[: self.fate.mails]:
            at += timedelta(days=step.delay and step.delay + 1, minutes=self.rng.randrange(3, 90))
            at = min(at, now - timedelta(minutes=5))
            last = self._send(enrollment, step, account, at=at)
            events.append(_event(enrollment, EnrollmentEvent.Kind.SENT, f"Step {step.position}", at))
        if last is not None:
            Enrollment.objects.filter(pk=enrollment.pk).update(last_send=last)
        if last is not None and self.fate.mark:
            self._mark(enrollment, last, min(at + timedelta(hours=self.rng.randrange(1, 30)), now), events)
        if self.fate.state == _State.FINISHED:
            events.append(_event(enrollment, EnrollmentEvent.Kind.FINISHED, "", at))
        EnrollmentEvent.objects.bulk_create(events)
        self._plan(enrollment, account.rules, now=now)

    def _send(self, enrollment: Enrollment, step: Step, account: Account, *, at: datetime) -> StepSend:
        variant = variant_for(enrollment.pk, step.pk, list(step.variants.all()))
        assert variant is not None
        is_real = self.fate.state in _GOES_ON
        send: StepSend = StepSend.objects.create(
            tenant_id=enrollment.tenant_id,
            enrollment=enrollment,
            sequence=self.sequence,
            contact=self.contact,
            step=step,
            variant=variant,
            server=self.server,
            outgoing_message=_real_mail(enrollment, step, variant, account, at=at) if is_real else None,
            submitted_at=at,
            sent_at=at,
            opened_at=at + timedelta(hours=self.rng.randrange(1, 9)) if self.rng.random() < _OPENS else None,
        )
        return send

    def _mark(self, enrollment: Enrollment, last: StepSend, at: datetime, events: list[EnrollmentEvent]) -> None:
        StepSend.objects.filter(pk=last.pk).update(**{self.fate.mark: at})
        is_paused = self.fate.state == _State.PAUSED
        kind = EnrollmentEvent.Kind.PAUSED if is_paused else EnrollmentEvent.Kind.STOPPED
        events.append(_event(enrollment, kind, enrollment.cause_words or str(self.fate.cause.label), at))
        occasion = Occasion(enrollment.tenant_id, at, enrollment.cause_words)
        if self.fate.cause == _Cause.BOUNCED:
            changing.mark_incorrect(self.contact.address, occasion)
        elif self.fate.cause == _Cause.UNSUBSCRIBED:
            changing.note_unsubscribe(self.contact.address, occasion)

    def _plan(self, enrollment: Enrollment, rules: SendingRules, *, now: datetime) -> None:
        """Some are due at once, so that one can watch what happens; the others one after the other in the next week."""
        rows = Enrollment.objects.filter(pk=enrollment.pk)
        if self.fate.cause == _Cause.AWAY:
            rows.update(paused_until=now + timedelta(days=3))
        elif self.fate.state == _State.ACTIVE:
            wait = drawn(_LONGEST_WAIT, enrollment.contact_id) if self.rng.random() > _DUE_NOW else _SHORTEST_WAIT
            wished = now + timedelta(minutes=wait)
            due = next_open(wished, timetable_of(self.sequence, self.contact, rules))
            assert due is not None
            rows.update(due_at=due.at, due_because=due.because or "waits its sending days")


def _real_mail(
    enrollment: Enrollment, step: Step, variant: Variant, account: Account, *, at: datetime
) -> OutgoingMessage:
    """Write a mail that has left, in a conversation that nobody has answered yet."""
    server = enrollment.server
    assert server is not None
    composition = compose_step(enrollment, variant, account, thread=thread_of(enrollment), now=at)
    conversation = enrollment.conversation or Conversation.objects.create(
        tenant_id=enrollment.tenant_id,
        mailbox_id=server.mailbox_id,
        subject=composition.subject,
        subject_key=subject_key(composition.subject),
        status=Conversation.Status.CLOSED,
        correspondent_name=enrollment.contact.full_name,
        correspondent_address=enrollment.contact.address,
        snippet=snippet(composition.text, 140),
        message_count=1,
        created_at=at,
        last_at=at,
    )
    conversation.add_participants({enrollment.contact.address})
    enrollment.conversation = conversation
    enrollment.save(update_fields=["conversation"])
    submission = outbox.Submission(
        id=outgoing_id(enrollment, step),
        server=server,
        composition=composition,
        origin=OutgoingMessage.Origin.SEQUENCE,
        written_by=enrollment.sequence.author,
    )
    outgoing = outbox.submit_prepared(outbox.prepare(submission), conversation=conversation, now=at)
    Delivery.objects.filter(outgoing_message=outgoing).update(
        state=Delivery.State.SENT, settled_at=at, reply_code=250, reply_text="2.0.0 Accepted for delivery"
    )
    return outgoing


def _event(
    enrollment: Enrollment, kind: EnrollmentEvent.Kind, words: str, at: datetime, *, by: Membership | None = None
) -> EnrollmentEvent:
    return EnrollmentEvent(
        tenant_id=enrollment.tenant_id, enrollment=enrollment, kind=kind, words=words, membership=by, at=at
    )


_OPENS = 0.55
_DUE_NOW = 0.15
# Minutes until the next mail.
_SHORTEST_WAIT = 1
_LONGEST_WAIT = 6 * 24 * 60
_GOES_ON = (_State.ACTIVE, _State.PAUSED)
_WORDS = {
    _Cause.REPLIED: "{first_name} replied",
    _Cause.BOUNCED: "5.1.1 The address does not exist",
    _Cause.UNSUBSCRIBED: "Unsubscribed by the link in a mail",
    _Cause.AWAY: "Out of office",
    _Cause.PERSON: "",
}
_REPLIED = (_State.STOPPED, _Cause.REPLIED, "replied_at")
_CAFE_FATES = list(
    chain(
        repeat(_Fate(0, _State.ACTIVE), 6),
        repeat(_Fate(1, _State.ACTIVE), 6),
        repeat(_Fate(2, _State.ACTIVE), 3),
        repeat(_Fate(1, _State.PAUSED, _Cause.AWAY, "away_at"), 2),
        [_Fate(1, _State.PAUSED, _Cause.PERSON)],
        repeat(_Fate(1, *_REPLIED), 5),
        repeat(_Fate(2, *_REPLIED), 4),
        [_Fate(3, *_REPLIED), _Fate(1, _State.STOPPED, _Cause.BOUNCED, "bounced_at")],
        [_Fate(2, _State.STOPPED, _Cause.UNSUBSCRIBED, "unsubscribed_at")],
        [_Fate(2, _State.STOPPED, _Cause.PERSON)],
        repeat(_Fate(3, _State.FINISHED), 11),
    )
)
_OFFICE_FATES = list(
    chain(
        repeat(_Fate(1, _State.STOPPED, _Cause.BOUNCED, "bounced_at"), 3),
        repeat(_Fate(1, *_REPLIED), 2),
        repeat(_Fate(1, _State.ACTIVE), 19),
    )
)
