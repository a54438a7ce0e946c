"""Does what rules say with a mail that comes in: conversation, people, answers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mailboxes.addresses import Address
from mailboxes.automatic import letters, sending
from mailboxes.models import AutomaticMail, Conversation, ConversationEvent, ConversationTag
from mailboxes.receiving.received import Received
from mailboxes.routing import balancing, telling
from mailboxes.routing.actions import Action, Deed, chosen_people
from mailboxes.routing.deciding import Rule
from mailboxes.routing.options import Options

_Kind = ConversationEvent.Kind


def act(received: Received, rule: Rule, options: Options) -> list[str]:
    """Do all that `rule` says; return in words what was done, and what was left out because it is not there."""
    return [_DEEDS[action.deed](received, rule, action, options) for action in rule.actions]


def _assign(received: Received, rule: Rule, action: Action, options: Options) -> str:
    person = options.people.get(action.value)
    if person is None:
        return "nobody assigned: whom it names may not use this mailbox"
    if _conversation_of(received).assignee_id == person.pk:
        return f"assigned to {person.user} before"
    _set(received, assignee=person)
    return _note(received, rule, _Kind.ASSIGNED, f"assigned to {person.user}")


def _balance(received: Received, rule: Rule, action: Action, _options: Options) -> str:
    """Give the conversation to whoever has least to do, unless somebody who may use the mailbox has it already."""
    balance = received.window.once(balancing.load)
    if balance.may_use(_conversation_of(received).assignee_id):
        return "nobody assigned: somebody has it already"
    person = balance.least_busy(chosen_people(action.value))
    if person is None:
        return "nobody assigned: none of those whom it names may use this mailbox"
    balance.give(person, now=received.now)
    _set(received, assignee=person)
    return _note(received, rule, _Kind.ASSIGNED, f"assigned to {person.user}, who has least to do")


def _set_topic(received: Received, rule: Rule, action: Action, options: Options) -> str:
    topic = options.topics.get(action.value)
    if topic is None:
        return "no topic set: it is not there any more"
    _set(received, topic=topic)
    return _note(received, rule, _Kind.TOPIC_SET, f"topic {topic}")


def _set_priority(received: Received, rule: Rule, action: Action, _options: Options) -> str:
    priority = Conversation.Priority(int(action.value))
    _set(received, priority=priority.value)
    return _note(received, rule, _Kind.PRIORITY_SET, f"priority {priority.label}")


def _tag(received: Received, rule: Rule, action: Action, options: Options) -> str:
    tag, conversation = options.tags.get(action.value), _conversation_of(received)
    if tag is None:
        return "no tag added: it is not there any more"
    row = ConversationTag(tenant_id=conversation.tenant_id, conversation=conversation, tag=tag)
    # It may carry the tag already.
    received.writes.do(lambda: _keep(row))
    return _note(received, rule, _Kind.TAGGED, f"tag {tag}")


def _set_status(received: Received, rule: Rule, action: Action, _options: Options) -> str:
    status = Conversation.Status(action.value)
    _set(received, status=status.value)
    return _note(received, rule, _Kind.STATUS_SET, f"status {status.label}")


def _notify(received: Received, rule: Rule, action: Action, options: Options) -> str:
    person = options.people.get(action.value)
    if person is None:
        return "nobody told: whom it names may not use this mailbox"
    to = Address(person.user.name, person.user.email)
    write = partial(telling.letter_to, person, received.message, _conversation_of(received), rule.name)
    sending.notify(received, rule_key=str(rule.id), to=to, write=write)
    return _note(received, rule, _Kind.NOTIFIED, f"{person.user} told by mail")


def _reply(received: Received, rule: Rule, action: Action, options: Options) -> str:
    template = options.templates.get(action.value)
    if template is None:
        return "no answer: the template is not there any more"
    to = next(iter(received.mail.from_), Address("", ""))
    sending.send(
        received,
        source=AutomaticMail.Source.ROUTING,
        rule_key=str(rule.id),
        to=to,
        compose=letters.from_template(received, template, to),
    )
    return f"answer with “{template}”"


def _set(received: Received, **values: Any) -> None:
    conversation = _conversation_of(received)
    received.writes.set(conversation, **values)
    for name, value in values.items():
        # For the rules and steps behind: the conversation itself is written at the end.
        setattr(conversation, name, value)


def _note(received: Received, rule: Rule, kind: ConversationEvent.Kind, did: str) -> str:
    """Put into the history of the conversation what the rule did, and return it."""
    conversation = _conversation_of(received)
    words = f"{did[:1].upper()}{did[1:]}, by the rule “{rule.name}”"
    event = ConversationEvent(
        tenant_id=conversation.tenant_id, conversation=conversation, kind=kind, words=words[:600], at=received.now
    )
    received.writes.create([event])
    return did


def _conversation_of(received: Received) -> Conversation:
    assert received.conversation is not None  # The handler looks.
    return received.conversation


def _keep(row: ConversationTag) -> None:
    ConversationTag.objects.bulk_create([row], ignore_conflicts=True)


_DEEDS: dict[Deed, Callable[[Received, Rule, Action, Options], str]] = {
    Deed.ASSIGN: _assign,
    Deed.BALANCE: _balance,
    Deed.TOPIC: _set_topic,
    Deed.PRIORITY: _set_priority,
    Deed.TAG: _tag,
    Deed.STATUS: _set_status,
    Deed.NOTIFY: _notify,
    Deed.REPLY: _reply,
}
