import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from mailboxes.noticing import PollBells
from mailboxes.tasks import poll
from mailhub import clock
from servers.models import IncomingServer
from servers.watching.watcher import Watcher

DEFAULT_CONNECTIONS = 5000


class Command(BaseCommand):
    help = (
        "Wait with IDLE on incoming IMAP servers and have each polled as soon as mail comes. Run as many as you like: "
        "they share the servers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--connections",
            type=int,
            default=DEFAULT_CONNECTIONS,
            help="the most connections that this process holds; give all processes the same (default: %(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        watcher = Watcher(PollBells(now=clock.now, ring=_ring), connections=options["connections"])

        def stop(_number: int, _frame: FrameType | None) -> None:
            watcher.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        watcher.run()


def _ring(server: IncomingServer) -> None:
    poll.ring(server.tenant_id, server.pk, server.poll_token)
