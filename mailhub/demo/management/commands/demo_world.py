"""`manage.py demo_world`: the mail world in the foreground."""

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailhub import clock
from mailhub.demo.world.direct_mail import DirectMail
from mailhub.demo.world.server import WorldPorts, mail_world


class Command(BaseCommand):
    """Runs until SIGINT or SIGTERM and prints one line when the servers listen."""

    help = "Run the demonstration's mail servers and their people on 127.0.0.1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="directory that keeps the mail")
        parser.add_argument("--imap-port", type=int, default=0)
        parser.add_argument("--pop3-port", type=int, default=0)
        parser.add_argument("--smtp-port", type=int, default=0)
        parser.add_argument("--lmtp-port", type=int, required=True, help="where receive_mail listens")

    def handle(self, *args: Any, **options: Any) -> None:
        ports = WorldPorts(options["imap_port"], options["pop3_port"], options["smtp_port"])
        try:
            asyncio.run(self._run(options["data"], ports, lmtp_port=options["lmtp_port"]))
        except OSError as error:
            raise CommandError(f"The mail world cannot start: {error}") from error

    async def _run(self, directory: Path, ports: WorldPorts, *, lmtp_port: int) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        direct_mail = DirectMail(settings.DIRECT_MAIL_DOMAIN, port=lmtp_port)
        async with mail_world(directory, ports, clock=clock.now, direct_mail=direct_mail) as used:
            self.stdout.write(f"ready imap={used.imap} pop3={used.pop3} smtp={used.smtp}")
            self.stdout.flush()
            await stopped.wait()
