"""Polls one incoming server: list what is new, fetch in windows, store, and only then remove from the server."""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailboxes import storing
from mailboxes.models import MessageOrigin
from mailhub.lib.failpoints import failpoint
from servers.connecting import open_inbox
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import MAX_MESSAGE_BYTES, Entry, Fetched, Inbox, Listing, windows
from servers.models import Folder, IncomingServer, ServerError

log = logging.getLogger(__name__)

# Poll tasks end within 60 seconds: after this many no further window is begun, and the rest is due at once.
WINDOW_BUDGET_SECONDS = 35.0
# A server that gives another UIDVALIDITY with each poll makes us fetch everything with each poll (SECURITY B065).
MOST_RESYNCS = 5


@dataclass(frozen=True)
class _Window:
    """What one window gave, and the failure that ended it early."""

    fetched: list[Fetched]
    failure: ServerFailure | None = None


@dataclass(frozen=True)
class Polled:
    """What one poll did."""

    stored_count: int
    has_more: bool


def poll(
    server_id: uuid.UUID, token: uuid.UUID, *, now: Callable[[], datetime], stored: Callable[[uuid.UUID], None]
) -> None:
    """Poll the server whose lease `token` is.

    `stored` is called with the mailbox after each window that brought something new.
    """
    server = IncomingServer.objects.select_related("mailbox").filter(pk=server_id).first()
    if server is None or not server.begin_poll(token):
        return
    try:
        with open_inbox(server.protocol, server.endpoint, server.sign_in()) as inbox:
            polled = _take_in(server, inbox, token, now=now, stored=stored)
    except ServerFailure as failure:
        ServerError.objects.record(server, failure, now=now())
        server.fail_poll(token, str(failure), now=now())
        log.info("poll of %s failed: %s", server.pk, failure)
        return
    except storing.LeaseLost as lost:
        log.warning("%s", lost)
        return
    except Exception:
        # Our own error is in the log; the server waits as after any failure, instead of being tried without end.
        server.fail_poll(token, "mailhub could not finish the poll, because of an error of its own.", now=now())
        raise
    server.end_poll(token, now=now(), more=polled.has_more)


def _take_in(
    server: IncomingServer,
    inbox: Inbox,
    token: uuid.UUID,
    *,
    now: Callable[[], datetime],
    stored: Callable[[uuid.UUID], None],
) -> Polled:
    began = time.monotonic()
    folder, _created = Folder.objects.get_or_create(tenant_id=server.tenant_id, server=server, name="INBOX")
    listing = inbox.list_new(folder.cursor)
    _follow_uidvalidity(server, folder, listing)
    known = _known_identities(server, folder, listing.entries)
    new = [entry for entry in listing.entries if entry.identity not in known]
    _report_too_large(server, new, now=now())
    removable: list[Entry] = []
    stored_count, out_of_time = 0, False
    for window in windows([entry for entry in new if not entry.is_too_large]):
        if time.monotonic() - began > WINDOW_BUDGET_SECONDS:
            out_of_time = True
            break
        taken = _fetch(server, folder, inbox, window, now=now())
        if taken.fetched:
            count = storing.store(server, folder, taken.fetched, token=token, now=now())
            stored_count += count
            if count:
                stored(server.mailbox_id)
        if taken.failure is not None:
            raise taken.failure
        failpoint("poll.stored")
        removable += _removable(server, taken.fetched)
    _remove(server, folder, inbox, removable, now=now())
    if not out_of_time:
        _skip_over(folder, new)
    return Polled(stored_count=stored_count, has_more=out_of_time or listing.has_more)


_PENDING = MessageOrigin.Removal.PENDING


def _follow_uidvalidity(server: IncomingServer, folder: Folder, listing: Listing) -> None:
    """Start the folder anew when the server numbered it anew; content recognises what is stored already.

    Raises ServerFailure when that happens again and again, until the server gives one UIDVALIDITY twice.
    """
    if listing.uidvalidity == folder.uidvalidity and not 0 < listing.uidnext <= folder.last_uid:
        if folder.last_uid and folder.resync_count:
            folder.resync_count = 0
            folder.save(update_fields=["resync_count"])
        return
    has_reused_uids = folder.uidvalidity > 0 and listing.uidvalidity == folder.uidvalidity
    if has_reused_uids and folder.resync_count >= MOST_RESYNCS:
        raise _renumbering(f"The server gave UIDs a second time {folder.resync_count} times.")
    if has_reused_uids:
        # Its UIDs name other messages by now (SECURITY B066): what was stored under them must not count as known.
        MessageOrigin.objects.filter(folder=folder, uidvalidity=folder.uidvalidity).delete()
    if folder.uidvalidity:
        folder.resync_count += 1
    folder.uidvalidity = listing.uidvalidity
    folder.last_uid = 0
    folder.save(update_fields=["uidvalidity", "last_uid", "resync_count"])
    if has_reused_uids:
        raise _renumbering("The server gives UIDs again that other messages had (RFC 9051 §2.3.1.1).")
    if folder.resync_count > MOST_RESYNCS:
        raise _renumbering(f"The server changed UIDVALIDITY {folder.resync_count} times.")


