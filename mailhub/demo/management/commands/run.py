"""`manage.py run`: every part of mailhub on this machine."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mailhub.demo import launch
from mailhub.demo.console import Console


class Command(BaseCommand):
    """Starts the embedded broker, the mail world, the workers and the web server, and stops them all on Ctrl-C."""

    help = "Run everything on this machine, with a demonstration account. Data is kept in var/ (MAILHUB_DATA)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        launch.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(launch.launch(web_port=options["port"], console=Console(sys.stdout)))
