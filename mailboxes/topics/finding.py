"""The filters of a mailbox as its new mail goes through them (SPEC M22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailboxes.models import FilterRule, FilterSet, Mailbox, Topic
from mailboxes.topics.phrases import PhraseRule, PhraseRules


@dataclass(frozen=True)
class FoundTopic:
    """The rule that fits, its number from 1 on, and what stands where."""

    rule: FilterRule
    number: int
    phrase: str
    place_words: str

    @property
    def topic(self) -> Topic:
        return self.rule.topic


class TopicFilters:
    """Rules in their order, ready for many texts."""

    def __init__(self, rules: Sequence[FilterRule], default_topic: Topic | None = None) -> None:
        self.default_topic = default_topic
        self._rules = rules
        self._phrases = PhraseRules([_phrase_rule(rule) for rule in rules])

    def find(self, subject: str, text: str) -> FoundTopic | None:
        """Return the first rule that fits; None leaves the default topic."""
        found = self._phrases.find(subject, text)
        if found is None:
            return None
        place = "subject" if found.is_in_subject else "text"
        return FoundTopic(self._rules[found.rule], found.rule + 1, found.phrase, place)


def load(mailbox: Mailbox) -> TopicFilters | None:
    """Return the filters of a mailbox; None where it has neither a set nor a default, and for marketing."""
    if mailbox.kind != Mailbox.Kind.SERVICE or not (mailbox.filter_set_id or mailbox.default_topic_id):
        return None
    rules = rules_of(mailbox.filter_set_id) if mailbox.filter_set_id else []
    default_topic = Topic.objects.filter(pk=mailbox.default_topic_id).first() if mailbox.default_topic_id else None
    return TopicFilters(rules, default_topic)


def of_set(filter_set: FilterSet) -> TopicFilters:
    """Return the filters of one set, to try them."""
    return TopicFilters(rules_of(filter_set.pk))


def rules_of(filter_set_id: object) -> list[FilterRule]:
    """Return the rules of a set in their order, each with its topic."""
    return list(FilterRule.objects.filter(filter_set=filter_set_id).select_related("topic"))


def _phrase_rule(rule: FilterRule) -> PhraseRule:
    return PhraseRule(
        phrases=rule.phrases,
        in_subject=rule.place != FilterRule.Place.TEXT,
        in_text=rule.place != FilterRule.Place.SUBJECT,
    )
