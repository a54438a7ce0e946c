"""Conditions of routing rules: what is looked at, how, and for what. Pure.

Texts are compared as people read them (mailboxes.folding). There are no regular expressions: one that takes for ever
would stop the mail of everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from mailboxes.folding import folded
from mailboxes.routing.facts import Facts
from mailboxes.routing.hours import Hours

MAX_VALUE = 500
MEGABYTE = 1024 * 1024


class Field(models.TextChoices):
    """What a condition looks at."""

    SENDER = "sender", "Sender"
    SENDER_DOMAIN = "sender_domain", "Domain of the sender"
    RECIPIENT = "recipient", "Recipient"
    SUBJECT = "subject", "Subject"
    TEXT = "text", "Text, without what is quoted"
    HEADER = "header", "Header field"
    KIND = "kind", "Kind of mail"
    ATTACHMENT = "attachment", "Attachment"
    SIZE = "size", "Size"
    CONVERSATION = "conversation", "Conversation"
    TOPIC = "topic", "Topic"
    PRIORITY = "priority", "Priority"
    ASSIGNEE = "assignee", "Assignee"
    HOURS = "hours", "Time of arrival"


class Comparison(models.TextChoices):
    """How it is compared."""

    CONTAINS = "contains", "contains"
    CONTAINS_NOT = "contains_not", "does not contain"
    ANY_WORD = "any_word", "has any of these words"
    IS = "is", "is"
    IS_NOT = "is_not", "is not"
    BEGINS = "begins", "begins with"
    ENDS = "ends", "ends with"
    LARGER = "larger", "is larger than (MB)"
    SMALLER = "smaller", "is at most (MB)"
    WITHIN = "within", "is within"
    OUTSIDE = "outside", "is outside"


_OF_TEXTS = (
    Comparison.CONTAINS,
    Comparison.CONTAINS_NOT,
    Comparison.ANY_WORD,
    Comparison.IS,
    Comparison.IS_NOT,
    Comparison.BEGINS,
    Comparison.ENDS,
)
# Where people look for words, that comes first.
_OF_WORDS = (Comparison.ANY_WORD, *(one for one in _OF_TEXTS if one != Comparison.ANY_WORD))
_OF_CHOICES = (Comparison.IS, Comparison.IS_NOT)
TESTS: Mapping[Field, tuple[Comparison, ...]] = {
    Field.SENDER: _OF_TEXTS,
    Field.SENDER_DOMAIN: (Comparison.IS, Comparison.IS_NOT, Comparison.ENDS),
    Field.RECIPIENT: _OF_TEXTS,
    Field.SUBJECT: _OF_WORDS,
    Field.TEXT: (Comparison.ANY_WORD, Comparison.CONTAINS, Comparison.CONTAINS_NOT),
    Field.HEADER: _OF_TEXTS,
    Field.KIND: _OF_CHOICES,
    Field.ATTACHMENT: (Comparison.IS,),
    Field.SIZE: (Comparison.LARGER, Comparison.SMALLER),
    Field.CONVERSATION: (Comparison.IS,),
    Field.TOPIC: _OF_CHOICES,
    Field.PRIORITY: _OF_CHOICES,
    Field.ASSIGNEE: (Comparison.IS,),
    Field.HOURS: (Comparison.WITHIN, Comparison.OUTSIDE),
}
# Values of fields that are chosen and not written.
PRESENT, MISSING = "yes", "no"
NEW, ANSWER = "new", "reply"


@dataclass(frozen=True)
class Condition:
    """One condition. `name` is that of the header field; `value` a text, a choice, or an id as text."""

    field: Field
    test: Comparison
    value: str
    name: str = ""

    @classmethod
    def of(cls, stored: Any) -> Condition:
        """Read what `stored` gives; raise ValueError for what is no condition (any more)."""
        try:
            found = cls(
                Field(stored["field"]), Comparison(stored["test"]), str(stored["value"]), str(stored.get("name", ""))
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no condition: {stored!r:.100}") from error
        if found.test not in TESTS[found.field]:
            raise ValueError(f"{found.field} is not compared by {found.test}")
        if found.field == Field.HOURS:
            Hours.parse(found.value)
        elif found.field == Field.SIZE:
            float(found.value)
        elif found.field == Field.PRIORITY:
            int(found.value)
        return found

    @property
    def stored(self) -> dict[str, str]:
        """What the rule keeps in its row."""
        return {"field": self.field.value, "test": self.test.value, "value": self.value, "name": self.name}


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition is true of a mail and its conversation."""
    if condition.field == Field.HOURS:
        is_within = Hours.parse(condition.value).include(facts.received_at)
        return is_within == (condition.test == Comparison.WITHIN)
    if condition.field == Field.SIZE:
        is_larger = facts.size > float(condition.value) * MEGABYTE
        return is_larger == (condition.test == Comparison.LARGER)
    if condition.field in _CHOICES:
        is_same = _CHOICES[condition.field](facts) == condition.value
        return is_same != (condition.test == Comparison.IS_NOT)
    return _compare(condition, _texts(condition, facts))


def _texts(condition: Condition, facts: Facts) -> list[str]:
    if condition.field == Field.SENDER:
        return facts.folded_sender
    if condition.field == Field.SENDER_DOMAIN:
        return [folded(facts.sender.rpartition("@")[2])]
    if condition.field == Field.RECIPIENT:
        return facts.folded_recipients
    if condition.field == Field.SUBJECT:
        return [facts.folded_subject]
    if condition.field == Field.TEXT:
        return [facts.folded_text]
    return facts.folded_header(condition.name)


def _compare(condition: Condition, texts: list[str]) -> bool:
    wanted = folded(condition.value)
    if condition.test == Comparison.ANY_WORD:
        words = [word for word in (folded(one) for one in condition.value.replace("\n", ",").split(",")) if word]
        return any(_has_word(text, word) for text in texts for word in words)
    if condition.test in _OPPOSITE:
        compare = _COMPARE[_OPPOSITE[condition.test]]
        return not any(compare(text, wanted) for text in texts)
    return any(_COMPARE[condition.test](text, wanted) for text in texts)


def _has_word(text: str, word: str) -> bool:
    """Whether the word, or phrase, stands in the text as a whole; scripts without blanks have no borders of words."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_joins(text[start - 1 : start], word[0]) or _joins(word[-1], text[end : end + 1])):
            return True
        start = text.find(word, start + 1)
    return False


def _joins(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and max(left, right) < _FIRST_OF_EAST_ASIA


# Kana, han and hangul, and the scripts of South East Asia that set no blanks, stand from here on, or nearly.
_FIRST_OF_EAST_ASIA = "\u0e00"
_OPPOSITE = {Comparison.CONTAINS_NOT: Comparison.CONTAINS, Comparison.IS_NOT: Comparison.IS}
_COMPARE: Mapping[Comparison, Callable[[str, str], bool]] = {
    Comparison.CONTAINS: lambda text, wanted: wanted in text,
    Comparison.IS: lambda text, wanted: text == wanted,
    Comparison.BEGINS: str.startswith,
    Comparison.ENDS: str.endswith,
}
_CHOICES: Mapping[Field, Callable[[Facts], str]] = {
    Field.KIND: lambda facts: facts.kind,
    Field.ATTACHMENT: lambda facts: PRESENT if facts.has_attachments else MISSING,
    Field.CONVERSATION: lambda facts: NEW if facts.is_new else ANSWER,
    Field.TOPIC: lambda facts: facts.topic,
    Field.PRIORITY: lambda facts: str(facts.priority),
    Field.ASSIGNEE: lambda facts: PRESENT if facts.assignee else MISSING,
}
