from typing import Any

from django.core.management.base import BaseCommand

from mailhub.tenancy.rotating import rewrap_all


class Command(BaseCommand):
    help = "Wrap every account's data key with the first key of MAILHUB_KEYS; then the older keys may be removed."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{rewrap_all()} data keys were wrapped anew.")
