"""Takes in what is new in one open folder: fetch in windows, store, then remove."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from mailboxes import storing
from mailboxes.models import MessageOrigin
from mailboxes.polling import folders, removing
from mailboxes.polling.sessions import Session
from mailhub.lib.failpoints import failpoint
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import MAX_MESSAGE_BYTES, Entry, Fetched, windows
from servers.models import Folder, FolderRole, ServerError

_Removal = MessageOrigin.Removal


@dataclass(frozen=True)
class _Window:
    """What one window gave, and the failure that ended it early."""

    fetched: list[Fetched]
    failure: ServerFailure | None = None


def take_in(session: Session, folder: Folder, *, until: float) -> bool:
    """Store what is new in the open folder; True when there is more than could be fetched before `until` (monotonic).

    Raises ServerFailure and LeaseLost; what was stored before stays stored.
    """
    listing = folders.listing_of(session, folder)
    known = _known_identities(session, folder, listing.entries)
    new = [entry for entry in listing.entries if entry.identity not in known]
    _report_too_large(session, new)
    removable: list[Entry] = []
    is_out_of_time = False
    for window in windows([entry for entry in new if not entry.is_too_large]):
        if time.monotonic() > until:
            is_out_of_time = True
            break
        taken = _fetch(session, folder, window)
        if taken.fetched:
            _store(session, folder, taken.fetched)
        if taken.failure is not None:
            raise taken.failure
        failpoint("poll.stored")
        removable += removing.removable(session, folder, taken.fetched)
    if folder.role == FolderRole.INBOX:
        removing.remove(session, folder, removable)
    if not is_out_of_time:
        folders.skip_to_end(session, folder, listing)
    return is_out_of_time or listing.has_more


def _store(session: Session, folder: Folder, fetched: Sequence[Fetched]) -> None:
    count = storing.store(session.server, folder, fetched, token=session.token, now=session.now())
    session.stored_count += count
    if count:
        session.stored(session.server.mailbox_id)


def _known_identities(session: Session, folder: Folder, entries: Sequence[Entry]) -> set[str]:
    """Return the identities of what is stored already and stays on the server.

    What is to be removed, or was, does not count: if it is listed all the same, it is fetched, recognised by content
    and removed again. A name alone removes nothing, because a POP3 server may give it to the next message once the
    first is gone (RFC 1939 §7), and a worker may die before it writes down that it is. IMAP removes by UID.
    """
    if not entries:
        return set()
    server = session.server
    staying = [_Removal.KEEP, _Removal.PENDING] if server.copy_mail else [_Removal.KEEP]
    origins = MessageOrigin.objects.filter(folder=folder, uidvalidity=folder.uidvalidity, removal__in=staying)
    if folder.uidvalidity:
        origins = origins.filter(identity__in=[entry.identity for entry in entries])
    else:
        origins = origins.filter(Q(remove_at=None) | Q(remove_at__gt=session.now()))
    return set(origins.values_list("identity", flat=True))


def _fetch(session: Session, folder: Folder, window: Sequence[Entry]) -> _Window:
    """Fetch a window; a message that the server refuses to give keeps none of the others back.

    Where a cursor moves over it, only one that is refused for good is passed over: any other comes with a later poll.
    """
    inbox = session.inbox
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
        ServerError.objects.record(session.server, refusal, now=session.now())
    return _Window(fetched)


def _report_too_large(session: Session, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.is_too_large:
            failure = ServerFailure(
                Operation.FETCH,
                FailureKind.PERMANENT,
                f"Message {entry.identity or entry.number} has {entry.size} octets; the limit is {MAX_MESSAGE_BYTES}.",
                advice="It stays on the server; read it there.",
            )
            ServerError.objects.record(session.server, failure, now=session.now())
