"""Rules in words, for the trace, the history and the screens."""

from collections.abc import Iterable

from mailboxes.classifying import Kind
from mailboxes.models import Conversation
from mailboxes.routing import conditions
from mailboxes.routing.actions import Action, Deed
from mailboxes.routing.conditions import Condition, Field
from mailboxes.routing.deciding import Checked, Verdict
from mailboxes.routing.hours import Hours
from mailboxes.routing.options import Options

_GONE = "(no longer there)"


def condition_words(condition: Condition, options: Options) -> str:
    """Return a condition as people read it: `Subject contains “refund”`."""
    subject = condition.field.label
    if condition.field == Field.HEADER:
        subject = f"Header {condition.name}"
    if condition.field == Field.ATTACHMENT:
        return "Has an attachment" if condition.value == conditions.PRESENT else "Has no attachment"
    if condition.field == Field.ASSIGNEE:
        return "Somebody is assigned" if condition.value == conditions.PRESENT else "Nobody is assigned"
    if condition.field == Field.CONVERSATION:
        return "Opens a conversation" if condition.value == conditions.NEW else "Answers in a conversation"
    return f"{subject} {condition.test.label} {_value_words(condition, options)}"


def action_words(action: Action, options: Options) -> str:
    """Return an action as people read it: `Assign to Anna Berg`."""
    if action.deed == Deed.BALANCE and not action.value:
        return f"{action.deed.label}, of all who may use the mailbox"
    if action.deed == Deed.BALANCE:
        return f"{action.deed.label}: {value_name(action, options)}"
    return f"{action.deed.label} {value_name(action, options)}"


def value_name(action: Action, options: Options) -> str:
    """Return what an action names."""
    if action.deed == Deed.PRIORITY:
        return Conversation.Priority(int(action.value)).label
    if action.deed == Deed.STATUS:
        return Conversation.Status(action.value).label
    if action.deed in (Deed.ASSIGN, Deed.NOTIFY):
        person = options.people.get(action.value)
        return str(person.user) if person is not None else "somebody who may not use this mailbox"
    if action.deed == Deed.BALANCE:
        chosen = (options.people.get(one) for one in action.value.split())
        return ", ".join(str(one.user) for one in chosen if one is not None) or "nobody who may use this mailbox"
    named = {Deed.TOPIC: options.topics, Deed.TAG: options.tags, Deed.REPLY: options.templates}[action.deed]
    row = named.get(action.value)
    return f"“{row}”" if row is not None else _GONE


def why_not(verdict: Verdict, options: Options) -> str:
    """Return in words why a rule does not fit."""
    if verdict.stopped_by:
        return f"“{verdict.stopped_by}” was the last rule."
    if not verdict.rule.is_readable:
        return "It names something that mailhub does not know (any more). Open it and save it again."
    if not verdict.checked:
        return "It has no condition."
    failed = [one.condition for one in verdict.checked if not one.holds]
    return f"{_joined(failed, options)}: not so."


def why(verdict: Verdict, options: Options) -> str:
    """Return in words why a rule fits."""
    return f"{_joined((one.condition for one in verdict.checked if one.holds), options)}."


def checked_words(checked: Checked, options: Options) -> str:
    return condition_words(checked.condition, options)


def _joined(found: Iterable[Condition], options: Options) -> str:
    return "; ".join(condition_words(one, options) for one in found)


def _value_words(condition: Condition, options: Options) -> str:
    value = condition.value
    if condition.field == Field.KIND:
        return f"“{Kind(value).label}”" if value in Kind.values else value
    if condition.field == Field.PRIORITY:
        return Conversation.Priority(int(value)).label
    if condition.field == Field.TOPIC:
        topic = options.topics.get(value)
        return f"“{topic}”" if topic is not None else (_GONE if value else "none")
    if condition.field == Field.HOURS:
        return Hours.parse(value).words
    if condition.field == Field.SIZE:
        return f"{value}"
    return f"“{value}”"
