import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailhub import clock
from mailhub.demo.ports import HOST
from mailhub.demo.seeding import COMPANY, WorldAddress, seed


class Command(BaseCommand):
    help = "Create the demonstration account, or bring its servers up to date with the mail world's ports."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is no demonstration installation (MAILHUB_DEMO is not set).")
        ports = {name: int(os.environ[f"DEMO_{name.upper()}_PORT"]) for name in ("imap", "pop3", "smtp")}
        is_new = seed(WorldAddress(host=HOST, **ports), now=clock.now())
        self.stdout.write(f"{COMPANY} was created." if is_new else f"{COMPANY} is there.")
