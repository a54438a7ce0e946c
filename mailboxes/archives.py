"""Begins and stops taking in what was in the inbox when its server was added."""

from datetime import date, datetime

from django.db import transaction

from mailboxes.polling.names import Names
from servers.models import ArchiveMode, Folder, FolderRole, IncomingServer


def may_choose(server: IncomingServer) -> bool:
    """Whether anything was left: where all of it was treated as new mail, all of it is here."""
    return server.archive_mode != ArchiveMode.NEW


def start(server: IncomingServer, *, since: date, now: datetime) -> None:
    """Take in mail from this day on, from the beginning; what is here already is recognised."""
    with transaction.atomic():
        _begin_anew(server, archive_mode=ArchiveMode.ARCHIVE, archive_from=since)
        for folder in Folder.objects.filter(server=server, role=FolderRole.INBOX):
            names = folder.archive_names
            packed = None if names is None else Names(bytes(names)).pack_to_do()
            Folder.objects.filter(pk=folder.pk).update(archive_uid=0, archive_names=packed)
        server.make_due(now=now)


def stop(server: IncomingServer) -> None:
    """Take in no more of it; what is here stays, and what is not stays on the server."""
    _begin_anew(server, archive_mode=ArchiveMode.NONE)


def _begin_anew(server: IncomingServer, **values: object) -> None:
    """Change the choice, and take the lease from a poll that works by the old one: it stores nothing more."""
    IncomingServer.objects.filter(pk=server.pk).update(
        archive_count=None,
        archive_left=None,
        archive_ended_at=None,
        poll_token=None,
        poll_lease_until=None,
        poll_started=False,
        **values,
    )
