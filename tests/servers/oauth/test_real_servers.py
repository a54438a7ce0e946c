"""Signing in with access tokens to real servers: Dovecot for IMAP and POP3, Postfix for submission."""

import asyncio

import pytest

from mailboxes import polling
from mailboxes.models import Mailbox, Message
from mailhub import clock
from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import Endpoint, Protocol, Security, SignIn
from servers.envelope import Envelope
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer, OutgoingServer
from servers.opening import open_inbox_of, open_submission_of
from servers.smtp import open_submission
from tests.factories import Cast, make_incoming, make_outgoing
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers
from tests.realservers.programs import is_root
from tests.realservers.token_server import TokenServer
from tests.servers.oauth.credentials import by_refresh_token

pytestmark = pytest.mark.usefixtures("allow_egress", "scope")

ENCRYPTED = [Security.STARTTLS, Security.TLS]
# Without root, a server of ours that knows passwords only takes the place of Postfix.
needs_postfix = pytest.mark.skipif(not is_root(), reason="Postfix needs root")

RAW = b"From: sender@elsewhere.example\r\nSubject: Hello\r\n\r\nText\r\n"


def incoming_endpoint(servers: MailServers, protocol: Protocol, security: Security) -> Endpoint:
    port = servers.ports[f"{protocol.value}s" if security == Security.TLS else protocol.value]
    return Endpoint("localhost", port, security)


def outgoing_endpoint(servers: MailServers, security: Security) -> Endpoint:
    return Endpoint("localhost", servers.ports["smtps" if security == Security.TLS else "smtp"], security)


def with_token(user: MailUser, token: str) -> SignIn:
    return SignIn(user.address, Secret(token), is_token=True)


def sign_in_to_smtp(endpoint: Endpoint, sign_in: SignIn) -> None:
    async def open_session() -> None:
        async with open_submission(endpoint, sign_in, local_hostname="hub.example"):
            pass

    asyncio.run(open_session())


def saved_incoming(
    mailbox: Mailbox, servers: MailServers, tokens: TokenServer, user: MailUser, protocol: Protocol = Protocol.IMAP
) -> IncomingServer:
    endpoint = incoming_endpoint(servers, protocol, Security.TLS)
    return make_incoming(
        mailbox,
        protocol=protocol,
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        username=user.address,
        oauth=by_refresh_token(mailbox, tokens, user.address),
    )


def saved_outgoing(mailbox: Mailbox, servers: MailServers, tokens: TokenServer, user: MailUser) -> OutgoingServer:
    endpoint = outgoing_endpoint(servers, Security.TLS)
    return make_outgoing(
        mailbox,
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        username=user.address,
        from_address=user.address,
        oauth=by_refresh_token(mailbox, tokens, user.address),
    )


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("security", ENCRYPTED)
def test_token_opens_the_inbox(mail_servers: MailServers, protocol: Protocol, security: Security) -> None:
    user = mail_servers.new_user()
    mail_servers.deliver(user.address, RAW)
    sign_in = with_token(user, mail_servers.new_token(user.address))

    with open_inbox(protocol, incoming_endpoint(mail_servers, protocol, security), sign_in) as inbox:
        listing = inbox.list_new(None)

    assert len(listing.entries) == 1


@needs_postfix
@pytest.mark.parametrize("security", ENCRYPTED)
def test_token_opens_a_submission(mail_servers: MailServers, security: Security) -> None:
    user = mail_servers.new_user()

    sign_in_to_smtp(outgoing_endpoint(mail_servers, security), with_token(user, mail_servers.new_token(user.address)))


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("whose", ["nobody's", "another user's"])
def test_wrong_token_is_refused_in_the_words_of_the_server(
    mail_servers: MailServers, protocol: Protocol, whose: str
) -> None:
    user, other = mail_servers.new_user(), mail_servers.new_user()
    token = "tok-CANARY-1" if whose == "nobody's" else mail_servers.new_token(other.address)

    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(protocol, incoming_endpoint(mail_servers, protocol, Security.TLS), with_token(user, token)),
    ):
        pass

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert "invalid_token" in caught.value.words
    assert token not in caught.value.words


