import asyncio
import signal
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from mailboxes.inbound import Listener, Options
from mailboxes.inbound.capacity import Disk
from mailboxes.inbound.threads import ThreadedStore
from mailboxes.tasks import receive
from mailhub import clock


class Command(BaseCommand):
    help = (
        "Take in mail for the direct addresses of mailboxes by SMTP and LMTP, where RECEIVE_SMTP and RECEIVE_LMTP say. "
        "SIGTERM ends it after the messages that are under way."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        options = Options.from_settings()
        if options.smtp is None and options.lmtp is None:
            raise CommandError("Neither RECEIVE_SMTP nor RECEIVE_LMTP is set: there is nothing to listen on.")
        try:
            asyncio.run(_listen(options))
        except OSError as error:
            raise CommandError(f"It cannot listen: {error}") from error


async def _listen(options: Options) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    store = ThreadedStore(Disk(options.storage_root, reserve=options.disk_reserve), ring=_ring)
    listener = Listener(options, store, now=clock.now)
    await listener.start()
    await stopped.wait()
    await listener.stop()
    store.stop()


def _ring(tenant_id: int, mailbox_id: UUID) -> None:
    receive.ring(tenant_id, mailbox_id)
