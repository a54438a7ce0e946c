"""Django's mail goes into the outbox like all other (SPEC T8): sign-up codes, password resets."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from mailboxes import outbox
from mailboxes.addresses import Address, parse_address_list
from mailboxes.composing import Composition
from mailboxes.identifiers import new_message_id
from mailboxes.models import OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer


class PlatformNotReady(Exception):
    """The operator has not run `manage.py ensure_platform`, so system mail has no server."""


class OutboxEmailBackend(BaseEmailBackend):
    """Submits each message through the platform's own outgoing server, as confidential machine mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        tenant = Tenant.objects.filter(is_platform=True).first()
        if tenant is None:
            raise PlatformNotReady("Run `manage.py ensure_platform`: system mail has no server yet.")
        with tenant_scope(tenant.pk):
            server = OutgoingServer.objects.get(is_default=True)
            for message in email_messages:
                outbox.submit(_submission(server, message), now=clock.now())
        return len(email_messages)


def _submission(server: OutgoingServer, message: EmailMessage) -> outbox.Submission:
    return outbox.Submission(
        id=new_id(),
        server=server,
        composition=Composition(
            from_=Address(server.display_name, server.from_address),
            to=_addresses(message.to),
            cc=_addresses(message.cc),
            reply_to=_addresses(message.reply_to),
            subject=str(message.subject),
            text=str(message.body),
            html=_html_of(message),
            attachments=(),
            message_id=new_message_id(server.from_address.rpartition("@")[2]),
            in_reply_to="",
            references=(),
            date=clock.now(),
            # RFC 3834 §5: nobody shall answer it automatically.
            extra_headers=(("Auto-Submitted", "auto-generated"),),
        ),
        origin=OutgoingMessage.Origin.SYSTEM,
        blind_copies=_addresses(message.bcc),
        is_confidential=True,
    )


def _addresses(values: Sequence[str] | None) -> tuple[Address, ...]:
    return parse_address_list(", ".join(values or ()))


def _html_of(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    return next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")
