"""What automatic mail of ours says of itself, so that no program answers it (RFC 3834 §5)."""

from dataclasses import replace

from django.utils.crypto import constant_time_compare, salted_hmac

from mailboxes.composing import Composition, references_for_reply
from mailboxes.models import AutomaticMail, Mailbox
from mailboxes.parsing import Mail

LOOP_HEADER = "X-Mailhub-Loop"

_SALT = "mailboxes.automatic.loop"
_Source = AutomaticMail.Source
# These answer somebody; the others write to people of our own.
ANSWERS = frozenset({_Source.AUTORESPONDER, _Source.ROUTING})


def loop_token(of: str) -> str:
    """Return what stands in X-Mailhub-Loop of mail that `of` sent: it names nobody, and only we can make it."""
    return salted_hmac(_SALT, of, algorithm="sha256").hexdigest()[:32]


def is_marked_by(mailbox: Mailbox, mail: Mail) -> bool:
    """Whether automatic mail of this very mailbox came back to it."""
    expected = loop_token(str(mailbox.pk))
    return any(
        name.lower() == LOOP_HEADER.lower() and constant_time_compare(value.strip(), expected)
        for name, value in mail.headers
    )


def machine_fields(auto_submitted: str, *, of: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of mail that nobody shall answer automatically; `of` says who sends it."""
    return (
        ("Auto-Submitted", auto_submitted),
        # Exchange and Outlook ask for their own.
        ("X-Auto-Response-Suppress", "All"),
        (LOOP_HEADER, loop_token(of)),
    )


def marked(composition: Composition, source: AutomaticMail.Source, mailbox: Mailbox, trigger: Mail) -> Composition:
    """Return the mail with all its marks; an answer names what it answers (RFC 3834 §3.1.5)."""
    if source not in ANSWERS:
        fields = machine_fields("auto-generated", of=str(mailbox.pk))
        return replace(composition, extra_headers=(*composition.extra_headers, *fields))
    fields = (
        *machine_fields("auto-replied", of=str(mailbox.pk)),
        # Not in any standard, but what older programs look for.
        ("Precedence", "auto_reply"),
    )
    references = trigger.references or trigger.in_reply_to
    return replace(
        composition,
        in_reply_to=trigger.message_id,
        references=references_for_reply(trigger.message_id, references) if trigger.message_id else (),
        extra_headers=(*composition.extra_headers, *fields),
    )
