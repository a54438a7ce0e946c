"""The workers and their clock.

A Celery message is a doorbell: it carries ids, the truth is a row with a state and a lease, and a sweep finds what a
lost bell missed. Measured on Redis, a flush loses every queued task and a killed child is acknowledged, so nothing may
depend on a message arriving, nor on its arriving once.
"""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from mailhub.logs import logging_config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mailhub.settings")

app = Celery("mailhub")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        # Who rings does not wait for a broker that is away: the sweep finds the work.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    },
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=60.0,
    worker_hijack_root_logger=False,
    timezone="UTC",
    task_default_queue="default",
    task_routes={
        "mailboxes.tasks.poll": {"queue": "poll"},
        "mailboxes.tasks.append_sent_copies": {"queue": "poll"},
        "mailboxes.tasks.deliver": {"queue": "deliver"},
        "mailboxes.tasks.receive": {"queue": "receive"},
    },
    # Bells that nobody answered within their period are stale: the next tick rings again.
    beat_schedule={
        "poll-due": {"task": "mailboxes.tasks.poll_due", "schedule": 5.0, "options": {"expires": 5}},
        **{
            f"pulse-{name}": {
                "task": "mailboxes.tasks.pulse",
                "args": [name],
                "schedule": 5.0,
                "options": {"expires": 5, "queue": name},
            }
            for name in ("default", "poll", "deliver", "receive")
        },
        "sweep": {"task": "mailboxes.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
        "check-replies-due": {
            "task": "mailboxes.reply_tasks.check_replies_due",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "watch-over": {"task": "mailboxes.tasks.watch_over", "schedule": 60.0, "options": {"expires": 60}},
        "notify": {"task": "mailboxes.notifying.tasks.notify", "schedule": 60.0, "options": {"expires": 60}},
        "run-sequences": {"task": "sequences.running.tasks.run_due", "schedule": 5.0, "options": {"expires": 5}},
        "sweep-sequences": {"task": "sequences.running.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
        "forget-sending-counts": {
            "task": "sequences.running.tasks.forget_old_counts",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "sweep-imports": {"task": "sequences.tasks.sweep_imports", "schedule": 30.0, "options": {"expires": 30}},
        "sweep-batches": {"task": "sequences.tasks.sweep_batches", "schedule": 30.0, "options": {"expires": 30}},
        "forget-imports": {
            "task": "sequences.tasks.forget_old_imports",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "look-at-overdue": {
            "task": "billing.dunning.tasks.look_at_overdue",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "close-months": {"task": "billing.closing.tasks.close_due", "schedule": 60.0, "options": {"expires": 60}},
        "post-documents": {
            "task": "billing.invoicing.tasks.post_documents",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "charge-cards": {"task": "billing.paying.tasks.charge_due", "schedule": 60.0, "options": {"expires": 60}},
        "follow-payments": {
            "task": "billing.paying.tasks.follow_silent",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "forget-gateway-events": {
            "task": "billing.paying.tasks.forget_events",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "trim-errors": {"task": "mailboxes.tasks.trim_errors", "schedule": 3600.0, "options": {"expires": 3600}},
        "sweep-storage": {"task": "mailboxes.tasks.sweep_storage", "schedule": 3600.0, "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks(["mailboxes", "sequences"])
app.autodiscover_tasks(["mailboxes"], related_name="reply_tasks")
app.autodiscover_tasks(["mailboxes.notifying", "sequences.running"])
app.autodiscover_tasks(["billing.closing", "billing.invoicing", "billing.paying", "billing.dunning"])


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """Celery would replace the root handlers; ours stay."""
    logging_config(level=os.environ.get("LOG_LEVEL", "INFO"), human=settings.LOGS_ARE_FOR_PEOPLE)
