"""The test mail servers behave as mailhub's customers' servers do."""

import imaplib
import poplib
import smtplib
import ssl

import pytest

from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

RAW = b"\r\n".join(
    [
        b"From: ada@elsewhere.example",
        b"To: somebody@mail.example",
        b"Subject: Hello",
        b"Date: Mon, 02 Mar 2026 09:00:00 +0000",
        b"Message-ID: <hello@elsewhere.example>",
        b"",
        b"Hello.",
        b"",
    ]
)


@pytest.fixture
def user(mail_servers: MailServers) -> MailUser:
    return mail_servers.new_user()


@pytest.fixture
def tls_context(mail_servers: MailServers) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mail_servers.ca_file)


def test_a_new_user_signs_in_at_once_also_after_a_refused_attempt(mail_servers: MailServers) -> None:
    for _ in range(5):
        user = mail_servers.new_user()
        with imaplib.IMAP4("127.0.0.1", mail_servers.ports["imap"]) as connection:
            with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
                connection.login(user.address, "wrong")

            answer, _lines = connection.login(user.address, user.password)

        assert answer == "OK"


def test_an_unknown_user_is_refused_like_a_wrong_password(mail_servers: MailServers) -> None:
    with (
        imaplib.IMAP4("localhost", mail_servers.ports["imap"]) as connection,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        connection.login("unknown@mail.example", "any")


def test_delivered_mail_is_in_the_folder(mail_servers: MailServers, user: MailUser) -> None:
    mail_servers.deliver(user.address, RAW)

    [raw] = mail_servers.messages_in(user.address)
    assert raw.endswith(RAW)
    assert mail_servers.messages_in(user.address, "Sent") == []


def test_pop3_reads_mail_with_and_without_tls(
    mail_servers: MailServers, user: MailUser, tls_context: ssl.SSLContext
) -> None:
    mail_servers.deliver(user.address, RAW)

    for connection in (
        poplib.POP3_SSL("localhost", mail_servers.ports["pop3s"], context=tls_context),
        poplib.POP3("127.0.0.1", mail_servers.ports["pop3"]),
    ):
        connection.user(user.address)
        connection.pass_(user.password)
        count, _octets = connection.stat()
        connection.quit()

        assert count == 1


def test_submitted_mail_arrives(mail_servers: MailServers, user: MailUser, tls_context: ssl.SSLContext) -> None:
    reader = mail_servers.new_user("other.example")

    with smtplib.SMTP("localhost", mail_servers.ports["smtp"]) as submission:
        submission.starttls(context=tls_context)
        submission.login(user.address, user.password)
        submission.sendmail(user.address, [reader.address.replace("@", "+tag@")], RAW)

    [raw] = mail_servers.wait_for_messages(reader.address, count=1)
    assert raw.endswith(RAW)


def test_implicit_tls_accepts_submission(
    mail_servers: MailServers, user: MailUser, tls_context: ssl.SSLContext
) -> None:
    with smtplib.SMTP_SSL("localhost", mail_servers.ports["smtps"], context=tls_context) as submission:
        submission.login(user.address, user.password)
        submission.sendmail(user.address, [user.address], RAW)

    assert len(mail_servers.wait_for_messages(user.address, count=1)) == 1


def test_submission_refuses_an_unknown_recipient(
    mail_servers: MailServers, user: MailUser, tls_context: ssl.SSLContext
) -> None:
    with smtplib.SMTP("localhost", mail_servers.ports["smtp"]) as submission:
        submission.starttls(context=tls_context)
        submission.login(user.address, user.password)
        submission.mail(user.address)

        reply_code, reply_text = submission.rcpt("unknown@mail.example")

    assert (reply_code, reply_text[:5]) == (550, b"5.1.1")


def test_submission_refuses_a_wrong_password(mail_servers: MailServers, user: MailUser) -> None:
    with (
        smtplib.SMTP("localhost", mail_servers.ports["smtp"]) as submission,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        submission.login(user.address, "wrong")


def test_an_access_token_signs_in_until_it_is_revoked(mail_servers: MailServers, user: MailUser) -> None:
    token = mail_servers.new_token(user.address)

    assert _sign_in_with_token(mail_servers, user.address, token) == "OK"

    mail_servers.revoke(token)
    with pytest.raises(imaplib.IMAP4.error):
        _sign_in_with_token(mail_servers, user.address, token)


def _sign_in_with_token(mail_servers: MailServers, address: str, token: str) -> str:
    with imaplib.IMAP4("localhost", mail_servers.ports["imap"]) as connection:
        answer, _lines = connection.authenticate(
            "XOAUTH2", lambda _challenge: f"user={address}\x01auth=Bearer {token}\x01\x01".encode()
        )
        return answer
