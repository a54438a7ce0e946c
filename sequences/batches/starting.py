"""What people begin: few contacts are taken through at once, many in the background."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mailhub.tenancy.models import Membership
from sequences import tasks
from sequences.batches import working
from sequences.batches.choosing import Choice, contacts_of
from sequences.batches.selecting import Selection, selected
from sequences.models import EnrollmentBatch, Sequence
from servers.models import OutgoingServer

# So many are added, or changed, while a person waits: about a second.
MOST_ADDED_AT_ONCE = 500
MOST_CHANGED_AT_ONCE = 500

_Deed = EnrollmentBatch.Deed
_State = EnrollmentBatch.State


def why_nobody_is_added(sequence: Sequence) -> str:
    """Return, in words, why a sequence takes nobody; "" where it does."""
    if sequence.state == Sequence.State.ARCHIVED:
        return "This sequence is archived: nobody is added to it. Restore it first."
    if not sequence.steps.filter(removed_at=None).exists():
        return "This sequence has no step yet, so there is nothing to send. Write the first one, then add contacts."
    return ""


def choose(sequence: Sequence, choice: Choice, *, by: Membership, now: datetime) -> EnrollmentBatch:
    """Note who is to be added; nobody is before `add`."""
    made: EnrollmentBatch = EnrollmentBatch.objects.create(
        tenant_id=sequence.tenant_id,
        sequence=sequence,
        deed=_Deed.ADD,
        choice=choice,
        server=sequence.server,
        created_by=by,
        created_at=now,
    )
    return made


def choose_anew(batch: EnrollmentBatch, choice: Choice) -> bool:
    """Change who is to be added; through which server stays. False once they are being added."""
    batch.choice = choice
    return bool(_chosen(batch).update(choice=choice))


def forget_choices(sequence: Sequence, *, by: Membership, before: datetime) -> None:
    """Forget whom a person chose and never added."""
    mine = EnrollmentBatch.objects.filter(sequence=sequence, created_by=by, state=_State.CHOSEN)
    mine.filter(created_at__lt=before).delete()


def route(batch: EnrollmentBatch, server: OutgoingServer, overrides: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Note through which server they go, and single ones by the id of the contact."""
    chosen = {str(contact_id): str(server_id) for contact_id, server_id in overrides.items()}
    _chosen(batch).update(server=server, overrides=chosen)


def add(batch: EnrollmentBatch, *, by: Membership, now: Callable[[], datetime]) -> None:
    """Add who was chosen: at once where they are few, else in the background. A second time changes nothing.

    It is done with the permissions of `by`, whoever has chosen.
    """
    total = contacts_of(batch.choice).count()
    if _chosen(batch).update(state=_State.RUNNING, total=total, created_by=by):
        _begin(batch, is_short=total <= MOST_ADDED_AT_ONCE, now=now)


def change(
    sequence: Sequence,
    deed: EnrollmentBatch.Deed,
    selection: Selection,
    *,
    to: OutgoingServer | None = None,
    by: Membership,
    now: Callable[[], datetime],
) -> EnrollmentBatch:
    """Do something with contacts of a sequence: at once where they are few, else in the background."""
    total = selected(sequence, by, selection).count()
    batch: EnrollmentBatch = EnrollmentBatch.objects.create(
        tenant_id=sequence.tenant_id,
        sequence=sequence,
        deed=deed,
        state=_State.RUNNING,
        choice=selection,
        server=to,
        total=total,
        created_by=by,
        created_at=now(),
    )
    _begin(batch, is_short=total <= MOST_CHANGED_AT_ONCE, now=now)
    return batch


def _chosen(batch: EnrollmentBatch) -> Any:
    return EnrollmentBatch.objects.filter(pk=batch.pk, state=_State.CHOSEN)


def _begin(batch: EnrollmentBatch, *, is_short: bool, now: Callable[[], datetime]) -> None:
    if not is_short or working.work(batch.pk, now=now):
        tasks.work_on_batch.ring(batch.tenant_id, batch.pk)
