"""Groups mailboxes and people into segments, and keeps one default mailbox in each (SPEC T8)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from mailboxes.models import FilterSet, Mailbox, Segment, SegmentPerson
from mailhub.tenancy.models import Membership, Tenant

FIRST_NAME = "General"


class SuccessorNeeded(ValueError):
    """The default mailbox leaves its segment and others stay, so one of them has to take its place."""


class LastSegment(ValueError):
    """An account keeps one segment at least."""


def start_first_segment(tenant: Tenant, *, now: datetime) -> None:
    """Give a new tenant its first segment."""
    add(tenant, FIRST_NAME, now=now)


def add(tenant: Tenant, name: str, *, now: datetime) -> Segment:
    """Add a segment. Raises IntegrityError when the name was taken meanwhile."""
    return Segment.objects.create(tenant=tenant, name=name, created_at=now)


def first_segment() -> Segment:
    """Return the oldest segment of the tenant in scope."""
    first: Segment = Segment.objects.order_by("created_at", "id")[:1].get()
    return first


def segment_of(membership: Membership) -> Segment:
    """Return the segment that a person was put into, else the first one."""
    chosen = Segment.objects.filter(people__membership=membership).first()
    return chosen or first_segment()


def default_mailbox_of(membership: Membership) -> Mailbox | None:
    """Return the mailbox that a person's system mail and new letters start from; None until there is one."""
    mailbox: Mailbox | None = segment_of(membership).default_mailbox
    return mailbox


def people_in(segment: Segment) -> models.QuerySet[Membership]:
    """Return the people of a segment, by name; the first one has also all who were put into no other."""
    placed = SegmentPerson.objects.filter(segment=segment).values("membership")
    mine = Q(pk__in=placed)
    if segment == first_segment():
        mine |= ~Q(pk__in=SegmentPerson.objects.values("membership"))
    return _people_of(segment.tenant_id).filter(mine)


def people_elsewhere(segment: Segment) -> models.QuerySet[Membership]:
    """Return the people of the other segments, by name, each with its `segment_name`."""
    placed = SegmentPerson.objects.filter(membership=OuterRef("pk")).values("segment__name")[:1]
    rows = _people_of(segment.tenant_id).exclude(pk__in=people_in(segment).values("pk"))
    return rows.annotate(segment_name=Coalesce(Subquery(placed), Value(first_segment().name)))


def with_counts() -> models.QuerySet[Segment]:
    """Return all segments, each with its default mailbox and `mailbox_count`."""
    return Segment.objects.select_related("default_mailbox").annotate(
        mailbox_count=Count("mailboxes", filter=Q(mailboxes__deleted_at=None), distinct=True),
        filter_set_count=Count("filter_sets", distinct=True),
    )


def take_in(mailbox: Mailbox) -> None:
    """Make a mailbox that came into a segment its default, if it is the first one there."""
    Segment.objects.filter(pk=mailbox.segment_id, default_mailbox=None).update(default_mailbox=mailbox)


def let_go(mailbox: Mailbox, *, successor: Mailbox | None) -> None:
    """Have another mailbox take the place of one that leaves its segment, if it was the default there.

    Raises SuccessorNeeded when others stay and `successor` is none of them.
    """
    with transaction.atomic():
        segment: Segment = Segment.objects.select_for_update().get(pk=mailbox.segment_id)
        if segment.default_mailbox_id != mailbox.pk:
            return
        staying = others_in(mailbox)
        if successor is None and staying.exists():
            raise SuccessorNeeded(f"{mailbox} is the default mailbox of {segment}.")
        if successor is not None and not staying.filter(pk=successor.pk).exists():
            raise SuccessorNeeded(f"{successor} is not in {segment}.")
        segment.default_mailbox = successor
        segment.save(update_fields=["default_mailbox"])


def move_mailbox(mailbox: Mailbox, target: Segment, *, successor: Mailbox | None = None) -> None:
    """Move a mailbox to another segment, without the filter set that it leaves behind there.

    Raises SuccessorNeeded as `let_go` does.
    """
    with transaction.atomic():
        let_go(mailbox, successor=successor)
        Mailbox.objects.filter(pk=mailbox.pk).update(segment=target, filter_set=None)
        mailbox.segment, mailbox.filter_set = target, None
        take_in(mailbox)


def change(segment: Segment, *, joining: Iterable[Membership]) -> None:
    """Save name and default mailbox, and move people here. Raises IntegrityError when the name was taken meanwhile."""
    with transaction.atomic():
        segment.save(update_fields=["name", "default_mailbox"])
        for person in joining:
            SegmentPerson.objects.update_or_create(
                tenant_id=segment.tenant_id, membership=person, defaults={"segment": segment}
            )


def delete(segment: Segment, *, heir: Segment | None) -> None:
    """Delete a segment; its mailboxes, people and filter sets move to `heir`, whose default mailbox stays what it is.

    Raises LastSegment when there is no other one to move them to.
    """
    with transaction.atomic():
        if heir is None or heir.pk == segment.pk:
            raise LastSegment("An account keeps one segment at least.")
        moving = list(Mailbox.objects.filter(segment=segment).order_by("created_at", "id"))
        Mailbox.with_deleted.filter(segment=segment).update(segment=heir)
        FilterSet.objects.filter(segment=segment).update(segment=heir)
        SegmentPerson.objects.filter(segment=segment).update(segment=heir)
        segment.delete()
        for mailbox in moving[:1]:
            mailbox.segment = heir
            take_in(mailbox)


def others_in(mailbox: Mailbox) -> models.QuerySet[Mailbox]:
    """Return the other mailboxes of its segment."""
    rows = Mailbox.objects.filter(segment_id=mailbox.segment_id).exclude(pk=mailbox.pk)
    return rows.order_by("created_at", "id")


def _people_of(tenant_id: int) -> models.QuerySet[Membership]:
    rows = Membership.objects.filter(tenant_id=tenant_id, is_active=True).select_related("user")
    return rows.order_by("user__name", "user__email", "id")
