"""Puts copies of what was sent into the Sent folder of the mailbox's own server, each once (SPEC M28)."""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from mailboxes.models import Delivery, OutgoingMessage, SentCopy
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.blobs import BlobMissing
from servers.endpoints import Protocol
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import ListedFolder, WritableInbox
from servers.models import Folder, FolderRole, IncomingServer, ServerError
from servers.models.incoming import CopyToSent
from servers.opening import open_inbox_of
from servers.sent_copies import provider_keeps_copy
from servers.special_folders import find_folder, name_of_new_sent

log = logging.getLogger(__name__)

BATCH = 20
# Longer than a session lasts, so that a lease never ends under a living worker.
LEASE = timedelta(minutes=2)
# A provider that we do not know may do it itself: that takes seconds, and then we find its copy and add none.
PATIENCE = timedelta(seconds=20)
GIVE_UP_AFTER = timedelta(days=1)

_WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]
_MISSING = "A copy of mail that was sent is missing in the Sent folder. Everyone who should get the mail got it."
_State = SentCopy.State


def plan(outgoing: OutgoingMessage, *, now: datetime) -> SentCopy | None:
    """Note that a copy is wanted, once at least one recipient has the message; None when it is not, or is already."""
    if outgoing.origin != OutgoingMessage.Origin.PERSON or outgoing.is_confidential:
        return None
    if not outgoing.deliveries.filter(state=Delivery.State.SENT).exists():
        return None
    server = _server_for(outgoing)
    if server is None:
        return None
    copy, is_new = SentCopy.objects.get_or_create(
        tenant_id=outgoing.tenant_id,
        outgoing_message=outgoing,
        server=server,
        defaults={
            "not_before": now if server.copy_to_sent == CopyToSent.ALWAYS else now + PATIENCE,
            "created_at": now,
        },
    )
    return copy if is_new else None


def due(now: datetime) -> QuerySet[SentCopy]:
    """Return the copies that somebody should append now."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    return SentCopy.objects.filter(free, state=_State.WAITING, not_before__lte=now)


def append_due(server_id: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Append what is due to the Sent folder of one server; True when more is due and the bell should ring again."""
    server = IncomingServer.objects.polled().filter(pk=server_id, protocol=Protocol.IMAP).first()
    if server is None:
        return False
    token = uuid.uuid4()
    copies = _claim(server, token, now=now())
    if not copies:
        return False
    try:
        with open_inbox_of(server, now=now()) as inbox:
            assert isinstance(inbox, WritableInbox)
            folder = _open_sent(server, inbox)
            for copy in copies:
                _append(inbox, folder, copy, token, now=now)
    except ServerFailure as failure:
        for copy in SentCopy.objects.filter(token=token, state=_State.WAITING):
            _put_off(server, copy, token, failure, now=now())
        return False
    return due(now()).filter(server=server).exists()


def _server_for(outgoing: OutgoingMessage) -> IncomingServer | None:
    server = IncomingServer.objects.filter(
        mailbox_id=outgoing.mailbox_id, is_primary=True, is_active=True, protocol=Protocol.IMAP
    ).first()
    if server is None or server.copy_to_sent == CopyToSent.NEVER:
        return None
    is_auto = server.copy_to_sent == CopyToSent.AUTO
    if is_auto and outgoing.server is not None and provider_keeps_copy(server, outgoing.server):
        return None
    return server


def _claim(server: IncomingServer, token: uuid.UUID, *, now: datetime) -> list[SentCopy]:
    wanted = due(now).filter(server=server)
    ids = list(wanted.order_by("not_before").values_list("pk", flat=True)[:BATCH])
    if not ids or not wanted.filter(pk__in=ids).update(token=token, lease_until=Now() + LEASE):
        return []  # Another worker got there first.
    return list(SentCopy.objects.filter(token=token).select_related("outgoing_message").order_by("created_at", "id"))


