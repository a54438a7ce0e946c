"""What the tests of IMAP do with a session."""

from collections.abc import Callable

import pytest

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import Endpoint, Protocol, SignIn
from servers.failures import ServerFailure
from servers.inbox import Cursor, Listing

PASSWORD = "pw-CANARY-1"


SIGN_IN = SignIn("ada@example.com", Secret(PASSWORD))


def listing_of(endpoint: Endpoint, after: Cursor | None = None) -> Listing:
    with open_inbox(Protocol.IMAP, endpoint, SIGN_IN, deadline_seconds=10) as inbox:
        return inbox.list_new(after)


def failure_of(endpoint: Endpoint, action: Callable[..., object] = lambda inbox: None) -> ServerFailure:
    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, endpoint, SIGN_IN, deadline_seconds=10) as inbox,
    ):
        action(inbox)
    return caught.value


def mentions(error: BaseException | None, canary: str) -> list[str]:
    """Return whatever a traceback of `error` would print and that holds the canary."""
    found = []
    while error is not None:
        found += [text for text in (repr(error), str(error)) if canary in text]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found
