"""What routing rules do. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import models

from mailboxes.models import Conversation
from mailboxes.routing.facts import Facts


class Deed(models.TextChoices):
    """What is done."""

    ASSIGN = "assign", "Assign to"
    BALANCE = "balance", "Assign to whoever has least to do"
    TOPIC = "topic", "Set the topic"
    PRIORITY = "priority", "Set the priority"
    TAG = "tag", "Add the tag"
    STATUS = "status", "Set the status"
    NOTIFY = "notify", "Tell by mail"
    REPLY = "reply", "Answer with the template"


SOMEBODY = "somebody"


def chosen_people(value: str) -> frozenset[UUID] | None:
    """Return whom an action chooses from; None for everyone. Raises ValueError for what are no ids."""
    return frozenset(map(UUID, value.split())) or None


@dataclass(frozen=True)
class Action:
    """One thing to do; `value` is a choice, or the id of a person, topic, tag or template, as text.

    Of BALANCE it is the ids of the people to choose from, apart by blanks; "" for everyone.
    """

    deed: Deed
    value: str

    @classmethod
    def of(cls, stored: Any) -> Action:
        """Read what `stored` gives; raise ValueError for what is no action (any more)."""
        try:
            found = cls(Deed(stored["deed"]), str(stored["value"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no action: {stored!r:.100}") from error
        if found.deed == Deed.PRIORITY:
            Conversation.Priority(int(found.value))
        elif found.deed == Deed.STATUS:
            Conversation.Status(found.value)
        elif found.deed == Deed.BALANCE:
            chosen_people(found.value)
        return found

    @property
    def stored(self) -> dict[str, str]:
        """What the rule keeps in its row."""
        return {"deed": self.deed.value, "value": self.value}


def after(facts: Facts, action: Action) -> Facts:
    """Return what the rules behind see once this was done."""
    if action.deed == Deed.TOPIC:
        return replace(facts, topic=action.value)
    if action.deed == Deed.PRIORITY:
        return replace(facts, priority=int(action.value))
    if action.deed == Deed.ASSIGN:
        return replace(facts, assignee=action.value)
    if action.deed == Deed.BALANCE:
        # Who it is shows when it is done; rules ask only whether somebody is in charge.
        return replace(facts, assignee=facts.assignee or SOMEBODY)
    return facts
