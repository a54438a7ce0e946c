"""What rules see in a mail; and a try on one that is here, with nothing done (SPEC M25)."""

from __future__ import annotations

from dataclasses import dataclass

from mailboxes.addresses import normalise
from mailboxes.automatic.guard import Trigger, obstacle_to_answer
from mailboxes.classifying import Kind
from mailboxes.models import Conversation, Message, RoutingRule
from mailboxes.openers import Opener
from mailboxes.own_addresses import own_addresses
from mailboxes.parsing import Mail
from mailboxes.quoting import reply_text
from mailboxes.receiving.reading import read_raw
from mailboxes.receiving.window import addressed_to
from mailboxes.routing.deciding import Rule, Verdict, decide
from mailboxes.routing.facts import Facts
from mailboxes.routing.options import Options, options_of


@dataclass(frozen=True)
class Rehearsal:
    """What the rules would do with a message now. `no_answer` says why no rule would answer it, "" if it would."""

    message: Message
    verdicts: list[Verdict]
    options: Options
    no_answer: str


def rehearse(message: Message) -> Rehearsal:
    """Take a message through all rules of its mailbox, also those that are switched off; nothing is written.

    Its conversation is taken as it is now. Raises Unreadable, and BlobMissing when its bytes are lost.
    """
    read = read_raw(message, message.raw(), Opener(message.mailbox))
    mail, kind = read.mail, read.classification.kind
    rules = [Rule.of(row) for row in RoutingRule.objects.filter(mailbox=message.mailbox_id)]
    facts = facts_of(message, mail, kind, message.conversation, is_new=_opened_conversation(message))
    # What came in long ago is tried as if it came now.
    no_answer = obstacle_to_answer(
        Trigger.of(message, mail, kind),
        to=message.from_address,
        own_addresses=own_addresses(message.mailbox),
        now=message.received_at,
    )
    return Rehearsal(message, decide(rules, facts), options_of(message.mailbox), no_answer)


def facts_of(message: Message, mail: Mail, kind: Kind, conversation: Conversation | None, *, is_new: bool) -> Facts:
    """Return what rules see of a mail and of its conversation."""
    sender = mail.from_[0] if len(mail.from_) == 1 else None
    return Facts(
        sender=normalise(sender.addr_spec) if sender is not None else "",
        sender_name=sender.display_name if sender is not None else "",
        recipients=tuple(dict.fromkeys(map(normalise, addressed_to(message, mail)))),
        subject=mail.subject,
        text=reply_text(mail.text, mail.html),
        headers=mail.headers,
        kind=str(kind),
        has_attachments=any(not part.is_inline for part in mail.attachments),
        size=message.size,
        received_at=message.received_at,
        is_new=is_new,
        topic=str(conversation.topic_id or "") if conversation is not None else "",
        priority=conversation.priority if conversation is not None else 0,
        assignee=str(conversation.assignee_id or "") if conversation is not None else "",
    )


def _opened_conversation(message: Message) -> bool:
    if message.conversation is None:
        return True
    return not message.conversation.messages.filter(pk__lt=message.pk).exists()
