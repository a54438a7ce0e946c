"""Sessions with saved servers, signed in with what is good now; a token that was refused is replaced once."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from typing import TypeVar

from servers.connecting import open_inbox
from servers.endpoints import Protocol, SignIn, local_hostname
from servers.failures import ServerFailure
from servers.inbox import Inbox
from servers.models import IncomingServer, OutgoingServer
from servers.signing_in import sign_in_again, sign_in_of
from servers.submitting import BlockingSubmission, open_submission

Session = TypeVar("Session")

SESSION_SECONDS = 55.0
# What is left for the second try, however long the first one took.
_SHORTEST_SESSION = 10.0


@contextmanager
def open_inbox_of(server: IncomingServer, *, now: datetime, folder: str = "INBOX") -> Iterator[Inbox]:
    """Open a folder of `server`; the whole session ends within about a minute. Raises ServerFailure and nothing else.

    A token that expires in the middle ends the session; the next one begins with another token.
    """
    ends_at = time.monotonic() + SESSION_SECONDS

    def opened(sign_in: SignIn | None) -> AbstractContextManager[Inbox]:
        assert sign_in is not None
        seconds = max(ends_at - time.monotonic(), _SHORTEST_SESSION)
        protocol = Protocol(server.protocol)
        return open_inbox(protocol, server.endpoint, sign_in, deadline_seconds=seconds, folder=folder)

    with ExitStack() as session:
        yield _entered(session, server, opened, now=now)


@contextmanager
def open_submission_of(server: OutgoingServer, *, now: datetime, is_trusted: bool) -> Iterator[BlockingSubmission]:
    """Open a session with the submission server. Raises ServerFailure and nothing else.

    `is_trusted` is for the operator's own server, which may stand in a private network.
    """

    def opened(sign_in: SignIn | None) -> AbstractContextManager[BlockingSubmission]:
        return open_submission(server.endpoint, sign_in, local_hostname=local_hostname(), is_trusted=is_trusted)

    with ExitStack() as session:
        yield _entered(session, server, opened, now=now)


def _entered(
    session: ExitStack,
    server: IncomingServer | OutgoingServer,
    opened: Callable[[SignIn | None], AbstractContextManager[Session]],
    *,
    now: datetime,
) -> Session:
    sign_in = sign_in_of(server, now=now)
    try:
        return session.enter_context(opened(sign_in))
    except ServerFailure as failure:
        again = sign_in_again(server, failure, sign_in, now=now)
    return session.enter_context(opened(again))