def _open_sent(server: IncomingServer, inbox: WritableInbox) -> str:
    """Open the Sent folder and return its name; where there is none, one is created."""
    known = Folder.objects.filter(server=server, role=FolderRole.SENT).first()
    if known is not None and _opens(inbox, known.name):
        return known.name
    listed = inbox.find_folders()
    name = find_folder(FolderRole.SENT, listed) or _create_sent(inbox, listed)
    inbox.open_folder(name)
    return name


def _opens(inbox: WritableInbox, name: str) -> bool:
    """Open a folder that is known from earlier; False when the server has it no more."""
    try:
        inbox.open_folder(name)
    except ServerFailure as failure:
        if failure.kind != FailureKind.PERMANENT or not inbox.is_usable:
            raise
        return False
    return True


def _create_sent(inbox: WritableInbox, listed: Sequence[ListedFolder]) -> str:
    name = name_of_new_sent(listed)
    try:
        inbox.create_folder(name)
    except ServerFailure:
        if not inbox.is_usable:
            raise
        # Another worker may have created it in this moment.
        found = find_folder(FolderRole.SENT, inbox.find_folders())
        if found is None:
            raise
        return found
    return name


def _append(
    inbox: WritableInbox, folder: str, copy: SentCopy, token: uuid.UUID, *, now: Callable[[], datetime]
) -> None:
    """Append one copy, unless it is there. Raises ServerFailure when the session is over."""
    outgoing = copy.outgoing_message
    try:
        raw = outgoing.raw()
    except BlobMissing as error:
        log.exception("The bytes of outgoing message %s are missing.", outgoing.pk)
        _finish(copy, token, _State.FAILED, f"The stored bytes of the message are missing: {error}")
        return
    if not _holds_lease(copy, token):
        return
    try:
        if not _is_there(inbox, outgoing):
            inbox.append(folder, raw, internaldate=outgoing.created_at)
            failpoint("append.appended")
    except ServerFailure as failure:
        if not inbox.is_usable:
            raise
        _put_off(copy.server, copy, token, failure, now=now())
        return
    _finish(copy, token, _State.DONE, "")


def _is_there(inbox: WritableInbox, outgoing: OutgoingMessage) -> bool:
    """Look for the message by each identifier that it may have: the provider's copy carries the provider's.

    Whoever died after APPEND left the copy there, so the next one finds it and adds no second.
    """
    identifiers = outgoing.identifiers.order_by("id").values_list("text", flat=True)
    return any(inbox.holds(one) for one in identifiers if "@" in one)


def _holds_lease(copy: SentCopy, token: uuid.UUID) -> bool:
    mine = SentCopy.objects.filter(pk=copy.pk, token=token, state=_State.WAITING, lease_until__gt=Now())
    return bool(mine.update(lease_until=Now() + LEASE))


def _finish(copy: SentCopy, token: uuid.UUID, state: SentCopy.State, words: str) -> None:
    mine = SentCopy.objects.filter(pk=copy.pk, token=token)
    mine.update(state=state, words=words[:600], token=None, lease_until=None)


def _put_off(
    server: IncomingServer, copy: SentCopy, token: uuid.UUID, failure: ServerFailure, *, now: datetime
) -> None:
    """Try again later; after a day the copy is given up, and stands with the errors of the server."""
    if now - copy.created_at > GIVE_UP_AFTER:
        _finish(copy, token, _State.FAILED, failure.words)
        given_up = ServerFailure(Operation.APPEND, failure.kind, failure.words, advice=_MISSING)
        ServerError.objects.record(server, given_up, now=now)
        return
    wait = _WAITS[min(copy.attempt_count, len(_WAITS) - 1)]
    SentCopy.objects.filter(pk=copy.pk, token=token).update(
        not_before=now + wait,
        attempt_count=F("attempt_count") + 1,
        words=failure.words[:600],
        token=None,
        lease_until=None,
    )
