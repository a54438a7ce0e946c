"""Deleting a sequence, with everything that it did."""

from datetime import datetime

from django.db import transaction

from sequences.editing.sequences import under_way
from sequences.models import Enrollment, EnrollmentEvent, Sequence, StepSend, TrackedLink, TrackingHit


def obstacle_to(sequence: Sequence) -> str:
    """Return, in words, why a sequence cannot be deleted now; "" where it can."""
    if sequence.state == Sequence.State.ACTIVE:
        return "It is active. Pause it first: then nothing of it is under way."
    waiting = _open_sends(sequence)
    if waiting:
        mails = "One mail" if waiting == 1 else f"{waiting:,} mails"
        return f"{mails} of it {'is' if waiting == 1 else 'are'} being sent at this moment. Try again in a minute."
    return ""


def what_goes_with(sequence: Sequence) -> list[str]:
    """Return, in words, what is gone once it is deleted."""
    steps = sequence.steps.filter(removed_at=None).count()
    contacts, waiting = Enrollment.objects.filter(sequence=sequence).count(), under_way(sequence)
    sent = StepSend.objects.filter(sequence=sequence, sent_at__isnull=False).count()
    goes = [f"{_counted(steps, 'step')}, with all texts"]
    if contacts:
        on_their_way = f", {waiting:,} of them on their way: they get nothing more" if waiting else ""
        goes.append(f"The way of {_counted(contacts, 'contact')} through it{on_their_way}")
    if sent:
        goes.append(f"Its reports on {_counted(sent, 'mail')}")
    return goes


def delete_sequence(sequence: Sequence, *, now: datetime) -> str:
    """Delete a sequence; contacts, conversations and sent mail stay. Return the obstacle, "" once it is gone."""
    with transaction.atomic():
        held = Sequence.objects.select_for_update(of=("self",), no_key=True).get(pk=sequence.pk)
        obstacle = obstacle_to(held)
        if obstacle:
            return obstacle
        # Whoever enrolls or goes on at this moment finds it put away, and nothing of it is claimed any more.
        Sequence.objects.filter(pk=held.pk).update(state=Sequence.State.ARCHIVED, changed_at=now)
        TrackingHit.objects.filter(send__sequence=held).delete()
        TrackedLink.objects.filter(sequence=held).delete()
        # Both point to one another, and to steps that are kept as long as anybody stands at them.
        Enrollment.objects.filter(sequence=held).update(last_send=None, step=None)
        StepSend.objects.filter(sequence=held).delete()
        EnrollmentEvent.objects.filter(enrollment__sequence=held).delete()
        Enrollment.objects.filter(sequence=held).delete()
        held.delete()
    return ""


def _open_sends(sequence: Sequence) -> int:
    rows = StepSend.objects.filter(sequence=sequence, withdrawn_at=None, sent_at=None, failed_at=None)
    return rows.filter(uncertain_at=None).count()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
