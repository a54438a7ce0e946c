"""Folders of a user on the test servers, as the user's own mail program sees them."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers


@contextmanager
def mail_program(servers: MailServers, user: MailUser) -> Iterator[imaplib.IMAP4]:
    """Yield a session of the user's own mail program."""
    context = ssl.create_default_context(cafile=servers.ca_file)
    with imaplib.IMAP4_SSL("localhost", servers.ports["imaps"], ssl_context=context) as connection:
        connection.login(user.address, user.password)
        yield connection


def put(servers: MailServers, user: MailUser, folder: str, *raws: bytes, at: datetime | None = None) -> None:
    """Put messages into a folder, as a mail program does with what it has sent, or a filter with junk.

    `at` is their INTERNALDATE.
    """
    date_time = imaplib.Time2Internaldate(at) if at is not None else ""
    with mail_program(servers, user) as program:
        for raw in raws:
            status, words = program.append(f'"{folder}"', "(\\Seen)", date_time, raw)
            assert status == "OK", words


def rename(servers: MailServers, user: MailUser, folder: str, new_name: str) -> None:
    """Give a folder another name."""
    with mail_program(servers, user) as program:
        assert program.rename(folder, new_name)[0] == "OK"


def create(servers: MailServers, user: MailUser, folder: str) -> None:
    """Create a folder; its name comes as it goes over the wire (modified UTF-7, RFC 3501 §5.1.3)."""
    with mail_program(servers, user) as program:
        assert program.create(f'"{folder}"')[0] == "OK"


def flags_in(servers: MailServers, user: MailUser, folder: str) -> list[set[str]]:
    """Return the flags of each message of a folder, in order, and change none."""
    with mail_program(servers, user) as program:
        program.select(f'"{folder}"', readonly=True)
        _status, answers = program.fetch("1:*", "(FLAGS)")
    return [
        {one.decode() for one in imaplib.ParseFlags(answer)} - {"\\Recent"}
        for answer in answers
        if isinstance(answer, bytes)
    ]
