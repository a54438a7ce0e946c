"""Named points at which a test has a worker killed for real (SECURITY section 4)."""

import os
import signal

from django.conf import settings


def failpoint(name: str) -> None:
    """Do nothing, unless MAILHUB_FAILPOINTS names this point: then the process kills itself, as a power cut would."""
    if name in settings.FAILPOINTS:
        os.kill(os.getpid(), signal.SIGKILL)
