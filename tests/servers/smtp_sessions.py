"""What the tests of SMTP do with a session."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailhub.lib.secret import Secret
from servers.endpoints import Endpoint, SignIn
from servers.envelope import Accepted, Envelope, Receipt
from servers.smtp import Submission, open_submission
from tests.servers.scripted import Answer, Conversation

Result = TypeVar("Result")


PASSWORD = "pw-CANARY-3"


SIGN_IN = SignIn("ada@example.com", Secret(PASSWORD))


ENVELOPE = Envelope("ada@example.com", ("bob@example.org", "cem@example.org"))


RAW = b"Subject: Hello\r\n\r\nText\r\n"


def answer_to_data(after_dot: Callable[[Conversation], None]) -> Answer:
    def answer(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        while conversation.hear() != ".":
            pass
        after_dot(conversation)

    return answer


async def go_ahead(accepted: Accepted) -> bool:
    return True


async def commit_slowly(accepted: Accepted) -> bool:
    await asyncio.sleep(0.2)
    return True


def submit(
    endpoint: Endpoint,
    *,
    envelope: Envelope = ENVELOPE,
    raw: bytes = RAW,
    before_dot: Callable[[Accepted], Awaitable[bool]] = go_ahead,
) -> Receipt:
    async def submit(submission: Submission) -> Receipt:
        return await submission.submit(envelope, raw, before_dot=before_dot)

    return with_session(endpoint, submit)


def submit_twice(endpoint: Endpoint) -> tuple[list[Receipt], bool]:
    async def submit(submission: Submission) -> tuple[list[Receipt], bool]:
        receipts = [await submission.submit(ENVELOPE, RAW, before_dot=go_ahead) for _ in range(2)]
        return receipts, submission.is_usable

    return with_session(endpoint, submit)


def with_session(endpoint: Endpoint, action: Callable[[Submission], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with open_submission(endpoint, SIGN_IN, local_hostname="hub.example", timeout=5) as submission:
            return await action(submission)

    return asyncio.run(run())
