"""When a server that fails is tried again, and when it is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from servers.failures import FailureKind, Operation, ServerFailure
from servers.standing import CERTIFICATE_WAIT, PauseReason, Standing, Verdict, judge

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Waits are up to a quarter longer, so that no two servers keep step.
SPREAD = 1.25


def _failure(kind: FailureKind, operation: Operation = Operation.CONNECT) -> ServerFailure:
    return ServerFailure(operation, kind, "No.")


AWAY = _failure(FailureKind.TRANSIENT)
REFUSED = _failure(FailureKind.SIGN_IN_REFUSED, Operation.SIGN_IN)
CERTIFICATE = _failure(FailureKind.CERTIFICATE, Operation.TLS)


def _judge(standing: Standing, failure: ServerFailure, now: datetime = NOW) -> Verdict:
    return judge(standing, failure, now=now, seed="server")


def _after(standing: Standing, failure: ServerFailure, now: datetime) -> tuple[Standing, Verdict]:
    """Let a failure happen and return what the row remembers then."""
    verdict = _judge(standing, failure, now)
    remembered = replace(
        standing,
        failure_count=standing.failure_count + 1,
        failing_since=verdict.failing_since,
        refused_since=verdict.refused_since,
        last_failure_at=now,
        last_failure_kind=verdict.kind,
    )
    return remembered, verdict


def _until_paused(failure: ServerFailure, standing: Standing, *, tries: int = 1000) -> tuple[list[timedelta], Verdict]:
    """Fail again and again, each time when the wait is over; return the waits and the last verdict."""
    now, waits = NOW, []
    for _ in range(tries):
        standing, verdict = _after(standing, failure, now)
        waits.append(verdict.wait)
        if verdict.pause is not None:
            break
        now += verdict.wait
    return waits, verdict


def test_what_passes_by_itself_is_tried_after_two_seconds_and_twice_as_long_each_time_up_to_ten_minutes() -> None:
    waits, verdict = _until_paused(AWAY, Standing(), tries=30)

    for number, wait in enumerate(waits):
        expected = min(timedelta(seconds=2) * 2**number, 10 * MINUTE)
        assert expected <= wait <= expected * SPREAD
    assert verdict.pause is None


def test_a_refused_sign_in_is_tried_after_a_minute_and_at_most_every_half_hour() -> None:
    waits, _verdict = _until_paused(REFUSED, Standing(), tries=20)

    assert MINUTE <= waits[0] <= MINUTE * SPREAD
    assert waits == sorted(waits, key=lambda wait: min(wait, 30 * MINUTE))
    assert 30 * MINUTE <= waits[-1] <= 30 * MINUTE * SPREAD


def test_two_servers_do_not_keep_step_and_one_always_waits_as_long() -> None:
    waits = {judge(Standing(), AWAY, now=NOW, seed=f"server {number}").wait for number in range(20)}

    assert len(waits) == 20
    assert _judge(Standing(), AWAY) == _judge(Standing(), AWAY)


def test_three_days_of_refusals_pause_the_server() -> None:
    waits, verdict = _until_paused(REFUSED, Standing())

    assert verdict.pause == PauseReason.SIGN_IN_REFUSED
    assert timedelta(days=3) <= sum(waits[:-1], timedelta()) <= timedelta(days=3, hours=1)


def test_a_network_error_between_refusals_neither_counts_nor_breaks_them() -> None:
    refused, _verdict = _after(Standing(), REFUSED, NOW)

    away, verdict = _after(refused, AWAY, NOW + timedelta(days=4))
    again = _judge(away, REFUSED, NOW + timedelta(days=4, minutes=10))

    assert verdict.pause is None
    assert verdict.refused_since == NOW
    assert again.pause == PauseReason.SIGN_IN_REFUSED


def test_network_errors_alone_never_pause() -> None:
    standing = Standing(failure_count=5000, failing_since=NOW - timedelta(days=30))

    assert _judge(standing, AWAY).pause is None


def test_a_sign_in_that_worked_breaks_the_refusal_although_the_poll_failed_later() -> None:
    refused, _verdict = _after(Standing(), REFUSED, NOW)

    opened = _judge(refused, _failure(FailureKind.TRANSIENT, Operation.FETCH), NOW + timedelta(days=4))

    assert opened.refused_since is None


def test_a_first_refusal_after_a_long_outage_waits_a_minute() -> None:
    standing = Standing(failure_count=500, failing_since=NOW - timedelta(days=2))

    assert _judge(standing, REFUSED).wait <= MINUTE * SPREAD


def test_a_certificate_that_was_valid_pauses_with_the_second_failure_ten_minutes_later() -> None:
    worked = Standing(last_success_at=NOW - timedelta(days=1))

    waits, verdict = _until_paused(CERTIFICATE, worked)

    assert verdict.pause == PauseReason.CERTIFICATE
    assert len(waits) == 2
    assert waits[0] >= CERTIFICATE_WAIT


def test_a_try_at_once_does_not_count_as_the_second_failure_of_a_certificate() -> None:
    worked = Standing(last_success_at=NOW - timedelta(days=1))
    failed, _verdict = _after(worked, CERTIFICATE, NOW)

    assert _judge(failed, CERTIFICATE, NOW + timedelta(seconds=20)).pause is None


def test_a_network_error_between_two_failures_of_a_certificate_begins_the_ten_minutes_anew() -> None:
    worked = Standing(last_success_at=NOW - timedelta(days=1))
    failed, _verdict = _after(worked, CERTIFICATE, NOW)
    away, _verdict = _after(failed, AWAY, NOW + 11 * MINUTE)

    assert _judge(away, CERTIFICATE, NOW + 22 * MINUTE).pause is None


def test_a_certificate_that_was_never_valid_is_not_paused() -> None:
    _waits, verdict = _until_paused(CERTIFICATE, Standing(), tries=50)

    assert verdict.pause is None


@pytest.mark.parametrize("operation", [Operation.MAIL_FROM, Operation.RCPT_TO, Operation.DATA, Operation.FINAL_DOT])
def test_a_refusal_of_one_message_says_nothing_of_the_server(operation: Operation) -> None:
    assert _judge(Standing(), _failure(FailureKind.PERMANENT, operation)).kind == FailureKind.TRANSIENT


@pytest.mark.parametrize("kind", [FailureKind.PERMANENT, FailureKind.PROTOCOL, FailureKind.EGRESS_REFUSED])
def test_what_a_person_has_to_mend_is_not_tried_every_few_seconds(kind: FailureKind) -> None:
    assert _judge(Standing(), _failure(kind, Operation.OPEN_FOLDER)).wait >= MINUTE


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_failure_has_a_wait_and_a_beginning(kind: FailureKind) -> None:
    verdict = _judge(Standing(), _failure(kind))

    assert verdict.failing_since == NOW
    assert timedelta(0) < verdict.wait <= 45 * MINUTE