def _renumbering(words: str) -> ServerFailure:
    return ServerFailure(
        Operation.OPEN_FOLDER,
        FailureKind.PROTOCOL,
        words,
        advice="The server renumbers its messages; if it goes on, ask its administrator, or use POP3.",
    )


def _known_identities(server: IncomingServer, folder: Folder, entries: Sequence[Entry]) -> set[str]:
    """Return the identities of what is stored already and stays on the server.

    What is to be removed, or was, does not count: if it is listed all the same, it is fetched, recognised by content
    and removed again. A name alone removes nothing, because a POP3 server may give it to the next message once the
    first is gone (RFC 1939 §7), and a worker may die before it writes down that it is.
    """
    staying = [MessageOrigin.Removal.KEEP, _PENDING] if server.copy_mail else [MessageOrigin.Removal.KEEP]
    origins = MessageOrigin.objects.filter(folder=folder, uidvalidity=folder.uidvalidity, removal__in=staying)
    if folder.uidvalidity:
        origins = origins.filter(identity__in=[entry.identity for entry in entries])
    return set(origins.values_list("identity", flat=True))


def _fetch(server: IncomingServer, folder: Folder, inbox: Inbox, window: Sequence[Entry], *, now: datetime) -> _Window:
    """Fetch a window; a message that the server refuses to give keeps none of the others back.

    Where a cursor moves over it, only one that is refused for good is passed over: any other comes with a later poll.
    """
    try:
        return _Window(list(inbox.fetch(window)))
    except ServerFailure as failure:
        if not inbox.is_usable or len(window) == 1:
            return _Window([], failure)
    fetched: list[Fetched] = []
    refusals: list[ServerFailure] = []
    for entry in window:
        try:
            fetched += inbox.fetch([entry])
        except ServerFailure as failure:
            if not inbox.is_usable or (folder.uidvalidity and failure.kind != FailureKind.PERMANENT):
                return _Window(fetched, failure)
            refusals.append(failure)
    if not fetched:
        return _Window([], refusals[-1])
    for refusal in refusals:
        ServerError.objects.record(server, refusal, now=now)
    return _Window(fetched)


def _report_too_large(server: IncomingServer, entries: Sequence[Entry], *, now: datetime) -> None:
    for entry in entries:
        if entry.is_too_large:
            failure = ServerFailure(
                Operation.FETCH,
                FailureKind.PERMANENT,
                f"Message {entry.identity or entry.number} has {entry.size} octets; the limit is {MAX_MESSAGE_BYTES}.",
                advice="It stays on the server; read it there.",
            )
            ServerError.objects.record(server, failure, now=now)


def _removable(server: IncomingServer, fetched: Sequence[Fetched]) -> list[Entry]:
    """Return what may be removed now, each under the identity that its origin has."""
    if server.copy_mail:
        return []
    return [replace(one.entry, identity=storing.identity_of(one.entry, one.raw)) for one in fetched]


def _remove(server: IncomingServer, folder: Folder, inbox: Inbox, entries: Sequence[Entry], *, now: datetime) -> None:
    """Remove from the server what is stored here, plus what an earlier poll could not remove any more."""
    left_over = MessageOrigin.objects.filter(folder=folder, removal=_PENDING, uidvalidity=folder.uidvalidity)
    # Two messages of the same content have one origin where the server names neither: both go.
    pending = list(entries)
    if folder.uidvalidity and not server.copy_mail:
        listed = {entry.identity for entry in entries}
        uids = left_over.values_list("identity", flat=True)
        pending += [Entry(identity=uid, size=0, uid=int(uid)) for uid in uids if uid not in listed]
    if not pending:
        return
    failpoint("poll.before_remove")
    try:
        removed = inbox.remove(pending)
        failpoint("poll.before_quit")
        inbox.commit_removals()
    except ServerFailure as failure:
        # Everything is stored, so the poll worked; the next one tries to remove again.
        ServerError.objects.record(server, failure, now=now)
        log.info("removing from %s failed: %s", server.pk, failure)
        return
    left_over.filter(identity__in=[entry.identity for entry in removed if entry.identity]).update(
        removal=MessageOrigin.Removal.DONE
    )


def _skip_over(folder: Folder, new: Sequence[Entry]) -> None:
    """Move the cursor over entries that gave no message (too large, or gone), once all before them are stored."""
    last_uid = max((entry.uid for entry in new), default=0)
    if last_uid > folder.last_uid:
        folder.last_uid = last_uid
        folder.save(update_fields=["last_uid"])
