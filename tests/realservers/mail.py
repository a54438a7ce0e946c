"""The mail servers of the tests as one thing: Dovecot for IMAP, POP3 and LMTP, Postfix (or aiosmtpd) for SMTP."""

import imaplib
import secrets
import shutil
import smtplib
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack

from tests.realservers import certificates
from tests.realservers.directory import Directory, MailUser
from tests.realservers.dovecot import Dovecot
from tests.realservers.postfix import Postfix
from tests.realservers.programs import HOST, is_root, short_directory
from tests.realservers.submission import Submission
from tests.realservers.token_server import TokenServer


class MailServers:
    """Running mail servers on 127.0.0.1, also known as localhost.

    `ports` has imap, imaps, pop3, pop3s, smtp, smtps and lmtp; `ca_file` is the PEM file that clients must trust.
    """

    def __init__(self, *, process_limit: int = 1000) -> None:
        """Write all configuration; nothing runs before `start`. `process_limit` is the most IMAP sessions at once."""
        self._root = short_directory()
        for name in ("tls", "dovecot", "postfix"):
            (self._root / name).mkdir(mode=0o755)
        self._certificates = certificates.issue(self._root / "tls")
        self._directory = Directory()
        self._dovecot = Dovecot(
            self._root / "dovecot",
            self._certificates,
            introspection_port=self._directory.serve_introspection(),
            process_limit=process_limit,
        )
        self._submission = self._choose_submission()
        self.host = HOST
        self.ports = {**self._dovecot.ports, **self._submission.ports}
        self.ca_file = str(self._certificates.ca_file)

    def start(self) -> None:
        """Start everything; raise NotStartedError when a server does not open its port."""
        with ExitStack() as cleanup:
            cleanup.callback(shutil.rmtree, self._root)
            cleanup.callback(self._directory.stop)
            for server in (self._dovecot, self._submission):
                server.start()
                cleanup.callback(server.stop)
            self._cleanup = cleanup.pop_all()

    def stop(self) -> None:
        """End everything and remove all mail."""
        self._cleanup.close()

    def stop_imap(self) -> None:
        """End Dovecot, and with it all sessions; mail stays."""
        self._dovecot.stop()

    def start_imap(self) -> None:
        """Start Dovecot again, on the same ports."""
        self._dovecot.start()

    def new_user(self, domain: str = "mail.example", settings: Mapping[str, str] | None = None) -> MailUser:
        """Add a user with an empty mailbox, a new address in `domain` and a random password.

        `settings` are of Dovecot, and for this user only.
        """
        user = MailUser(f"user-{secrets.token_hex(5)}@{domain}", secrets.token_urlsafe(12))
        self._directory.add(user)
        self._dovecot.add_user(user, settings)
        return user

    def new_token(self, address: str) -> str:
        """Return an OAuth access token that lets `address` sign in by XOAUTH2 or OAUTHBEARER."""
        return self._directory.new_token(address)

    def new_token_server(self) -> TokenServer:
        """Return an authorization server, not started yet, whose access tokens these servers accept."""
        return TokenServer(self._certificates, self._directory)

    def revoke(self, token: str) -> None:
        """Make the access token worthless."""
        self._directory.revoke(token)

    def deliver(self, address: str, raw: bytes, *, mail_from: str = "sender@elsewhere.example") -> None:
        """Put the message into the INBOX of `address` by LMTP (RFC 2033)."""
        with smtplib.LMTP(HOST, self.ports["lmtp"]) as connection:
            connection.sendmail(mail_from, [address], raw)

    def messages_in(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Return the complete messages of a folder, the oldest first, and leave their flags alone."""
        context = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL("localhost", self.ports["imaps"], ssl_context=context) as connection:
            connection.login(address, self._directory.password_of(address))
            self._select(connection, folder)
            _kind, [found] = connection.search(None, "ALL")
            if not found:
                return []
            _kind, fetched = connection.fetch(",".join(found.decode().split()), "(BODY.PEEK[])")
            return [item[1] for item in fetched if isinstance(item, tuple)]

    def _select(self, connection: imaplib.IMAP4, folder: str) -> None:
        """Open the folder; Dovecot refuses for a moment while the first delivery makes it."""
        deadline = time.monotonic() + 5
        status, words = connection.select(f'"{folder}"', readonly=True)
        while status != "OK":
            if time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot does not open {folder}: {words!r}")
            time.sleep(0.05)
            status, words = connection.select(f'"{folder}"', readonly=True)

    def wait_for_messages(self, address: str, *, count: int, folder: str = "INBOX", seconds: float = 10) -> list[bytes]:
        """Return the messages of a folder as soon as there are `count`; raise TimeoutError when they do not come."""
        deadline = time.monotonic() + seconds
        while len(messages := self.messages_in(address, folder)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{address} has {len(messages)} messages in {folder} instead of {count}")
            time.sleep(0.02)
        return messages

    def _choose_submission(self) -> Postfix | Submission:
        if not is_root():
            return Submission(self._certificates, self._directory, dovecot_ports=self._dovecot.ports)
        return Postfix(self._root / "postfix", self._certificates, self._directory, dovecot_ports=self._dovecot.ports)
