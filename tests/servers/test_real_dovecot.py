"""The adapters against real servers: Dovecot for IMAP and POP3, Postfix for submission."""

import asyncio
import imaplib
import ssl
from email.message import EmailMessage

import pytest

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import Endpoint, Protocol, Security, SignIn
from servers.envelope import Accepted, Envelope, Receipt
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Cursor
from servers.smtp import open_submission
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

pytestmark = pytest.mark.usefixtures("allow_egress")

INCOMING = [(protocol, security) for protocol in Protocol for security in Security]


@pytest.mark.parametrize(("protocol", "security"), INCOMING)
def test_list_and_fetch_give_the_message_byte_for_byte(
    mail_servers: MailServers, protocol: Protocol, security: Security
) -> None:
    user = mail_servers.new_user()
    mail_servers.deliver(user.address, _message("First", "grüße\n.hidden dot\n" + "x" * 5000 + "\n"))

    with open_inbox(protocol, _incoming(mail_servers, protocol, security), _sign_in(user)) as inbox:
        listing = inbox.list_new(None)
        [fetched] = inbox.fetch(listing.entries)

    assert fetched.raw == mail_servers.messages_in(user.address)[0]
    assert fetched.entry.size == len(fetched.raw)
    assert listing.entries[0].identity
    assert bool(fetched.internaldate) == (protocol == Protocol.IMAP)


@pytest.mark.parametrize("protocol", Protocol)
def test_remove_takes_the_message_from_the_server(mail_servers: MailServers, protocol: Protocol) -> None:
    user = mail_servers.new_user()
    for subject in ("Keep", "Remove"):
        mail_servers.deliver(user.address, _message(subject, "text\n"))

    with open_inbox(protocol, _incoming(mail_servers, protocol, Security.TLS), _sign_in(user)) as inbox:
        entries = inbox.list_new(None).entries
        removed = inbox.remove(entries[1:])
        inbox.commit_removals()

    assert removed == entries[1:]
    assert [_subject(raw) for raw in mail_servers.messages_in(user.address)] == ["Keep"]


