"""Deletes contacts: what waits to be sent to them stays here, the mail that was sent stays in its mailbox."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mailhub.tenancy.models import Membership
from sequences.models import Contact, Enrollment, ListEntry
from sequences.stopping.ending import stop

# What one request deletes at most: everything of it is locked and stopped first.
MOST_AT_ONCE = 1000
_BATCH = 100
_OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)


def what_goes_with(contacts: QuerySet[Contact], viewer: Membership) -> list[str]:
    """Return, in words, what is deleted with these contacts and what stays, as far as `viewer` may see it."""
    ids = list(contacts.values_list("pk", flat=True))
    enrollments = Enrollment.objects.visible_to(viewer).filter(contact__in=ids)
    running = enrollments.filter(state__in=_OPEN).count()
    listed = ListEntry.objects.filter(contact__in=ids).count()
    goes = ["their fields and their history" if len(ids) > 1 else "all its fields and its history"]
    if listed:
        goes.append(f"{listed:,} place{'' if listed == 1 else 's'} on lists")
    if running:
        words = "1 sequence that is under way is stopped" if running == 1 else f"{running:,} that are under way in "
        goes.append(words if running == 1 else f"{words}sequences are stopped")
    if enrollments.exists():
        goes.append("what reports of sequences count of them")
    return goes


def obstacle_to(contacts: QuerySet[Contact], viewer: Membership) -> str:
    """Return, in words, why `viewer` may not delete or merge these; "" where they may.

    What runs through a mailbox that they may not use is not theirs to end (SPEC T3).
    """
    if viewer.sees_every_mailbox:
        return ""
    theirs = Enrollment.objects.visible_to(viewer).values("pk")
    if not Enrollment.objects.filter(contact__in=contacts.order_by()).exclude(pk__in=theirs).exists():
        return ""
    return "A sequence of a mailbox that you do not use writes there. Ask an administrator of the account to do this."


def delete(contacts: Collection[Contact], *, by: Membership, now: datetime) -> int:
    """Delete contacts; return how many were there. What is known of their addresses stays, and so does all mail."""
    ids = [one.pk for one in contacts]
    count = 0
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        with transaction.atomic():
            # Nobody is added to a sequence between the stop and the end of the row.
            held = list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=batch).order_by("pk"))
            stop(Enrollment.objects.filter(contact__in=held), Enrollment.Cause.CONTACT_GONE, by=by, now=now)
            Contact.objects.filter(pk__in=[one.pk for one in held]).delete()
            count += len(held)
    return count
