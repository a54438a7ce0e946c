"""Structured logs: one JSON object a line in production, plain lines for people (SPEC O3)."""

import logging
import logging.config
from http import HTTPStatus
from typing import Any

import structlog


class QuietRequests(logging.Filter):
    """Makes one line of a refused request, and none of a health check, which reports by itself what is down."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "django.request":
            return True
        if getattr(record, "status_code", None) == HTTPStatus.SERVICE_UNAVAILABLE:
            return False
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True


def logging_config(*, level: str, human: bool) -> dict[str, Any]:
    """Configure logging of this process and return the configuration that was applied."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Plain tracebacks: those with local variables would write mail and passwords into the log.
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = console if human else structlog.processors.JSONRenderer()
    last = [] if human else [structlog.processors.format_exc_info]
    config: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, renderer],
            }
        },
        "filters": {"quiet_requests": {"()": QuietRequests}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["quiet_requests"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
    }
    logging.config.dictConfig(config)
    return config
