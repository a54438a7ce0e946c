"""Open an inbox by whichever protocol the server speaks."""

from collections.abc import Iterator
from contextlib import contextmanager

from servers.endpoints import Endpoint, Protocol, SignIn
from servers.imap import ImapInbox
from servers.inbox import Inbox
from servers.pop3 import Pop3Inbox


@contextmanager
def open_inbox(
    protocol: Protocol,
    endpoint: Endpoint,
    sign_in: SignIn,
    *,
    deadline_seconds: float = 55.0,
    folder: str = "INBOX",
) -> Iterator[Inbox]:
    """Connect, encrypt, sign in and open the folder; the whole session ends at the deadline.

    POP3 has no folders and ignores `folder`. Raises ServerFailure and nothing else.
    """
    inbox = unopened_inbox(protocol, endpoint, sign_in, deadline_seconds=deadline_seconds, folder=folder)
    try:
        inbox.connect()
        inbox.secure()
        inbox.authenticate()
        inbox.open_folder()
        yield inbox
    finally:
        inbox.close()


def unopened_inbox(
    protocol: Protocol, endpoint: Endpoint, sign_in: SignIn, *, deadline_seconds: float, folder: str = "INBOX"
) -> ImapInbox | Pop3Inbox:
    """Return the session before its first step, for whoever takes the steps one by one."""
    if protocol == Protocol.POP3:
        return Pop3Inbox(endpoint, sign_in, deadline_seconds=deadline_seconds)
    return ImapInbox(endpoint, sign_in, deadline_seconds=deadline_seconds, folder=folder)
