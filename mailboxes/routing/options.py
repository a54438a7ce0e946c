"""What rules may name: people who may use the mailbox, topics, tags, templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailboxes.models import Mailbox, ReplyTemplate, RoutingRule, Tag, Topic
from mailboxes.queue.people import people_of
from mailboxes.routing.deciding import Rule
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Options:
    """Each by its id as text, in the order in which people choose."""

    people: Mapping[str, Membership] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    templates: Mapping[str, ReplyTemplate] = field(default_factory=dict)


@dataclass(frozen=True)
class Routing:
    """The rules of a mailbox that are switched on, in their order, with what they name."""

    rules: tuple[Rule, ...]
    options: Options


def load(mailbox: Mailbox) -> Routing:
    """Return what new mail of `mailbox` goes through; nothing but the rules is asked where there are none."""
    rules = tuple(Rule.of(row) for row in RoutingRule.objects.filter(mailbox=mailbox, is_active=True))
    return Routing(rules, options_of(mailbox) if rules else Options())


def options_of(mailbox: Mailbox) -> Options:
    """Return what rules of this mailbox may name now."""
    return Options(
        people={str(one.pk): one for one in people_of(mailbox)},
        topics={str(one.pk): one for one in Topic.objects.filter(tenant_id=mailbox.tenant_id)},
        tags={str(one.pk): one for one in Tag.objects.filter(tenant_id=mailbox.tenant_id)},
        templates={str(one.pk): one for one in ReplyTemplate.objects.filter(tenant_id=mailbox.tenant_id)},
    )
