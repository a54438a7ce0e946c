"""The rules by which a server that fails is tried again, or left alone until a person does something (SPEC M17).

Pure: `judge` takes what the row of a server remembers and one failure, and says what follows. Times are UTC.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from servers.failures import FailureKind, Operation, ServerFailure

# What passes by itself is tried again soon: 2, 4, 8 … seconds.
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
# What a person has to mend is not asked for often, and a refused sign-in must not get the account locked.
FIRST_PATIENT_WAIT = timedelta(minutes=1)
LONGEST_PATIENT_WAIT = timedelta(minutes=30)
# A certificate that was valid and is not: the next try tells one wrong machine of many from a change that lasts.
CERTIFICATE_WAIT = timedelta(minutes=10)

PAUSED_AFTER_REFUSALS_OF = timedelta(days=3)
# So long a failure that passes by itself is nobody's business.
PASSES_WITHIN = timedelta(minutes=15)


class Health(TextChoices):
    """The one word that the screens show for a server."""

    OFF = "off", "Off"
    NEW = "new", "Not tried yet"
    WORKING = "working", "Working"
    RETRYING = "retrying", "Retrying"
    REFUSED = "refused", "Sign-in refused"
    FAILING = "failing", "Failing"
    PAUSED = "paused", "Paused"


class PauseReason(TextChoices):
    """Why we try a server no more until a person does something."""

    SIGN_IN_REFUSED = "sign_in_refused", "It refused the sign-in for three days"
    CERTIFICATE = "certificate", "Its certificate is not valid any more"
    PLAN = "plan", "The plan does not include it"


PLAN_LACKS_IT = "Your plan does not include TLS for connected POP accounts."

# These do not pass by themselves.
FOR_A_PERSON = frozenset(
    {
        FailureKind.SIGN_IN_REFUSED,
        FailureKind.PERMANENT,
        FailureKind.EGRESS_REFUSED,
        FailureKind.CERTIFICATE,
        FailureKind.PROTOCOL,
    }
)
# Whoever fails here was let in before.
_AFTER_SIGN_IN = frozenset(
    {
        Operation.OPEN_FOLDER,
        Operation.LIST,
        Operation.FETCH,
        Operation.REMOVE,
        Operation.APPEND,
        Operation.MAIL_FROM,
        Operation.RCPT_TO,
        Operation.DATA,
        Operation.FINAL_DOT,
    }
)
# A refusal here is of one message: the next one may fare better, so it says nothing of the server.
_OF_ONE_MESSAGE = frozenset({Operation.MAIL_FROM, Operation.RCPT_TO, Operation.DATA, Operation.FINAL_DOT})


@dataclass(frozen=True)
class Standing:
    """What the row of a server remembers, before the failure."""

    failure_count: int = 0
    failing_since: datetime | None = None
    refused_since: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure_kind: str = ""


@dataclass(frozen=True)
class Verdict:
    """What follows from a failure: since when it lasts, how long to wait, and whether to stop trying."""

    kind: FailureKind
    failing_since: datetime
    refused_since: datetime | None
    wait: timedelta
    pause: PauseReason | None = None


def judge(standing: Standing, failure: ServerFailure, *, now: datetime, seed: str) -> Verdict:
    """Decide what follows from one more failure.

    `seed` names the server: two of them never keep step, and the same failure of the same server always waits as long.
    A refusal is unbroken while every sign-in that was answered is refused: a network error between two refusals neither
    counts nor breaks it, a sign-in that worked does.
    """
    kind = _kind(failure)
    failing_since = standing.failing_since or now
    refused_since = _refused_since(standing, kind, failure.operation, now)
    wait = _wait(standing, kind, now - failing_since, now - (refused_since or now))
    spread = wait * _fraction(f"{seed}:{standing.failure_count}") / 4
    return Verdict(kind, failing_since, refused_since, wait + spread, _pause(standing, kind, refused_since, now))


def _kind(failure: ServerFailure) -> FailureKind:
    is_of_one_message = failure.operation in _OF_ONE_MESSAGE and failure.kind == FailureKind.PERMANENT
    return FailureKind.TRANSIENT if is_of_one_message else failure.kind


def _refused_since(standing: Standing, kind: FailureKind, operation: Operation, now: datetime) -> datetime | None:
    if kind == FailureKind.SIGN_IN_REFUSED:
        return standing.refused_since or now
    return None if operation in _AFTER_SIGN_IN else standing.refused_since


def _wait(standing: Standing, kind: FailureKind, failing: timedelta, refused: timedelta) -> timedelta:
    if kind == FailureKind.CERTIFICATE and standing.last_success_at is not None:
        return CERTIFICATE_WAIT
    if kind in FOR_A_PERSON:
        # As long again as it has lasted, which doubles the wait whatever other failures lie between.
        lasted = refused if kind == FailureKind.SIGN_IN_REFUSED else failing
        return min(max(lasted, FIRST_PATIENT_WAIT), LONGEST_PATIENT_WAIT)
    return min(FIRST_WAIT * 2 ** min(standing.failure_count, 20), LONGEST_WAIT)


def _pause(standing: Standing, kind: FailureKind, refused_since: datetime | None, now: datetime) -> PauseReason | None:
    if kind == FailureKind.SIGN_IN_REFUSED and refused_since is not None:
        return PauseReason.SIGN_IN_REFUSED if now - refused_since >= PAUSED_AFTER_REFUSALS_OF else None
    # A connection with a wrong certificate ends before anything is said, so one more try gives nothing away; without it
    # one wrong machine behind a provider's name would stop a mailbox. A person's own tries in between do not count.
    was_valid = standing.last_success_at is not None
    was_wrong_before = (
        standing.last_failure_kind == FailureKind.CERTIFICATE
        and standing.last_failure_at is not None
        and now - standing.last_failure_at >= CERTIFICATE_WAIT
    )
    if kind == FailureKind.CERTIFICATE and was_valid and was_wrong_before:
        return PauseReason.CERTIFICATE
    return None


def _fraction(seed: str) -> float:
    """Return a number from 0 to 1 that looks random and is the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32
