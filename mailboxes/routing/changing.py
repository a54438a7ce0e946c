"""Keeps the rules of a mailbox and their order (SPEC M25)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from mailboxes.models import Mailbox, ReplyTemplate, RoutingRule
from mailboxes.routing.actions import Deed
from mailboxes.routing.deciding import Rule

MOST_RULES = 100


def add(rule: RoutingRule) -> None:
    """Add a rule behind the others, switched off: it can be tried before it does anything."""
    with transaction.atomic():
        _hold(rule.mailbox)
        last = RoutingRule.objects.filter(mailbox=rule.mailbox).aggregate(last=Max("position"))["last"]
        rule.position = 1 if last is None else last + 1
        rule.save(force_insert=True)


def move(rule: RoutingRule, *, by: int) -> None:
    """Move a rule so many places down; up when negative."""
    with transaction.atomic():
        _hold(rule.mailbox)
        rules = list(RoutingRule.objects.filter(mailbox=rule.mailbox))
        place = next(number for number, one in enumerate(rules) if one.pk == rule.pk)
        rules.insert(max(0, min(len(rules) - 1, place + by)), rules.pop(place))
        for position, one in enumerate(rules, start=1):
            one.position = position
        RoutingRule.objects.bulk_update(rules, ["position"])


def switch(rule: RoutingRule, *, now: datetime) -> None:
    """Switch a rule on or off; what the loop guard had against it is settled with that."""
    rule.is_active, rule.changed_at = not rule.is_active, now
    rule.stopped_at, rule.stopped_because = None, ""
    rule.save(update_fields=["is_active", "changed_at", "stopped_at", "stopped_because"])


def rules_with(template: ReplyTemplate) -> list[RoutingRule]:
    """Return the rules that answer with this template."""
    rows = RoutingRule.objects.filter(mailbox__deleted_at=None).select_related("mailbox")
    return [row for row in rows.order_by("mailbox__name", "position") if _answers_with(row, str(template.pk))]


def _answers_with(row: RoutingRule, template_id: str) -> bool:
    return any(one.deed == Deed.REPLY and one.value == template_id for one in Rule.of(row).actions)


def _hold(mailbox: Mailbox) -> None:
    Mailbox.objects.select_for_update(of=("self",)).get(pk=mailbox.pk)
