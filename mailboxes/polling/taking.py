"""Takes in one window of messages: fetch, tell old from new, store."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q

from mailboxes import storing
from mailboxes.models import MessageOrigin
from mailboxes.polling import boundaries, fetching, refusals
from mailboxes.polling.sessions import Session
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import MAX_MESSAGE_BYTES, Entry, Fetched
from servers.models import Folder, ServerError

_Removal = MessageOrigin.Removal


def take_in_window(
    session: Session, folder: Folder, window: Sequence[Entry], *, are_named_as_old: bool = False
) -> list[Fetched]:
    """Fetch and store a window; return what of it is new, which alone may be removed from the server.

    Raises ServerFailure and LeaseLost; what was stored before stays stored.
    """
    taken = fetching.fetch(session, window)
    refusals.note(session, folder, taken.refused)
    new = _store(session, folder, taken.fetched, are_named_as_old=are_named_as_old)
    if taken.failure is not None:
        raise taken.failure
    return new


def ask_again(session: Session, folder: Folder) -> None:
    """Ask once more for what the server refused to give."""
    asked = refusals.remembered(folder)
    if not asked:
        return
    still_refused: set[int] = set()
    for one in asked:
        taken = fetching.fetch(session, [one.entry])
        if taken.failure is not None and not session.inbox.is_usable:
            raise taken.failure
        if taken.refused or taken.failure is not None:
            still_refused.add(one.entry.uid)
        _store(session, folder, taken.fetched)
    refusals.settle(session, folder, asked, still_refused)


def known_identities(session: Session, folder: Folder, entries: Sequence[Entry]) -> set[str]:
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


def report_too_large(session: Session, entries: Sequence[Entry]) -> None:
    """Tell people of what is not fetched because of its size."""
    for entry in entries:
        if entry.is_too_large:
            failure = ServerFailure(
                Operation.FETCH,
                FailureKind.PERMANENT,
                f"Message {entry.identity or entry.number} has {entry.size} octets; the limit is {MAX_MESSAGE_BYTES}.",
                advice="It stays on the server; read it there.",
            )
            ServerError.objects.record(session.server, failure, now=session.now())


def _store(
    session: Session, folder: Folder, fetched: Sequence[Fetched], *, are_named_as_old: bool = False
) -> list[Fetched]:
    """Store what is new, and as an archive what was there before and is wanted; return what is new."""
    new: list[Fetched] = []
    archived: list[Fetched] = []
    for one in fetched:
        if not are_named_as_old and not boundaries.is_old(session, folder, one):
            new.append(one)
        elif boundaries.is_wanted(session.server, one):
            archived.append(replace(one, internaldate=boundaries.arrival(one)))
    for several, is_archive in ((archived, True), (new, False)):
        if several:
            _store_these(session, folder, several, is_archive=is_archive)
    return new


def _store_these(session: Session, folder: Folder, fetched: Sequence[Fetched], *, is_archive: bool) -> None:
    count = storing.store(
        session.server, folder, fetched, token=session.token, now=session.now(), is_archive=is_archive
    )
    session.stored_count += count
    if count:
        session.stored(session.server.mailbox_id)
