from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mailboxes.platform import ensure_platform


class Command(BaseCommand):
    help = (
        "Create or update the platform's own tenant and the server of system mail (PLATFORM_SMTP_URL, PLATFORM_FROM)."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        server = ensure_platform(settings.PLATFORM_SMTP_URL, settings.PLATFORM_FROM)
        self.stdout.write(f"System mail goes out as {server.from_address} through {server.host}:{server.port}.")
