"""Messages that the server lists and refuses to give: the cursor moves over them, and they are asked for again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.polling.sessions import Session
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Entry
from servers.models import Folder, ServerError

# A server that refuses more than these is in trouble as a whole.
MOST_REFUSED = 100
GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Refused:
    """A message that was refused, and since when."""

    entry: Entry
    since: datetime


def note(session: Session, folder: Folder, refusals: Sequence[tuple[Entry, ServerFailure]]) -> None:
    """Keep them before the cursor moves on; raises ServerFailure when they are too many.

    Without UIDs that stay (POP3) everything is listed anew with each poll, so there is nothing to remember.
    """
    new = [(entry, failure) for entry, failure in refusals if str(entry.uid) not in folder.refused]
    if not new:
        return
    if folder.uidvalidity:
        if len(folder.refused) + len(new) > MOST_REFUSED:
            raise new[-1][1]
        since = session.now().isoformat()
        _write(folder, {**folder.refused, **{str(entry.uid): [entry.size, since] for entry, _failure in new}})
    for _entry, failure in new:
        ServerError.objects.record(session.server, failure, now=session.now())


def remembered(folder: Folder) -> list[Refused]:
    """Return those that are to be asked for again."""
    return [
        Refused(Entry(identity=uid, size=size, uid=int(uid)), datetime.fromisoformat(since))
        for uid, (size, since) in folder.refused.items()
    ]


def settle(session: Session, folder: Folder, asked: Sequence[Refused], still_refused: set[int]) -> None:
    """Forget those that came, or are gone from the server, and after some days those that did not."""
    given_up = [one for one in asked if one.entry.uid in still_refused and session.now() - one.since > GIVE_UP_AFTER]
    for one in given_up:
        ServerError.objects.record(session.server, _given_up(folder, one.entry), now=session.now())
    over = {str(one.entry.uid) for one in asked if one.entry.uid not in still_refused or one in given_up}
    if over:
        _write(folder, {uid: kept for uid, kept in folder.refused.items() if uid not in over})


def _write(folder: Folder, refused: dict[str, list[object]]) -> None:
    folder.refused = refused
    Folder.objects.filter(pk=folder.pk).update(refused=refused)


def _given_up(folder: Folder, entry: Entry) -> ServerFailure:
    return ServerFailure(
        Operation.FETCH,
        FailureKind.PERMANENT,
        f"The server has refused to give message {entry.uid} of {folder.name} for {GIVE_UP_AFTER.days} days.",
        advice="It is not asked for any more and stays on the server: look at it there.",
    )
