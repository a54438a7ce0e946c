"""Rules for tests."""

from datetime import UTC, datetime
from typing import Any

from mailboxes.models import Mailbox, RoutingRule

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ANYTHING = {"field": "conversation", "test": "is", "value": "new"}


def condition(field: str, test: str, value: str, name: str = "") -> dict[str, str]:
    return {"field": field, "test": test, "value": value, "name": name}


def action(deed: str, value: object) -> dict[str, str]:
    return {"deed": deed, "value": str(value)}


def make_rule(mailbox: Mailbox, *actions: dict[str, str], name: str = "A rule", **fields: Any) -> RoutingRule:
    """Make a rule that is on; it fits what opens a conversation unless conditions are given."""
    values = {
        "conditions": [ANYTHING],
        "position": RoutingRule.objects.filter(mailbox=mailbox).count() + 1,
        "is_active": True,
        "created_at": NOON,
        "changed_at": NOON,
        **fields,
    }
    rule: RoutingRule = RoutingRule.objects.create(
        tenant_id=mailbox.tenant_id, mailbox=mailbox, name=name, actions=list(actions), **values
    )
    return rule