@needs_postfix
def test_wrong_token_is_refused_in_the_words_of_the_submission_server(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()

    with pytest.raises(ServerFailure) as caught:
        sign_in_to_smtp(outgoing_endpoint(mail_servers, Security.TLS), with_token(user, "tok-CANARY-1"))

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert caught.value.reply_code == 535
    assert "invalid_token" in caught.value.words


@pytest.mark.parametrize("protocol", Protocol)
def test_saved_server_is_opened_with_a_token_from_the_provider(
    cast: Cast, mail_servers: MailServers, mail_token_server: TokenServer, protocol: Protocol
) -> None:
    server = saved_incoming(cast.mailbox, mail_servers, mail_token_server, mail_servers.new_user(), protocol)

    with open_inbox_of(server, now=clock.now()) as inbox:
        listing = inbox.list_new(None)

    assert listing.entries == []
    assert len(mail_token_server.requests) == 1


@pytest.mark.parametrize("protocol", Protocol)
def test_token_that_the_server_no_longer_takes_is_replaced_at_once(
    cast: Cast, mail_servers: MailServers, mail_token_server: TokenServer, protocol: Protocol
) -> None:
    server = saved_incoming(cast.mailbox, mail_servers, mail_token_server, mail_servers.new_user(), protocol)
    with open_inbox_of(server, now=clock.now()):
        pass
    revoke_all(mail_servers, server)

    with open_inbox_of(server, now=clock.now()) as inbox:
        listing = inbox.list_new(None)

    assert listing.entries == []
    assert len(mail_token_server.requests) == 2


def test_fresh_token_that_is_refused_too_ends_the_try(
    cast: Cast, mail_servers: MailServers, mail_token_server: TokenServer
) -> None:
    server = saved_incoming(cast.mailbox, mail_servers, mail_token_server, mail_servers.new_user())
    IncomingServer.objects.update(username=mail_servers.new_user().address)

    with pytest.raises(ServerFailure) as caught, open_inbox_of(server.refreshed(), now=clock.now()):
        pass

    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert "invalid_token" in caught.value.words
    assert len(mail_token_server.requests) == 2


@needs_postfix
def test_submission_replaces_a_token_that_the_server_no_longer_takes(
    cast: Cast, mail_servers: MailServers, mail_token_server: TokenServer
) -> None:
    sender, recipient = mail_servers.new_user(), mail_servers.new_user()
    server = saved_outgoing(cast.mailbox, mail_servers, mail_token_server, sender)
    with open_submission_of(server, now=clock.now(), is_trusted=False):
        pass
    revoke_all(mail_servers, server)

    with open_submission_of(server, now=clock.now(), is_trusted=False) as submission:
        submission.offer(Envelope(sender.address, (recipient.address,)), RAW)
        final = submission.finish()

    assert final.is_positive
    assert len(mail_servers.wait_for_messages(recipient.address, count=1)) == 1


def test_poll_stores_mail_and_survives_a_token_that_expired_since(
    cast: Cast, mail_servers: MailServers, mail_token_server: TokenServer
) -> None:
    user = mail_servers.new_user()
    server = saved_incoming(cast.mailbox, mail_servers, mail_token_server, user)
    for number in range(2):
        mail_servers.deliver(user.address, RAW.replace(b"Hello", b"Hello %d" % number))
        poll(server)
        revoke_all(mail_servers, server)

    assert Message.objects.filter(mailbox=cast.mailbox).count() == 2
    assert server.refreshed().failure_count == 0


def poll(server: IncomingServer) -> None:
    IncomingServer.objects.filter(pk=server.pk).update(next_poll_at=clock.now())
    [claimed] = IncomingServer.objects.claim_due(clock.now())
    polling.poll(server.pk, claimed.poll_token, now=clock.now, stored=lambda _mailbox: None)


def revoke_all(servers: MailServers, server: IncomingServer | OutgoingServer) -> None:
    """Make the token that is saved for the server worthless, as if it had expired early."""
    credential = server.refreshed().oauth
    assert credential is not None
    servers.revoke(credential.access_token.reveal().reveal())