def test_pop3_removal_without_commit_leaves_the_message(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()
    mail_servers.deliver(user.address, _message("Keep", "text\n"))
    endpoint = _incoming(mail_servers, Protocol.POP3, Security.TLS)

    with open_inbox(Protocol.POP3, endpoint, _sign_in(user)) as inbox:
        inbox.remove(inbox.list_new(None).entries)

    assert len(mail_servers.messages_in(user.address)) == 1


def test_imap_lists_only_what_came_after_the_cursor(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()
    endpoint = _incoming(mail_servers, Protocol.IMAP, Security.TLS)
    for subject in ("Old", "New"):
        mail_servers.deliver(user.address, _message(subject, "text\n"))

    with open_inbox(Protocol.IMAP, endpoint, _sign_in(user)) as inbox:
        everything = inbox.list_new(None)
        after_first = inbox.list_new(Cursor(everything.uidvalidity, everything.entries[0].uid))
        after_last = inbox.list_new(Cursor(everything.uidvalidity, everything.entries[1].uid))
        other_validity = inbox.list_new(Cursor(everything.uidvalidity + 1, everything.entries[1].uid))

    assert after_first.entries == everything.entries[1:]
    assert after_last.entries == []
    assert other_validity.entries == everything.entries


def test_imap_fetch_does_not_mark_as_read(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()
    endpoint = _incoming(mail_servers, Protocol.IMAP, Security.TLS)
    mail_servers.deliver(user.address, _message("Unread", "text\n"))
    with open_inbox(Protocol.IMAP, endpoint, _sign_in(user)) as inbox:
        list(inbox.fetch(inbox.list_new(None).entries))

    with imaplib.IMAP4_SSL(
        "localhost", mail_servers.ports["imaps"], ssl_context=ssl.create_default_context(cafile=mail_servers.ca_file)
    ) as connection:
        connection.login(user.address, user.password)
        connection.select("INBOX", readonly=True)
        _status, [flags] = connection.fetch("1", "(FLAGS)")

    assert "Seen" not in str(flags)


@pytest.mark.parametrize(("protocol", "security"), INCOMING)
def test_a_wrong_password_is_reported_in_the_words_of_the_server(
    mail_servers: MailServers, protocol: Protocol, security: Security
) -> None:
    user = mail_servers.new_user()
    wrong = SignIn(user.address, Secret("not-the-password"))

    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(protocol, _incoming(mail_servers, protocol, security), wrong),
    ):
        pass

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert "Authentication failed" in caught.value.words


def test_an_unknown_folder_is_reported_in_the_words_of_the_server(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()
    endpoint = _incoming(mail_servers, Protocol.IMAP, Security.TLS)

    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, endpoint, _sign_in(user), folder="Nowhere"),
    ):
        pass

    assert caught.value.operation == Operation.OPEN_FOLDER
    assert caught.value.kind == FailureKind.PERMANENT
    assert "Nowhere" in caught.value.words


@pytest.mark.parametrize("security", Security)
def test_submit_delivers_to_two_recipients_over_one_connection(mail_servers: MailServers, security: Security) -> None:
    sender, first, second = (mail_servers.new_user() for _ in range(3))
    raw = _message("Submitted", "line\n.dot\n..two\n")

    async def submit_twice() -> list[Receipt]:
        endpoint = _outgoing(mail_servers, security)
        async with open_submission(endpoint, _sign_in(sender), local_hostname="hub.example") as submission:
            envelope = Envelope(sender.address, (first.address, second.address))
            return [await submission.submit(envelope, raw, before_dot=_go_ahead) for _ in range(2)]

    receipts = asyncio.run(submit_twice())

    assert [receipt.final.is_positive for receipt in receipts if receipt.final] == [True, True]
    assert receipts[0].accepted == (first.address, second.address)
    [received, _again] = mail_servers.wait_for_messages(first.address, count=2)
    assert received.replace(b"\r\n", b"\n").endswith(b"line\n.dot\n..two\n")


def test_nothing_is_sent_when_the_caller_stops_before_the_dot(mail_servers: MailServers) -> None:
    sender, recipient = mail_servers.new_user(), mail_servers.new_user()

    async def stop(accepted: Accepted) -> bool:
        return False

    async def submit() -> tuple[Receipt, bool]:
        endpoint = _outgoing(mail_servers, Security.TLS)
        async with open_submission(endpoint, _sign_in(sender), local_hostname="hub.example") as submission:
            envelope = Envelope(sender.address, (recipient.address,))
            receipt = await submission.submit(envelope, _message("Never", "text\n"), before_dot=stop)
            return receipt, submission.is_usable

    receipt, is_usable = asyncio.run(submit())

    assert receipt.final is None
    assert not is_usable
    assert mail_servers.messages_in(recipient.address) == []


@pytest.mark.parametrize("security", Security)
def test_smtp_reports_a_wrong_password_in_the_words_of_the_server(
    mail_servers: MailServers, security: Security
) -> None:
    user = mail_servers.new_user()

    async def sign_in() -> None:
        wrong = SignIn(user.address, Secret("not-the-password"))
        async with open_submission(_outgoing(mail_servers, security), wrong, local_hostname="hub.example"):
            pass

    with pytest.raises(ServerFailure) as caught:
        asyncio.run(sign_in())

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert caught.value.reply_code == 535
    assert "authentication failed" in caught.value.words.lower()


async def _go_ahead(accepted: Accepted) -> bool:
    return True


def _incoming(mail_servers: MailServers, protocol: Protocol, security: Security) -> Endpoint:
    port = mail_servers.ports[f"{protocol.value}s" if security == Security.TLS else protocol.value]
    return Endpoint("localhost", port, security)


def _outgoing(mail_servers: MailServers, security: Security) -> Endpoint:
    return Endpoint("localhost", mail_servers.ports["smtps" if security == Security.TLS else "smtp"], security)


def _sign_in(user: MailUser) -> SignIn:
    return SignIn(user.address, Secret(user.password))


def _message(subject: str, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Ada Example <ada@example.com>"
    mail["To"] = "support@example.org"
    mail["Subject"] = subject
    mail.set_content(text, cte="8bit")
    return mail.as_bytes()


def _subject(raw: bytes) -> str:
    [line] = [line for line in raw.splitlines() if line.startswith(b"Subject: ")]
    return line.removeprefix(b"Subject: ").decode()
