"""Stores fetched mail: raw bytes first, then rows and cursor in one transaction (SPEC I1, SECURITY section 4)."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from mailboxes.models import Message, MessageOrigin
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy import blobs
from servers.inbox import Entry, Fetched
from servers.models import Folder, FolderRole, IncomingServer


class LeaseLost(Exception):
    """Another worker holds the poll by now: what this one fetched is left to it."""


def store(
    server: IncomingServer,
    folder: Folder,
    fetched: Sequence[Fetched],
    *,
    token: uuid.UUID,
    now: datetime,
    is_archive: bool = False,
) -> int:
    """Store one window of messages and move the cursor; return how many were new.

    The raw bytes are on the disk before the rows are committed, and only a commit under a running lease counts: a
    worker that was thought dead stores nothing twice. An archive stays on the server, whatever becomes of new mail.
    Raises LeaseLost.
    """
    failpoint("poll.fetched")
    digests = blobs.put_all(server.tenant_id, [one.raw for one in fetched])
    failpoint("poll.raw_stored")
    with transaction.atomic():
        if not server.holds_poll(token):
            raise LeaseLost(f"The lease of {server.pk} ended before the window was stored.")
        new_count = _store_messages(server, folder, fetched, digests, now=now, is_archive=is_archive)
        removal = (MessageOrigin.Removal.KEEP, None) if is_archive else _removal(server, folder, now=now)
        _store_origins(server, folder, fetched, digests, removal=removal)
        _move_cursor(folder, [one.entry for one in fetched])
        if new_count and folder.role != FolderRole.SENT and not is_archive:
            _record_arrival(server, now=now)
        failpoint("poll.before_commit")
    return new_count


def identity_of(entry: Entry, raw: bytes) -> str:
    """Return what names the message on its server; its content where the server gives no name (SECURITY B067)."""
    return entry.identity or f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _store_messages(
    server: IncomingServer,
    folder: Folder,
    fetched: Sequence[Fetched],
    digests: Sequence[str],
    *,
    now: datetime,
    is_archive: bool,
) -> int:
    rows = Message.objects.filter(mailbox_id=server.mailbox_id, raw_sha256__in=digests)
    known = set(rows.values_list("raw_sha256", flat=True))
    new = {}
    for one, digest in zip(fetched, digests, strict=True):
        if digest not in known and digest not in new:
            new[digest] = Message(
                tenant_id=server.tenant_id,
                mailbox_id=server.mailbox_id,
                folder_role=folder.role,
                raw_sha256=digest,
                size=len(one.raw),
                stored_at=now,
                received_at=min(one.internaldate or now, now) if is_archive else one.internaldate or now,
                is_archived=is_archive,
            )
    # Another server of the same mailbox may store the same mail at this moment: the first one wins.
    Message.objects.bulk_create(new.values(), ignore_conflicts=True)
    return len(new)


def _store_origins(
    server: IncomingServer,
    folder: Folder,
    fetched: Sequence[Fetched],
    digests: Sequence[str],
    *,
    removal: tuple[MessageOrigin.Removal, datetime | None],
) -> None:
    rows = Message.objects.filter(mailbox_id=server.mailbox_id, raw_sha256__in=digests)
    message_ids = dict(rows.values_list("raw_sha256", "pk"))
    if not folder.uidvalidity:
        # A POP3 server may give a name to the next message once the first is gone: then it says nothing of the first.
        names = [one.entry.identity for one in fetched if one.entry.identity]
        of_others = MessageOrigin.objects.filter(folder=folder, uidvalidity=0, identity__in=names)
        of_others.exclude(message_id__in=message_ids.values()).delete()
    MessageOrigin.objects.bulk_create(
        [
            MessageOrigin(
                tenant_id=server.tenant_id,
                message_id=message_ids[digest],
                server_id=server.pk,
                folder=folder,
                uidvalidity=folder.uidvalidity,
                identity=identity_of(one.entry, one.raw),
                removal=removal[0],
                remove_at=removal[1],
            )
            for one, digest in zip(fetched, digests, strict=True)
        ],
        ignore_conflicts=True,
    )


def _removal(server: IncomingServer, folder: Folder, *, now: datetime) -> tuple[MessageOrigin.Removal, datetime | None]:
    """Return what is to become of the message on the server, and when (SPEC M7, M30). Junk and Sent are left alone."""
    if folder.role != FolderRole.INBOX:
        return MessageOrigin.Removal.KEEP, None
    if not server.copy_mail:
        return MessageOrigin.Removal.PENDING, None
    if server.remove_after_days is None:
        return MessageOrigin.Removal.KEEP, None
    return MessageOrigin.Removal.KEEP, now + timedelta(days=server.remove_after_days)


def _move_cursor(folder: Folder, entries: Sequence[Entry]) -> None:
    last_uid = max((entry.uid for entry in entries), default=0)
    if last_uid > folder.last_uid:
        folder.last_uid = last_uid
        Folder.objects.filter(pk=folder.pk).update(last_uid=last_uid)


def _record_arrival(server: IncomingServer, *, now: datetime) -> None:
    IncomingServer.objects.filter(pk=server.pk).update(last_mail_at=now)
