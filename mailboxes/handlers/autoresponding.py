"""Answers who opens a conversation, once (SPEC M26)."""

from mailboxes.addresses import Address
from mailboxes.automatic import letters, sending
from mailboxes.models import AutomaticMail, Autoresponder, Mailbox
from mailboxes.receiving.received import Next, Received


def autorespond(received: Received) -> Next:
    """Answer the mail that opened a conversation of a service mailbox, where its autoresponder is on."""
    mailbox, message = received.window.mailbox, received.message
    if mailbox.kind != Mailbox.Kind.SERVICE or not received.opened_conversation:
        return Next.CONTINUE
    if message.is_written_by_us or message.is_archived:
        return Next.CONTINUE
    autoresponder = received.window.once(_active_autoresponder)
    if autoresponder is None or autoresponder.template is None:
        return Next.CONTINUE
    to = next(iter(received.mail.from_), Address("", ""))
    sending.send(
        received,
        source=AutomaticMail.Source.AUTORESPONDER,
        rule_key="",
        to=to,
        compose=letters.from_template(received, autoresponder.template, to),
    )
    return Next.CONTINUE


def _active_autoresponder(mailbox: Mailbox) -> Autoresponder | None:
    rows = Autoresponder.objects.filter(mailbox=mailbox, is_active=True)
    found: Autoresponder | None = rows.select_related("template").first()
    return found
