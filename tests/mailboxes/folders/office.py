"""An office on the real servers, polled and received into as the workers do it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailboxes import delivering, polling, receiving
from mailboxes.models import Message, OutgoingMessage
from mailhub import clock
from servers.endpoints import Protocol
from servers.models import Folder, IncomingServer
from tests.realservers import folders
from tests.realservers.mail import MailServers
from tests.reliability.office import RealOffice, lease, make_real_office

CUSTOMER = "cleo@customers.example"


@dataclass(frozen=True)
class FolderOffice(RealOffice):
    """A real office, with what its person and its customers do."""

    def change(self, **values: Any) -> None:
        """Change settings of the incoming server."""
        IncomingServer.objects.filter(pk=self.incoming.pk).update(**values)

    def poll(self, *, after: timedelta = timedelta()) -> None:
        """Poll, as if `after` had passed, and take what came through the pipeline."""
        now = lambda: clock.now() + after  # noqa: E731 (a clock)
        polling.poll(self.incoming.pk, lease(self.incoming), now=now, stored=lambda _mailbox: None)
        receiving.receive_waiting(self.mailbox.pk, now=now)

    def send(self, *to: str) -> OutgoingMessage:
        """Send a letter from here."""
        outgoing = self.submit(self.outgoing, *to)
        delivering.deliver_due(self.outgoing.pk, now=clock.now)
        return outgoing

    def put(self, folder: str, *raws: bytes, at: datetime | None = None) -> None:
        folders.put(self.servers, self.user, folder, *raws, at=at)

    def folder(self, role: str) -> Folder:
        return Folder.objects.get(server=self.incoming, role=role)

    def message(self, subject: str, **values: Any) -> Message:
        return Message.objects.get(subject=subject, **values)


def make_folder_office(
    servers: MailServers, protocol: Protocol, *, settings: Mapping[str, str] | None = None
) -> FolderOffice:
    made = make_real_office(servers, protocol, copy_mail=True, settings=settings)
    return FolderOffice(**{name: getattr(made, name) for name in made.__dataclass_fields__})


def mail(
    from_: str,
    to: str,
    subject: str,
    *,
    in_reply_to: str = "",
    message_id: str = "",
    text: str = "Hello.",
) -> bytes:
    """Return a mail as a mail program writes it; `in_reply_to` and `message_id` come without angle brackets."""
    written = EmailMessage(policy=SMTP)
    written["From"], written["To"], written["Subject"] = from_, to, subject
    written["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    written["Message-ID"] = f"<{message_id or f'{uuid.uuid4().hex}@program.example'}>"
    if in_reply_to:
        written["In-Reply-To"] = written["References"] = f"<{in_reply_to}>"
    written.set_content(f"{text} {uuid.uuid4().hex}" if not message_id else text)
    return written.as_bytes()
