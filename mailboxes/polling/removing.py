"""Removes from the server what is stored here: at once, or after some days (SPEC M7, M30). INBOX only."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from mailboxes import storing
from mailboxes.models import MessageOrigin
from mailboxes.polling.sessions import Session
from mailhub.lib.failpoints import failpoint
from servers.failures import ServerFailure
from servers.inbox import Entry, Fetched
from servers.models import Folder, FolderRole, ServerError

log = logging.getLogger(__name__)

# With one poll; the rest comes with the next ones.
MOST_DUE = 500

_Removal = MessageOrigin.Removal


def removable(session: Session, folder: Folder, fetched: Sequence[Fetched]) -> list[Entry]:
    """Return what may be removed now of what was just fetched, each under the identity that its origin has.

    Where copies stay for some days, only those whose time has come: POP3 fetches them once more, so that their content
    is known to be stored, because there a name alone removes nothing.
    """
    if folder.role != FolderRole.INBOX or _leaves_all(session):
        return []
    named = [replace(one.entry, identity=storing.identity_of(one.entry, one.raw)) for one in fetched]
    if not session.server.copy_mail:
        return named
    if folder.uidvalidity:
        return []
    due = _of(folder).filter(identity__in=[one.identity for one in named])
    due = due.filter(Q(removal=_Removal.DONE) | Q(remove_at__lte=session.now()))
    identities = set(due.values_list("identity", flat=True))
    return [one for one in named if one.identity in identities]


def remove(session: Session, folder: Folder, entries: Sequence[Entry]) -> None:
    """Remove from the server what is stored here, plus what an earlier poll could not remove, plus what is due by now.

    A failure is kept and is no failure of the poll: everything is stored, and the next one tries to remove again.
    """
    pending = [*entries, *_due_by_uid(session, folder, {entry.identity for entry in entries})]
    if not pending:
        return
    failpoint("poll.before_remove")
    try:
        removed = session.inbox.remove(pending)
        failpoint("poll.before_quit")
        session.inbox.commit_removals()
    except ServerFailure as failure:
        ServerError.objects.record(session.server, failure, now=session.now())
        log.info("removing from %s failed: %s", session.server.pk, failure)
        return
    # Two messages of the same content have one origin where the server names neither: both go.
    identities = [entry.identity for entry in removed if entry.identity]
    _of(folder).filter(identity__in=identities).exclude(removal=_Removal.DONE).update(removal=_Removal.DONE)


def _due_by_uid(session: Session, folder: Folder, listed: set[str | None]) -> list[Entry]:
    """Return what goes by its UID, which names one message for ever while UIDVALIDITY stays (RFC 9051 §2.3.1.1)."""
    if not folder.uidvalidity or _leaves_all(session):
        return []
    due = Q(removal=_Removal.KEEP, remove_at__lte=session.now())
    if not session.server.copy_mail:
        due |= Q(removal=_Removal.PENDING)
    uids = _of(folder).filter(due).order_by("id").values_list("identity", flat=True)[:MOST_DUE]
    return [Entry(identity=uid, size=0, uid=int(uid)) for uid in uids if uid not in listed]


def _leaves_all(session: Session) -> bool:
    return session.server.copy_mail and session.server.remove_after_days is None


def _of(folder: Folder) -> QuerySet[MessageOrigin]:
    return MessageOrigin.objects.filter(folder=folder, uidvalidity=folder.uidvalidity)
