"""The connection test: the steps to a server one by one, in the server's own words (SPEC M15)."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from django.db.models import TextChoices

from servers.connecting import unopened_inbox
from servers.endpoints import Endpoint, Protocol, SignIn, local_hostname
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import Submission

# For all steps together: somebody is waiting in front of a form.
PROBE_SECONDS = 20.0

StepName = Literal["resolve", "connect", "tls", "sign_in", "open_folder", "mail_from"]

_INCOMING_STEPS: tuple[StepName, ...] = ("resolve", "connect", "tls", "sign_in", "open_folder")
_OUTGOING_STEPS: tuple[StepName, ...] = ("resolve", "connect", "tls", "sign_in", "mail_from")


class StepState(TextChoices):
    """How a step ended."""

    OK = "ok", "Works"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not tried"


@dataclass(frozen=True)
class ProbeStep:
    """One step: what the server said, and after a failure what to do."""

    name: StepName
    state: StepState
    words: str = ""
    advice: str = ""
    milliseconds: int = 0


def probe_incoming(
    protocol: Protocol,
    endpoint: Endpoint,
    sign_in: SignIn,
    *,
    folder: str = "INBOX",
    deadline_seconds: float = PROBE_SECONDS,
) -> list[ProbeStep]:
    """Try to open the inbox and report each step; what the server does never raises."""
    inbox = unopened_inbox(protocol, endpoint, sign_in, deadline_seconds=deadline_seconds, folder=folder)
    report = _Report(_INCOMING_STEPS)
    try:
        for action in (inbox.resolve, inbox.connect, inbox.secure, inbox.authenticate, inbox.open_folder):
            report.start()
            report.succeed(action())
    except ServerFailure as failure:
        report.fail(failure)
    finally:
        inbox.close()
    return report.steps()


def probe_outgoing(
    endpoint: Endpoint,
    sign_in: SignIn | None,
    mail_from: str,
    *,
    deadline_seconds: float = PROBE_SECONDS,
) -> list[ProbeStep]:
    """Try to sign in and to name the sender, send nothing, and report each step; what the server does never raises."""
    return asyncio.run(_probe_outgoing(endpoint, sign_in, mail_from, deadline_seconds))


async def _probe_outgoing(
    endpoint: Endpoint, sign_in: SignIn | None, mail_from: str, deadline_seconds: float
) -> list[ProbeStep]:
    submission = Submission(endpoint, sign_in, local_hostname=local_hostname(), timeout=deadline_seconds)
    report = _Report(_OUTGOING_STEPS)
    try:
        async with asyncio.timeout(deadline_seconds):
            for action in (submission.resolve, submission.connect, submission.secure, submission.authenticate):
                report.start()
                report.succeed(await action())
            report.start()
            report.succeed(await submission.try_mail_from(mail_from))
    except ServerFailure as failure:
        report.fail(failure)
    except TimeoutError:
        report.fail(ServerFailure(Operation.CONNECT, FailureKind.TRANSIENT, "The server took too long."))
    finally:
        await submission.close()
    return report.steps()


class _Report:
    """Collects the steps in their order; those after a failure are skipped."""

    def __init__(self, names: tuple[StepName, ...]) -> None:
        self._names = names
        self._steps: list[ProbeStep] = []
        self._started_at = 0.0

    def start(self) -> None:
        self._started_at = time.monotonic()

    def succeed(self, words: str) -> None:
        self._add(StepState.OK, words, "")

    def fail(self, failure: ServerFailure) -> None:
        is_refused_port = failure.kind == FailureKind.EGRESS_REFUSED and failure.operation == Operation.CONNECT
        if is_refused_port and not self._steps:
            # The port was refused, so the name was not even looked up.
            self._steps.append(ProbeStep("resolve", StepState.SKIPPED))
        self._add(StepState.FAILED, failure.words, failure.advice)

    def steps(self) -> list[ProbeStep]:
        skipped = [ProbeStep(name, StepState.SKIPPED) for name in self._names[len(self._steps) :]]
        return [*self._steps, *skipped]

    def _add(self, state: StepState, words: str, advice: str) -> None:
        milliseconds = round((time.monotonic() - self._started_at) * 1000)
        self._steps.append(ProbeStep(self._names[len(self._steps)], state, words, advice, milliseconds))
