"""A session with an outgoing server for code that is not asynchronous, in two steps with a commit between them.

`offer` brings a message up to its final dot and returns; the caller commits what it must; `finish` sends the dot.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from servers import smtp
from servers.endpoints import Endpoint, SignIn
from servers.envelope import Accepted, Envelope, Receipt, Reply


@dataclass(frozen=True)
class Offer:
    """What the server answered before the dot. With nobody in `accepted`, the transaction is over."""

    recipients: Mapping[str, Reply]
    accepted: tuple[str, ...]


class BlockingSubmission:
    """One open session, driven from one thread; its event loop runs in another."""

    def __init__(self, loop: asyncio.AbstractEventLoop, submission: smtp.Submission) -> None:
        self._loop = loop
        self._submission = submission
        self._receipt: Future[Receipt] | None = None
        self._decision: asyncio.Future[bool] | None = None

    @property
    def is_usable(self) -> bool:
        return self._submission.is_usable

    def offer(self, envelope: Envelope, raw: bytes) -> Offer:
        """Send everything but the final dot. Raises ServerFailure when the message was certainly not taken."""
        at_dot: Future[Accepted] = Future()

        async def before_dot(accepted: Accepted) -> bool:
            self._decision = self._loop.create_future()
            at_dot.set_result(accepted)
            return await self._decision

        submitting = self._submission.submit(envelope, raw, before_dot=before_dot)
        self._receipt = asyncio.run_coroutine_threadsafe(submitting, self._loop)
        either: list[Future[Any]] = [at_dot, self._receipt]
        wait(either, return_when=FIRST_COMPLETED)
        if at_dot.done():
            accepted = at_dot.result()
            return Offer(recipients=accepted.replies, accepted=accepted.recipients)
        return _ended_before_dot(self._receipt.result())

    def finish(self) -> Reply:
        """Send the final dot and return the server's reply to the message.

        Raises UncertainDelivery when the reply did not come, ServerFailure when the dot was certainly not sent.
        """
        final = self._decide(go=True).final
        assert final is not None
        return final

    def abandon(self) -> None:
        """Drop the connection instead of sending the dot: nothing was sent."""
        self._decide(go=False)

    def _decide(self, *, go: bool) -> Receipt:
        assert self._decision is not None
        assert self._receipt is not None
        self._loop.call_soon_threadsafe(self._decision.set_result, go)
        return self._receipt.result()


def _ended_before_dot(receipt: Receipt) -> Offer:
    """A refusal of DATA, or of the body while it was written, holds for everyone who had been accepted."""
    final = receipt.final
    replies = {
        recipient: final if final is not None and reply.is_positive else reply
        for recipient, reply in receipt.recipients.items()
    }
    return Offer(recipients=replies, accepted=())


@contextmanager
def open_submission(
    endpoint: Endpoint,
    sign_in: SignIn | None,
    *,
    local_hostname: str,
    timeout: float = 30.0,
    is_trusted: bool = False,
) -> Iterator[BlockingSubmission]:
    """Connect, encrypt and sign in; `timeout` is in seconds for each step. Raises ServerFailure.

    `is_trusted` is for the operator's own server, which may stand in a private network.
    """
    with _running_loop() as loop:
        session = smtp.open_submission(
            endpoint, sign_in, local_hostname=local_hostname, timeout=timeout, is_trusted=is_trusted
        )
        submission = asyncio.run_coroutine_threadsafe(session.__aenter__(), loop).result()
        try:
            yield BlockingSubmission(loop, submission)
        finally:
            asyncio.run_coroutine_threadsafe(session.__aexit__(None, None, None), loop).result()


@contextmanager
def _running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="submission", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
