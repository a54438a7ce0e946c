"""What incoming and outgoing servers know about how they are doing. The rules are those of servers.standing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, When

from servers.failures import FailureKind, Operation, ServerFailure
from servers.standing import FOR_A_PERSON, PASSES_WITHIN, Health, PauseReason, Standing, judge

__all__ = ["Health", "PauseReason", "WithHealth", "needing_someone"]

_NO_PAUSE: dict[str, Any] = {"paused_at": None, "pause_reason": "", "told_at": None}
_NO_FAILURE: dict[str, Any] = {
    "failure_count": 0,
    "failing_since": None,
    "refused_since": None,
    "last_failure": "",
    "last_failure_kind": "",
    "last_failure_operation": "",
    "last_failure_advice": "",
}


def needing_someone(now: datetime) -> Q:
    """Which servers wait for a person; WithHealth.needs_someone says the same of one row."""
    is_failing = Q(failure_count__gt=0)
    is_for_a_person = Q(last_failure_kind__in=[str(kind) for kind in FOR_A_PERSON])
    lasts = Q(failing_since__lte=now - PASSES_WITHIN)
    return Q(is_active=True) & (Q(paused_at__isnull=False) | is_failing & (is_for_a_person | lasts))


class WithHealth(models.Model):
    """Success, failures in a row, the next try, and the pause in which there is none."""

    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    # The server's words, what we were doing, what that means, and one sentence on what to do. Success empties them.
    last_failure = models.CharField(max_length=600, blank=True, editable=False)
    last_failure_operation = models.CharField(max_length=16, choices=Operation.choices, blank=True, editable=False)
    last_failure_kind = models.CharField(max_length=16, choices=FailureKind.choices, blank=True, editable=False)
    last_failure_advice = models.CharField(max_length=600, blank=True, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    # Since when it fails without a success between, and since when each sign-in that was answered was refused.
    failing_since = models.DateTimeField(null=True, editable=False)
    refused_since = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(max_length=16, choices=PauseReason.choices, blank=True, editable=False)
    # When the administrators were told of this pause; they are told once.
    told_at = models.DateTimeField(null=True, editable=False)

    # The column that says when it is tried next.
    next_try_field: ClassVar[str]

    class Meta:
        abstract = True

    @property
    def health(self) -> Health:
        if not self.is_active:  # type: ignore[attr-defined]
            return Health.OFF
        if self.paused_at is not None:
            return Health.PAUSED
        if not self.failure_count:
            return Health.WORKING if self.last_success_at else Health.NEW
        if self.last_failure_kind == FailureKind.SIGN_IN_REFUSED:
            return Health.REFUSED
        return Health.FAILING if self.last_failure_kind in FOR_A_PERSON else Health.RETRYING

    @property
    def is_failing(self) -> bool:
        """Whether there is something to explain: it fails, or it is paused."""
        return self.health in (Health.RETRYING, Health.REFUSED, Health.FAILING, Health.PAUSED)

    def needs_someone(self, now: datetime) -> bool:
        """Whether it waits for a person. What passes by itself does not, for a quarter of an hour."""
        if self.health == Health.RETRYING:
            return self.failing_since is not None and self.failing_since <= now - PASSES_WITHIN
        return self.is_failing

    @property
    def failed_since(self) -> datetime | None:
        """Since when it is in the state that it is in; None while it works."""
        if self.health == Health.PAUSED:
            return self.paused_at
        since = self.refused_since if self.health == Health.REFUSED else self.failing_since
        return since or self.last_failure_at

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried next; None where nothing keeps us from trying at once."""
        next_try_at: datetime | None = getattr(self, self.next_try_field)
        return next_try_at

    def make_due(self, *, now: datetime) -> None:
        """Try at once, as if nothing had failed: the settings are others now, or it was switched on.

        The pause of a plan stays: it ends with the plan (`lift_pause`).
        """
        rows = type(self)._default_manager.filter(pk=self.pk)
        rows.update(**_NO_FAILURE, **self._due(now))
        rows.exclude(pause_reason=PauseReason.PLAN).update(**_NO_PAUSE)

    def try_again(self, *, now: datetime) -> None:
        """Try at once, because a person asks. It fails until it works, but a pause ends, and three days begin anew."""
        rows = type(self)._default_manager.filter(pk=self.pk)
        rows.update(**self._due(now))
        paused = rows.filter(paused_at__isnull=False).exclude(pause_reason=PauseReason.PLAN)
        paused.update(**_NO_PAUSE, refused_since=None, last_failure_at=None)

    def pause(self, reason: PauseReason, *, now: datetime) -> bool:
        """Try no more until a person does something; False when it is paused already."""
        running = type(self)._default_manager.filter(pk=self.pk, paused_at=None)
        return bool(running.update(paused_at=now, pause_reason=reason, told_at=None))

    def lift_pause(self, reason: PauseReason, *, now: datetime) -> bool:
        """Go on after a pause for this reason, and for no other; False when there is none."""
        paused = type(self)._default_manager.filter(pk=self.pk, pause_reason=reason)
        return bool(paused.update(**_NO_PAUSE, **self._due(now)))

    def _due(self, now: datetime) -> dict[str, Any]:
        """Return the change that makes it due: a column that may be empty says so by being empty."""
        may_be_empty = self._meta.get_field(self.next_try_field).null
        return {self.next_try_field: None if may_be_empty else now}


def after_success(now: datetime) -> dict[str, Any]:
    """Return the change of a row that worked: every error is closed, and every pause except that of a plan."""
    is_by_plan = Q(pause_reason=PauseReason.PLAN)
    return {
        **_NO_FAILURE,
        "last_success_at": now,
        **{name: Case(When(is_by_plan, then=F(name)), default=None) for name in ("paused_at", "told_at")},
        "pause_reason": Case(When(is_by_plan, then=F("pause_reason")), default=models.Value("")),
    }


def after_failure(server: WithHealth, failure: ServerFailure, *, now: datetime) -> tuple[dict[str, Any], datetime]:
    """Return the change of a row that failed, and when it is tried next. `server` is locked and read just now."""
    standing = Standing(
        failure_count=server.failure_count,
        failing_since=server.failing_since,
        refused_since=server.refused_since,
        last_success_at=server.last_success_at,
        last_failure_at=server.last_failure_at,
        last_failure_kind=server.last_failure_kind,
    )
    verdict = judge(standing, failure, now=now, seed=str(server.pk))
    changes: dict[str, Any] = {
        "failure_count": server.failure_count + 1,
        "failing_since": verdict.failing_since,
        "refused_since": verdict.refused_since,
        "last_failure_at": now,
        "last_failure": failure.words[:600],
        "last_failure_operation": failure.operation,
        "last_failure_kind": verdict.kind,
        "last_failure_advice": failure.advice[:600],
    }
    if verdict.pause is not None and server.paused_at is None:
        changes |= {"paused_at": now, "pause_reason": verdict.pause, "told_at": None}
    return changes, now + verdict.wait
