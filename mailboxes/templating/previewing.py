"""What a template becomes, with real data: made by the same functions that write what is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from mailboxes import writing
from mailboxes.automatic import letters as automatic_letters
from mailboxes.composing import reply_subject
from mailboxes.merging import Field
from mailboxes.models import Conversation, Mailbox, ReplyTemplate
from mailboxes.templating.inserting import insertion
from mailboxes.templating.values import automatic_values, correspondent_of, letter_values, sample_values
from mailboxes.writing import replying
from mailboxes.writing.signatures import Signature, signature_of, signature_of_mailbox
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Preview:
    """Subject, text and HTML as they leave; `new_subject` is that of new mail where this is a reply."""

    subject: str
    text: str
    html: str
    unfilled: tuple[Field, ...] = ()
    new_subject: str = ""


def automatic_preview(
    template: ReplyTemplate, author: Membership, mailbox: Mailbox | None, *, now: datetime
) -> Preview:
    """Return what the autoresponder of `mailbox` would send.

    Raises MergeRefused, TooComplex or CompositionRefused.
    """
    signature = signature_of_mailbox(mailbox) if mailbox is not None else Signature()
    values = automatic_values(author.tenant, mailbox, now=now)
    return Preview(*automatic_letters.written(template, values, signature))


def sample_preview(template: ReplyTemplate, author: Membership, mailbox: Mailbox | None) -> Preview:
    """Return what a letter would say where there is no conversation to show it with; raises as the other one."""
    inserted = insertion(template, sample_values())
    signature = signature_of(mailbox, author) if mailbox is not None else Signature()
    address = mailbox.address if mailbox is not None else ""
    text, html = signature.below(inserted.text, inserted.html, address=address)
    return Preview(inserted.subject, text, html, inserted.unfilled)


def reply_preview(
    template: ReplyTemplate,
    conversation: Conversation,
    servers: Sequence[OutgoingServer],
    *,
    author: Membership,
    today: date,
    now: datetime,
) -> Preview | None:
    """Return what a reply in `conversation` would say that is this template and no more; what it quotes is left out.

    None where the mailbox can send nothing. Raises MergeRefused, TooComplex or CompositionRefused.
    """
    answers = replying.newest_received(conversation)
    server = replying.server_for_reply(servers, answers)
    if server is None:
        return None
    values = values_in(conversation, server, author=author, today=today)
    inserted = insertion(template, values)
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=(correspondent_of(conversation),),
        cc=(),
        subject=reply_subject(conversation.subject),
        text=inserted.text,
        html=inserted.html,
        attachments=(),
        written_by=author,
    )
    written = writing.preview(letter, conversation, answers, now=now)
    shown = Preview(written.subject, written.text, written.html, inserted.unfilled)
    return replace(shown, new_subject=inserted.subject)


def values_in(
    conversation: Conversation, server: OutgoingServer, *, author: Membership, today: date
) -> Mapping[str, str]:
    """Return what fields give in a reply of `author` to the correspondent of `conversation`."""
    return letter_values(
        author,
        server.mailbox,
        address=server.from_address,
        contact=correspondent_of(conversation),
        subject=conversation.subject,
        today=today,
    )
