"""Keeps topics, filter sets and their rules (SPEC M22)."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from mailboxes.models import Conversation, FilterRule, FilterSet, Mailbox, Segment, Topic
from mailhub.tenancy.models import Tenant


def with_uses() -> QuerySet[Topic]:
    """Return all topics by name, each with `rule_count` and `mailbox_count`."""
    return Topic.objects.annotate(
        rule_count=Count("filter_rules", distinct=True),
        mailbox_count=Count("default_of", filter=Q(default_of__deleted_at=None), distinct=True),
    )


def filter_sets() -> QuerySet[FilterSet]:
    """Return all filter sets by segment and name, each with `rule_count` and `mailbox_count`."""
    return (
        FilterSet.objects.select_related("segment")
        .annotate(
            rule_count=Count("rules", distinct=True),
            mailbox_count=Count("mailboxes", filter=Q(mailboxes__deleted_at=None), distinct=True),
        )
        .order_by("segment__created_at", "segment__id", "name", "id")
    )


def add_topic(tenant: Tenant, name: str, *, now: datetime) -> Topic:
    """Add a topic. Raises IntegrityError when the name was taken meanwhile."""
    return Topic.objects.create(tenant=tenant, name=name, created_at=now)


def uses_of(topic: Topic) -> list[str]:
    """Return, in words, what speaks of a topic."""
    rules = FilterRule.objects.filter(topic=topic).count()
    mailboxes = Mailbox.objects.filter(default_topic=topic).count()
    conversations = Conversation.objects.filter(topic=topic).unmerged().count()
    uses = (
        (rules, "filter that gives it", "filters that give it"),
        (mailboxes, "mailbox that has it as the default", "mailboxes that have it as the default"),
        (conversations, "conversation about it", "conversations about it"),
    )
    return [f"{count:,} {one if count == 1 else many}" for count, one, many in uses if count]


def delete_topic(topic: Topic, *, heir: Topic | None) -> None:
    """Delete a topic; what speaks of it speaks of `heir` from now on.

    Without an heir its filters go with it, and conversations and mailboxes have no topic any more.
    """
    with transaction.atomic():
        if heir is None:
            FilterRule.objects.filter(topic=topic).delete()
        else:
            FilterRule.objects.filter(topic=topic).update(topic=heir)
        Mailbox.with_deleted.filter(default_topic=topic).update(default_topic=heir)
        Conversation.objects.filter(topic=topic).update(topic=heir)
        topic.delete()


def add_set(tenant: Tenant, segment: Segment, name: str, *, now: datetime) -> FilterSet:
    """Add a filter set. Raises IntegrityError when the name was taken meanwhile."""
    return FilterSet.objects.create(tenant=tenant, segment=segment, name=name, created_at=now)


def delete_set(filter_set: FilterSet) -> None:
    """Delete a filter set with its rules; its mailboxes go on with their default topic."""
    filter_set.delete()


def add_rule(rule: FilterRule) -> None:
    """Add a rule behind those that its set has."""
    with transaction.atomic():
        _hold(rule.filter_set_id)
        last = FilterRule.objects.filter(filter_set=rule.filter_set_id).aggregate(last=Max("position"))["last"]
        rule.position = 1 if last is None else last + 1
        rule.save(force_insert=True)


def move_rule(rule: FilterRule, *, by: int) -> None:
    """Move a rule so many places down in its set; up when negative."""
    with transaction.atomic():
        _hold(rule.filter_set_id)
        rules = list(FilterRule.objects.filter(filter_set=rule.filter_set_id).order_by("position", "id"))
        place = next(number for number, one in enumerate(rules) if one.pk == rule.pk)
        rules.insert(max(0, min(len(rules) - 1, place + by)), rules.pop(place))
        for position, one in enumerate(rules, start=1):
            one.position = position
        FilterRule.objects.bulk_update(rules, ["position"])


def _hold(filter_set_id: uuid.UUID) -> None:
    FilterSet.objects.select_for_update().get(pk=filter_set_id)
