"""The mail world as a whole: three servers and its people in one asyncio loop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailhub.demo.world import imap, pop3, smtp
from mailhub.demo.world.agenda import Agenda
from mailhub.demo.world.correspondents import Correspondents
from mailhub.demo.world.database import connect
from mailhub.demo.world.direct_mail import DirectMail
from mailhub.demo.world.people import ACCOUNTS
from mailhub.demo.world.post_office import PostOffice
from mailhub.demo.world.store import INBOX, MailStore
from mailhub.demo.world.strangers import Strangers

_FOLDERS = (INBOX, "Sent", "Drafts", "Trash", "Junk", "Archive")
_TICK_SECONDS = 0.25
# Libraries that log every connection; what goes wrong in them still shows.
_CHATTY_LOGGERS = ("pymap", "proxyprotocol", "mail.log", "mail.debug", "mail.error", "asyncio")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class WorldPorts:
    """Where the three servers listen on 127.0.0.1."""

    imap: int = 0
    pop3: int = 0
    smtp: int = 0


@asynccontextmanager
async def mail_world(
    directory: Path, ports: WorldPorts, *, clock: Clock, direct_mail: DirectMail | None = None
) -> AsyncIterator[WorldPorts]:
    """Run the world over the data in `directory`; yields the ports in use, as port 0 takes a free one.

    `direct_mail` takes what is written to direct addresses. Raises OSError if a port is taken.
    """
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    connection = connect(directory / "world.sqlite3")
    store, agenda = MailStore(connection), Agenda(connection)
    for account in ACCOUNTS:
        for folder in _FOLDERS:
            store.ensure_folder(account.addr_spec, folder, now=clock())
    post_office = PostOffice(store, agenda, Correspondents(agenda), clock, direct_mail)
    strangers = Strangers(agenda)
    servers: list[asyncio.Server] = []
    try:
        servers.append(await imap.start(store, port=ports.imap, clock=clock))
        servers.append(await pop3.start(store, port=ports.pop3))
        servers.append(await smtp.start(post_office, port=ports.smtp))
        strangers.start(clock())
        life = asyncio.gather(
            _live(post_office, strangers, clock), *([direct_mail.carry()] if direct_mail is not None else [])
        )
        try:
            yield WorldPorts(*(server.sockets[0].getsockname()[1] for server in servers))
        finally:
            life.cancel()
    finally:
        for server in servers:
            server.close()
        connection.close()


async def _live(post_office: PostOffice, strangers: Strangers, clock: Clock) -> None:
    while True:
        now = clock()
        strangers.write_due(now)
        post_office.deliver_due(now)
        await asyncio.sleep(_TICK_SECONDS)
