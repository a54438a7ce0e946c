"""Writes automatic answers from templates (SPEC M26, M27)."""

from collections.abc import Callable, Mapping

from mailboxes.addresses import Address
from mailboxes.composing import Composition, CompositionRefused
from mailboxes.identifiers import new_message_id
from mailboxes.merging import MergeRefused, merge_header, merge_html
from mailboxes.models import Mailbox, ReplyTemplate
from mailboxes.receiving.received import Received
from mailboxes.writing.signatures import Signature, signature_of_mailbox
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise
from mailhub.tenancy.models import Tenant
from servers.models import OutgoingServer

# Where a template has no subject. Never the visitor's own: he would have us carry it to whom he likes (SECURITY B086).
DEFAULT_SUBJECT = "We have received your message"


def from_template(received: Received, template: ReplyTemplate, to: Address) -> Callable[[OutgoingServer], Composition]:
    """Return what writes the answer once its server is known; it raises CompositionRefused."""
    company_name = received.window.once(_company_name)
    signature = received.window.once(signature_of_mailbox)

    def compose(server: OutgoingServer) -> Composition:
        values = {
            "mailbox_name": received.window.mailbox.name,
            "mailbox_address": server.from_address,
            "company_name": company_name,
            "date": f"{received.message.received_at.day} {received.message.received_at:%B %Y}",
        }
        return _composition(template, values, signature, server, to, received)

    return compose


def written(template: ReplyTemplate, values: Mapping[str, str], signature: Signature) -> tuple[str, str, str]:
    """Return subject, text and HTML of a template with these fields, and the mailbox's signature below.

    Raises MergeRefused, TooComplex, or CompositionRefused where the signature cannot be filled in.
    """
    subject = merge_header(template.subject, values) or DEFAULT_SUBJECT
    # A literal of a template may hold tags that the editor wrote as entities.
    safe = sanitise(merge_html(template.html, values), remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None)
    text, html = signature.below(html_to_text(safe.html), safe.html, address=values["mailbox_address"])
    return subject[:500], text, html


def _composition(
    template: ReplyTemplate,
    values: Mapping[str, str],
    signature: Signature,
    server: OutgoingServer,
    to: Address,
    received: Received,
) -> Composition:
    try:
        subject, text, html = written(template, values, signature)
    except (MergeRefused, TooComplex) as refused:
        raise CompositionRefused(f"The template “{template}”: {refused}") from refused
    return Composition(
        from_=Address(server.display_name, server.from_address),
        # The name beside a forged address would be the words of whoever forged it.
        to=(Address("", to.addr_spec),),
        reply_to=(Address("", server.reply_to),) if server.reply_to else (),
        subject=subject,
        text=text,
        html=html,
        message_id=new_message_id(server.from_address.rpartition("@")[2]),
        date=received.now,
    )


def _company_name(mailbox: Mailbox) -> str:
    return str(Tenant.objects.values_list("name", flat=True).get(pk=mailbox.tenant_id))
