"""Fetches a window so that a message which the server refuses to give keeps none of the others back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailboxes.polling.sessions import Session
from servers.failures import FailureKind, ServerFailure
from servers.inbox import Entry, Fetched, Inbox

# Where nothing came at all, so many messages may be bad each by itself.
MOST_REFUSED_TOGETHER = 5


@dataclass(frozen=True)
class Taken:
    """What one window gave, what was refused of it, and the failure that ended it early."""

    fetched: list[Fetched] = field(default_factory=list)
    refused: list[tuple[Entry, ServerFailure]] = field(default_factory=list)
    failure: ServerFailure | None = None


def fetch(session: Session, window: Sequence[Entry]) -> Taken:
    """Fetch a window; where the server refuses, fetch one by one.

    A server that gives nothing at all of many has a trouble of its own, and so has one that says it will pass.
    """
    try:
        return Taken(list(session.inbox.fetch(window)))
    except ServerFailure as failure:
        if not session.inbox.is_usable:
            return Taken(failure=failure)
        if len(window) == 1:
            return _without_any([(window[0], failure)])
    return _fetch_one_by_one(session.inbox, window)


def _fetch_one_by_one(inbox: Inbox, window: Sequence[Entry]) -> Taken:
    fetched: list[Fetched] = []
    refused: list[tuple[Entry, ServerFailure]] = []
    for entry in window:
        try:
            fetched += inbox.fetch([entry])
        except ServerFailure as failure:
            if not inbox.is_usable:
                return Taken(fetched, refused, failure)
            refused.append((entry, failure))
    return Taken(fetched, refused) if fetched else _without_any(refused)


def _without_any(refused: list[tuple[Entry, ServerFailure]]) -> Taken:
    are_refused_for_good = all(failure.kind != FailureKind.TRANSIENT for _entry, failure in refused)
    if refused and (len(refused) > MOST_REFUSED_TOGETHER or not are_refused_for_good):
        return Taken(failure=refused[-1][1])
    return Taken(refused=refused)
