from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mailboxes.searching import backlog
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope

_PORTION_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Let search find all mail that it does not know yet, the newest first. Workers do the same bit by bit; this is "
        "for who does not want to wait. It can be stopped and started again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing about the progress")

    def handle(self, *_args: Any, **options: Any) -> None:
        total = 0
        for tenant in Tenant.objects.order_by("pk"):
            with tenant_scope(tenant.pk):
                left = backlog.waiting_count()
                while left and (count := backlog.index_waiting(seconds=_PORTION_SECONDS)):
                    total += count
                    left = max(0, left - count)
                    if not options["quiet"]:
                        self.stdout.write(f"{tenant}: {total} messages indexed, {left} left.")
        self.stdout.write(f"Search knows {total} more messages.")
