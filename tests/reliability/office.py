"""One tenant with one mailbox, correspondents who write numbered mail into it, and the counts that must come out right.

Every mail carries a number, so that what is on a server and what is stored can be compared mail by mail.
"""

import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from mailboxes import sweeping, writing
from mailboxes.addresses import Address
from mailboxes.models import Delivery, DeliveryAttempt, Mailbox, Message, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import unscoped
from servers.endpoints import Endpoint, Protocol, Security
from servers.models import IncomingServer, OutgoingServer
from tests.factories import make_incoming, make_mailbox, make_outgoing, make_person, make_tenant
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

_NUMBER = re.compile(rb"^Subject: Number (\d+)\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Office:
    """A tenant, the person who writes, and a mailbox."""

    tenant: Tenant
    person: Membership
    mailbox: Mailbox

    def letter(self, server: OutgoingServer, *to: str, number: int = 0, text: str = "Hello.") -> writing.Letter:
        return writing.Letter(
            id=new_id(),
            server=server,
            to=tuple(Address("", one) for one in to),
            cc=(),
            subject=f"Number {number}",
            text=text,
            html="",
            attachments=(),
            written_by=self.person,
        )

    def submit(self, server: OutgoingServer, *to: str, number: int = 0, text: str = "Hello.") -> OutgoingMessage:
        """Put a letter into the outbox; nothing delivers it by itself."""
        return writing.send_new(self.letter(server, *to, number=number, text=text), now=clock.now())

    def outgoing_through(self, endpoint: Endpoint) -> OutgoingServer:
        """Return an outgoing server that asks for no sign-in."""
        return make_outgoing(
            self.mailbox, host=endpoint.host, port=endpoint.port, security=endpoint.security, authenticate=False
        )

    def incoming_from(self, endpoint: Endpoint, protocol: Protocol, *, copy_mail: bool) -> IncomingServer:
        """Return an incoming server that is due."""
        return make_incoming(
            self.mailbox,
            host=endpoint.host,
            port=endpoint.port,
            security=endpoint.security,
            protocol=protocol,
            copy_mail=copy_mail,
        )


def make_office(address: str = "support@acme.example") -> Office:
    tenant = make_tenant()
    return Office(tenant, make_person(tenant), make_mailbox(tenant, address=address))


@dataclass
class Correspondents:
    """Write numbered mail to one address by LMTP and remember each that the server took."""

    servers: MailServers
    address: str
    written: list[int] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def write(self, count: int = 1) -> None:
        for _ in range(count):
            # Two threads may write, and each number is given once.
            with self._one_at_a_time:
                number = len(self.written) + 1
                self.servers.deliver(self.address, numbered_mail(number))
                self.written.append(number)

    @contextmanager
    def keep_writing(self, *, pause: float = 0.1) -> Iterator[None]:
        """Write in the background, with `pause` seconds between two mails."""
        ended = threading.Event()

        def write() -> None:
            while not ended.wait(pause):
                self.write()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@dataclass(frozen=True)
class RealOffice(Office):
    """An office whose mailbox lies on the real servers."""

    servers: MailServers
    user: MailUser
    incoming: IncomingServer
    outgoing: OutgoingServer

    def numbers_on_server(self) -> list[int]:
        return numbers(self.servers.messages_in(self.user.address))


def make_real_office(
    servers: MailServers, protocol: Protocol, *, copy_mail: bool, settings: Mapping[str, str] | None = None
) -> RealOffice:
    """Make an office; `settings` are those of Dovecot for its user."""
    user = servers.new_user(settings=settings)
    office = make_office(user.address)
    sign_in = {"host": "localhost", "security": Security.NONE, "username": user.address, "password": user.password}
    incoming = make_incoming(
        office.mailbox, protocol=protocol, port=servers.ports[protocol.value], copy_mail=copy_mail, **sign_in
    )
    outgoing = make_outgoing(office.mailbox, port=servers.ports["smtp"], **sign_in)
    return RealOffice(office.tenant, office.person, office.mailbox, servers, user, incoming, outgoing)


def numbered_mail(number: int, *, identifier: str = "") -> bytes:
    """Return a mail that no other equals, unless they have the same `identifier` too."""
    return b"\r\n".join(
        [
            b"From: Ada <ada@customers.example>",
            b"To: somebody@mail.example",
            b"Subject: Number %d" % number,
            b"Date: Mon, 02 Mar 2026 09:00:00 +0000",
            b"Message-ID: <%s@customers.example>" % (identifier or uuid.uuid4().hex).encode(),
            b"",
            b"Hello.",
            b"",
        ]
    )


def numbers(raws: list[bytes]) -> list[int]:
    """Return the number that each mail carries, in order."""
    found = [_NUMBER.search(raw) for raw in raws]
    return sorted(int(one[1]) for one in found if one is not None)


class StoredNumbers:
    """What the mailbox has stored, by number. Each message is read from the storage once."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._number_of: dict[uuid.UUID, int] = {}

    def now(self) -> list[int]:
        messages = Message.objects.filter(mailbox=self._mailbox)
        for message in messages.exclude(pk__in=self._number_of):
            [self._number_of[message.pk]] = numbers([message.raw()])
        return sorted(self._number_of[pk] for pk in messages.values_list("pk", flat=True))


def lease(server: IncomingServer) -> uuid.UUID:
    """Make the server due, whatever a dead worker left, and lease it as the clock does; return the token."""
    past = clock.now() - timedelta(seconds=1)
    IncomingServer.objects.filter(pk=server.pk).update(next_poll_at=past)
    IncomingServer.objects.filter(pk=server.pk).exclude(poll_lease_until=None).update(poll_lease_until=past)
    [claimed] = IncomingServer.objects.filter(pk=server.pk).claim_due(clock.now())
    assert claimed.poll_token is not None
    return claimed.poll_token


def end_receive_lease(mailbox: Mailbox) -> None:
    """Let two minutes pass for the lease of a worker that died while it received."""
    held = Mailbox.objects.filter(pk=mailbox.pk).exclude(receive_lease_until=None)
    held.update(receive_lease_until=clock.now() - timedelta(seconds=1))


def end_attempt_leases() -> None:
    """Let 15 minutes pass for the leases of workers that died while they sent, and sweep."""
    with unscoped("the sweep looks for forgotten work of every tenant"):
        DeliveryAttempt.objects.live().update(lease_until=clock.now() - timedelta(seconds=1))
        sweeping.forgotten_work(now=clock.now())


def make_everything_due() -> None:
    """Let the waits of outgoing mail pass."""
    past = clock.now() - timedelta(seconds=1)
    Delivery.objects.filter(state__in=Delivery.WAITING).update(not_before=past)
    OutgoingServer.objects.update(not_before=None)


def states(outgoing: OutgoingMessage) -> dict[str, str]:
    """Return the state of each recipient."""
    return dict(outgoing.deliveries.values_list("recipient", "state"))


def twice(found: list[int]) -> list[int]:
    """Return what is there more than once."""
    return [number for number, count in Counter(found).items() if count > 1]
