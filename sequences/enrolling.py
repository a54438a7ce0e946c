"""Puts contacts into a sequence, each with the outgoing server that all of its mails go through (SPEC S1, S2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices

from mailboxes import reply_results
from mailboxes.models import Mailbox
from mailboxes.reply_results import Outcome
from mailhub.tenancy.models import Membership
from sequences.contacts.suppressing import may_list_write_to
from sequences.models import Contact, Enrollment, EnrollmentEvent, Sequence, Step
from sequences.running.drawing import drawn, seconds_apart
from sequences.running.obstacles import why_lost
from sequences.running.placing import first_due
from sequences.schedule.rules import SendingRules, rules_of
from servers.models import OutgoingServer

_BATCH = 500


class ServerRefused(ValueError):
    """Contacts cannot be added with this outgoing server; the text says why."""


class Reason(TextChoices):
    """Why a contact was not added."""

    ALREADY_IN = "already_in", "Is in this sequence already"
    COMPLAINED = "complained", "Complained"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    INCORRECT = "incorrect", "The address is incorrect"
    SUPPRESSED = "suppressed", "Nobody at this domain is written to"


@dataclass(frozen=True)
class Skipped:
    """A contact that was not added, and why; `words` say more where there is more to say."""

    contact: Contact
    reason: Reason
    words: str = ""


@dataclass(frozen=True)
class Enrolled:
    """What came out of adding contacts."""

    added: tuple[Enrollment, ...]
    skipped: tuple[Skipped, ...]


def enroll(
    sequence: Sequence,
    contacts: Iterable[Contact],
    *,
    server: OutgoingServer | None = None,
    overrides: Mapping[uuid.UUID, OutgoingServer] | None = None,
    by: Membership,
    among: int = 0,
    now: datetime,
) -> Enrolled:
    """Add contacts; `server` takes the place of the sequence's own for all of them, `overrides` for single ones by id.

    `among` is how many are added in all, where these are some of them: first mails are drawn apart accordingly.
    Raises ServerRefused when one of the servers may not be used; then nobody is added. Who may not be written to, or is
    in the sequence already, is skipped. A fixed number of queries for each five hundred.
    """
    overrides = overrides or {}
    wanted = list({one.pk: one for one in contacts}.values())
    default = server or sequence.server
    chosen = {one.pk: overrides.get(one.pk) or default for one in wanted}
    _check(chosen.values(), by=by, now=now)
    step = sequence.steps.filter(removed_at=None).order_by("position", "id").first()
    rules = rules_of(sequence.tenant_id)
    spread = seconds_apart(max(among, len(wanted)))
    added: list[Enrollment] = []
    skipped: list[Skipped] = []
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        refused = _refused(sequence, batch)
        skipped += refused.values()
        rows = [
            _new(sequence, one, chosen[one.pk], default=sequence.server_id, by=by, now=now)
            for one in batch
            if one.pk not in refused
        ]
        for row in rows:
            _make_due(row, step, rules, spread=spread, now=now)
        written, too_late = _write(rows, by=by, now=now)
        added += written
        skipped += [Skipped(row.contact, Reason.ALREADY_IN) for row in too_late]
    return Enrolled(tuple(added), tuple(skipped))


def usable_servers(servers: Iterable[OutgoingServer], *, by: Membership, now: datetime) -> dict[uuid.UUID, str]:
    """Return why each of these cannot send a sequence for this person; "" where it can. Three queries."""
    listed = list(servers)
    visible = set(Mailbox.objects.visible_to(by).values_list("pk", flat=True))
    mailboxes = Mailbox.objects.in_bulk({one.mailbox_id for one in listed} & visible)
    results = reply_results.results_of(listed, now=now)
    return {one.pk: _why_not(one, mailboxes.get(one.mailbox_id), results[one.pk].outcome) for one in listed}


def _check(servers: Iterable[OutgoingServer | None], *, by: Membership, now: datetime) -> None:
    distinct = {one.pk if one is not None else None: one for one in servers}
    if None in distinct:
        raise ServerRefused("The sequence has no outgoing server. Choose one.")
    found = [one for one in distinct.values() if one is not None]
    for why_not in usable_servers(found, by=by, now=now).values():
        if why_not:
            raise ServerRefused(why_not)


def _why_not(server: OutgoingServer, mailbox: Mailbox | None, outcome: Outcome) -> str:
    if mailbox is None:
        # Nothing is said about what this person may not see.
        return "You may not use this outgoing server."
    if mailbox.kind != Mailbox.Kind.MARKETING:
        return f"{server} belongs to {mailbox}, which is no marketing mailbox: sequences go through those only."
    if (lost := why_lost(server)) is not None:
        return lost
    if outcome == Outcome.MISSING:
        return f"No mailbox receives the replies to {server}: its reply check failed."
    if outcome == Outcome.NOT_SENT:
        return f"Nobody knows whether replies to {server} arrive: its reply check could not be sent."
    return ""


def _refused(sequence: Sequence, contacts: Listed[Contact]) -> dict[uuid.UUID, Skipped]:
    known = Enrollment.objects.filter(sequence=sequence, contact__in=[one.pk for one in contacts])
    already = set(known.values_list("contact_id", flat=True))
    refusals = may_list_write_to(one.address for one in contacts)
    found: dict[uuid.UUID, Skipped] = {}
    for one in contacts:
        refusal = refusals.get(one.address)
        if one.pk in already:
            found[one.pk] = Skipped(one, Reason.ALREADY_IN)
        elif refusal is not None:
            found[one.pk] = Skipped(one, Reason(refusal.verdict.value), refusal.words)
    return found


def _new(
    sequence: Sequence,
    contact: Contact,
    server: OutgoingServer | None,
    *,
    default: uuid.UUID | None,
    by: Membership,
    now: datetime,
) -> Enrollment:
    is_default = server is not None and server.pk == default
    return Enrollment(
        tenant_id=sequence.tenant_id,
        sequence=sequence,
        contact=contact,
        server=server,
        server_choice=Enrollment.Choice.DEFAULT if is_default else Enrollment.Choice.OVERRIDE,
        added_by=by,
        added_at=now,
        changed_at=now,
    )


def _make_due(enrollment: Enrollment, step: Step | None, rules: SendingRules, *, spread: int, now: datetime) -> None:
    if step is None:
        enrollment.due_because = "the sequence has no step yet"
        return
    drawn_apart = drawn(spread, enrollment.sequence_id, enrollment.contact_id)
    due = first_due(enrollment, step, rules, spread=drawn_apart, now=now)
    enrollment.step, enrollment.due_at, enrollment.due_because = step, due.at, due.because[:300]


def _write(rows: list[Enrollment], *, by: Membership, now: datetime) -> tuple[list[Enrollment], list[Enrollment]]:
    """Create the rows; those that somebody else added in the same moment come back second."""
    with transaction.atomic():
        Enrollment.objects.bulk_create(rows, ignore_conflicts=True)
        written = set(Enrollment.objects.filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
        mine = [one for one in rows if one.pk in written]
        EnrollmentEvent.objects.bulk_create(
            EnrollmentEvent(
                tenant_id=one.tenant_id, enrollment=one, kind=EnrollmentEvent.Kind.ADDED, membership=by, at=now
            )
            for one in mine
        )
    return mine, [one for one in rows if one.pk not in written]
