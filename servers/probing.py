"""The connection test: the steps to a server one by one, in the server's own words (SPEC M15)."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from django.db.models import TextChoices

from servers.connecting import unopened_inbox
from servers.endpoints import Endpoint, Protocol, SignIn, local_hostname
from servers.failures import FailureKind, Operation, ServerFailure
from servers.signing_in import Brought, Deferred
from servers.smtp import Submission

# For all steps together: somebody is waiting in front of a form.
PROBE_SECONDS = 20.0

StepName = Literal["token", "resolve", "connect", "tls", "sign_in", "open_folder", "mail_from"]

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
    sign_in: SignIn | Deferred,
    *,
    folder: str = "INBOX",
    deadline_seconds: float = PROBE_SECONDS,
) -> list[ProbeStep]:
    """Try to open the inbox and report each step; what the server does never raises."""
    report = _Report(_INCOMING_STEPS)
    brought = report.bring(sign_in)
    if brought is None or brought.sign_in is None:
        return report.steps()
    inbox = unopened_inbox(protocol, endpoint, brought.sign_in, deadline_seconds=deadline_seconds, folder=folder)
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
    sign_in: SignIn | Deferred | None,
    mail_from: str,
    *,
    deadline_seconds: float = PROBE_SECONDS,
) -> list[ProbeStep]:
    """Try to sign in and to name the sender, send nothing, and report each step; what the server does never raises."""
    report = _Report(_OUTGOING_STEPS)
    brought = report.bring(sign_in)
    if brought is not None:
        asyncio.run(_probe_outgoing(report, endpoint, brought.sign_in, mail_from, deadline_seconds))
    return report.steps()


async def _probe_outgoing(
    report: "_Report", endpoint: Endpoint, sign_in: SignIn | None, mail_from: str, deadline_seconds: float
) -> None:
    submission = Submission(endpoint, sign_in, local_hostname=local_hostname(), timeout=deadline_seconds)
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


class _Report:
    """Collects the steps in their order; those after a failure are skipped."""

    def __init__(self, names: tuple[StepName, ...]) -> None:
        self._names = names
        self._steps: list[ProbeStep] = []
        self._started_at = 0.0

    def bring(self, sign_in: SignIn | Deferred | None) -> Brought | None:
        """Have the sign-in brought before anything else is tried; None when that failed.

        An access token is a step of its own; a saved password that does not open is a failed sign-in.
        """
        if not isinstance(sign_in, Deferred):
            return Brought(sign_in)
        if sign_in.is_token:
            self._names = ("token", *self._names)
        self.start()
        try:
            brought = sign_in.bring()
        except ServerFailure as failure:
            skipped = self._names[: 0 if sign_in.is_token else self._names.index("sign_in")]
            self._steps += [ProbeStep(name, StepState.SKIPPED) for name in skipped]
            self._add(StepState.FAILED, failure.words, failure.advice)
            return None
        if sign_in.is_token:
            self.succeed(brought.words)
        return brought

    def start(self) -> None:
        self._started_at = time.monotonic()

    def succeed(self, words: str) -> None:
        self._add(StepState.OK, words, "")

    def fail(self, failure: ServerFailure) -> None:
        is_refused_port = failure.kind == FailureKind.EGRESS_REFUSED and failure.operation == Operation.CONNECT
        if is_refused_port and self._names[len(self._steps)] == "resolve":
            # The port was refused, so the name was not even looked up.
            self._steps.append(ProbeStep("resolve", StepState.SKIPPED))
        self._add(StepState.FAILED, failure.words, failure.advice)

    def steps(self) -> list[ProbeStep]:
        skipped = [ProbeStep(name, StepState.SKIPPED) for name in self._names[len(self._steps) :]]
        return [*self._steps, *skipped]

    def _add(self, state: StepState, words: str, advice: str) -> None:
        milliseconds = round((time.monotonic() - self._started_at) * 1000)
        self._steps.append(ProbeStep(self._names[len(self._steps)], state, words, advice, milliseconds))
