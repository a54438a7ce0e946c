import time
from typing import Any

from django.core.management.base import BaseCommand

from mailhub.tenancy.rotating import rotate


class Command(BaseCommand):
    help = (
        "Seal every secret anew: data keys are wrapped with the first key of MAILHUB_KEYS, each account gets a new "
        "data key, and its passwords and tokens are sealed with that. mailhub goes on running meanwhile. Afterwards "
        "the older keys of MAILHUB_KEYS may be removed."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write("This takes a minute: running processes may use the former data keys for a while.")
        rotation = rotate(wait=time.sleep)
        self.stdout.write(
            f"{rotation.wrapped_count} data keys were wrapped anew, {rotation.new_key_count} new ones were made, and "
            f"{rotation.resealed_count} secrets were sealed with them."
        )
