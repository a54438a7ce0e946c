"""Tells whether the workers are alive: each queue beats, and a queue that was silent for a minute is down."""

from datetime import datetime, timedelta

from mailhub.pulse.models import Heartbeat

# The queues of mailhub.celery: a tick sends a beat through each of them.
REQUIRED = ("default", "poll", "deliver", "receive")
SILENCE = timedelta(seconds=60)


def beat(name: str, now: datetime) -> None:
    """Record that the queue `name` is worked on; raise ValueError for a queue that nobody listens for."""
    if name not in REQUIRED:
        raise ValueError(f"{name} is not one of the queues {', '.join(REQUIRED)}.")
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def silent(now: datetime) -> list[str]:
    """Return the queues that have not beaten for 60 seconds, or never did."""
    alive = set(Heartbeat.objects.filter(beat_at__gt=now - SILENCE).values_list("name", flat=True))
    return [name for name in REQUIRED if name not in alive]
