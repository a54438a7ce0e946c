"""What routing rules do. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import models

from mailboxes.models import Conversation
from mailboxes.routing.facts import Facts


class Deed(models.TextChoices):
    """What is done."""

    ASSIGN = "assign", "Assign to"
    TOPIC = "topic", "Set the topic"
    PRIORITY = "priority", "Set the priority"
    TAG = "tag", "Add the tag"
    STATUS = "status", "Set the status"
    NOTIFY = "notify", "Tell by mail"
    REPLY = "reply", "Answer with the template"


@dataclass(frozen=True)
class Action:
    """One thing to do; `value` is a choice, or the id of a person, topic, tag or template, as text."""

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
    return facts
