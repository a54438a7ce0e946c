"""Writes the letters of invented people: plain text and HTML, with a quote and attachments where there are any."""

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mailhub.demo.world.attachments import Attachment
from mailhub.demo.world.incoming_mail import IncomingMail
from mailhub.demo.world.people import Person


@dataclass(frozen=True)
class Letter:
    """What a person wants to say; `paragraphs` are plain text, `rich_html` replaces the simple HTML made of them."""

    subject: str
    paragraphs: Sequence[str]
    attachments: Sequence[Attachment] = ()
    rich_html: str = ""


def compose(
    letter: Letter,
    *,
    author: Person,
    to: str,
    written_at: datetime,
    rng: random.Random,
    answers: IncomingMail | None = None,
) -> bytes:
    """Return the complete bytes of a letter, as an answer to `answers` if given (RFC 5322 §3.6.4)."""
    mail = EmailMessage(policy=SMTP)
    local_part, _, domain = author.addr_spec.rpartition("@")
    mail["From"] = Address(author.display_name, local_part, domain)
    mail["To"] = to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = f"<{rng.getrandbits(96):024x}@{domain}>"
    if answers is not None and answers.message_id:
        mail["In-Reply-To"] = answers.message_id
        mail["References"] = " ".join((*answers.references, answers.message_id))
    mail.set_content("\n\n".join(letter.paragraphs) + "\n" + (_quoted_text(answers) if answers else ""))
    mail.add_alternative(_html_body(letter, answers), subtype="html")
    for attachment in letter.attachments:
        maintype, _, subtype = attachment.media_type.partition("/")
        mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.filename)
    return mail.as_bytes()


def _quoted_text(original: IncomingMail) -> str:
    quoted = "\n".join(f"> {line}".rstrip() for line in original.text.splitlines())
    return f"\n{_attribution(original)}\n{quoted}\n"


def _attribution(original: IncomingMail) -> str:
    name = original.from_name or original.from_addr_spec
    return f"On {original.date:%a, %-d %b %Y} at {original.date:%H:%M}, {name} <{original.from_addr_spec}> wrote:"


def _html_body(letter: Letter, answers: IncomingMail | None) -> str:
    body = letter.rich_html or "".join(
        f"<p>{html.escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>\n" for paragraph in letter.paragraphs
    )
    if answers is not None:
        quoted = html.escape(answers.text, quote=False).replace("\n", "<br>\n")
        body += (
            f'<div class="gmail_quote"><div dir="ltr">{html.escape(_attribution(answers))}<br></div>\n'
            f'<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">{quoted}</blockquote>'
            "</div>\n"
        )
    return f"<html><body>\n{body}</body></html>\n"
