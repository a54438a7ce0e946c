"""A whole mail for the preview of a signature: made as mail that is sent is made."""

from dataclasses import dataclass
from datetime import tzinfo

from mailboxes.composing import reply_subject
from mailboxes.models import Conversation
from mailboxes.writing.replying import newest_received, quote_of, with_quote
from mailboxes.writing.signatures import Signature
from mailhub.lib.html import text_to_html

SAMPLE = "Thank you for your message. Here is what you asked for."


@dataclass(frozen=True)
class SampleMail:
    subject: str
    text: str
    html: str


def sample_mail(signature: Signature, *, address: str, conversation: Conversation | None, zone: tzinfo) -> SampleMail:
    """Return a short answer in `conversation` with this signature, or new mail where there is none.

    Raises CompositionRefused.
    """
    text, html = signature.below(SAMPLE, f"<p>{text_to_html(SAMPLE)}</p>", address=address)
    answers = newest_received(conversation) if conversation is not None else None
    if conversation is None or answers is None:
        return SampleMail("Your order", text, html)
    return SampleMail(reply_subject(conversation.subject), *with_quote(text, html, quote_of(answers, zone)))
