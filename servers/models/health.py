"""What incoming and outgoing servers know about how they are doing."""

from datetime import datetime, timedelta

from django.db import models

from servers.failures import FailureKind

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


class Health(models.TextChoices):
    """The one word that the screens show for a server."""

    OFF = "off", "Off"
    NEW = "new", "Not tried yet"
    WORKING = "working", "Working"
    FAILING = "failing", "Failing"


class PauseReason(models.TextChoices):
    """Why we try a server no more until a person does something."""

    SIGN_IN_REFUSED = "sign_in_refused", "It refused the sign-in for three days"
    CERTIFICATE = "certificate", "Its certificate is not valid any more"
    PLAN = "plan", "The plan does not include it"


class WithHealth(models.Model):
    """Success, failures in a row, and the next try."""

    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    last_failure = models.CharField(max_length=600, blank=True, editable=False)
    last_failure_kind = models.CharField(max_length=16, choices=FailureKind.choices, blank=True, editable=False)
    # One sentence on what to do.
    last_failure_advice = models.CharField(max_length=600, blank=True, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    # Since when it fails without a success between, and since when the sign-in was refused at each try.
    failing_since = models.DateTimeField(null=True, editable=False)
    refused_since = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(max_length=16, choices=PauseReason.choices, blank=True, editable=False)
    # When the administrators were told of this pause; they are told once.
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def health(self) -> Health:
        if not self.is_active:  # type: ignore[attr-defined]
            return Health.OFF
        if self.failure_count:
            return Health.FAILING
        return Health.WORKING if self.last_success_at else Health.NEW

    @property
    def needs_someone(self) -> bool:
        return self.health == Health.FAILING


def pause_after(failure_count: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 1, 2, 4 … minutes, at most an hour (SECURITY TC6)."""
    return min(FIRST_PAUSE * 2 ** min(max(failure_count - 1, 0), 10), LONGEST_PAUSE)


def next_try_at(failure_count: int, *, now: datetime) -> datetime:
    return now + pause_after(failure_count)
