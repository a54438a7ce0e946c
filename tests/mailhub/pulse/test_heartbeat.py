"""Signs of life of the workers."""

from datetime import UTC, datetime, timedelta

import pytest

from mailhub.pulse import heartbeat

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)


def test_queues_that_never_beat_are_silent() -> None:
    assert heartbeat.silent(NOW) == list(heartbeat.REQUIRED)


def test_queue_is_alive_for_less_than_a_minute_after_a_beat() -> None:
    heartbeat.beat("poll", NOW)

    assert "poll" not in heartbeat.silent(NOW + timedelta(seconds=59))
    assert "poll" in heartbeat.silent(NOW + timedelta(seconds=60))


def test_later_beat_counts() -> None:
    heartbeat.beat("poll", NOW - timedelta(hours=1))
    heartbeat.beat("poll", NOW)

    assert "poll" not in heartbeat.silent(NOW)


def test_queue_that_nobody_listens_for_is_refused() -> None:
    with pytest.raises(ValueError, match="is not one of the queues"):
        heartbeat.beat("pol", NOW)
