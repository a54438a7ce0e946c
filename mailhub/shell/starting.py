"""The first steps of an account: from nothing to mail that comes in and goes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from mailboxes.models import Mailbox
from mailboxes.reply_results import Outcome, Result, results_of, worst_of
from mailhub.tenancy.models import Membership
from servers.models import IncomingServer, OutgoingServer

# The steps are shown until one mailbox works: an account with more than these has other worries.
MOST_MAILBOXES = 50


@dataclass(frozen=True)
class FirstStep:
    """One of the steps; `is_next` marks the first that is not done."""

    name: str
    is_done: bool
    is_next: bool


@dataclass(frozen=True)
class Start:
    """The steps "mailbox", "check" and "message", in order, as this person sees them.

    `mailbox` is the one that the second step is about, `receives` and `sends` its directions, `check` what its reply
    checks found. A mailbox with one direction is checked by its use: it works.
    """

    steps: tuple[FirstStep, ...]
    mailbox: Mailbox | None = None
    receives: bool = True
    sends: bool = True
    is_receiving: bool = False
    is_sending: bool = False
    check: Result | None = None

    @property
    def is_done(self) -> bool:
        return all(step.is_done for step in self.steps)


def start_of(membership: Membership, *, now: datetime) -> Start:
    """Return how far this person's mailboxes have come; the one that has come furthest speaks for all."""
    mine = Mailbox.objects.visible_to(membership)
    rows = list(
        mine.order_by("-is_active", "created_at", "id").prefetch_related(
            Prefetch("incoming_servers", IncomingServer.objects.order_by("id")),
            Prefetch("outgoing_servers", OutgoingServer.objects.order_by("id")),
        )[:MOST_MAILBOXES]
    )
    results = results_of([server for mailbox in rows for server in mailbox.outgoing_servers.all()], now=now)
    candidates = [_candidate(mailbox, [results[one.pk] for one in mailbox.outgoing_servers.all()]) for mailbox in rows]
    best = max(candidates, key=_progress, default=Start(steps=()))
    done = {
        "mailbox": bool(rows),
        "check": best.mailbox is not None and _is_proven(best),
        "message": mine.filter(first_mail_at__isnull=False).exists(),
    }
    upcoming = next((name for name, is_done in done.items() if not is_done), None)
    steps = tuple(FirstStep(name, is_done, is_next=name == upcoming) for name, is_done in done.items())
    return Start(steps, best.mailbox, best.receives, best.sends, best.is_receiving, best.is_sending, best.check)


def _candidate(mailbox: Mailbox, results: list[Result]) -> Start:
    incoming, outgoing = list(mailbox.incoming_servers.all()), list(mailbox.outgoing_servers.all())
    return Start(
        steps=(),
        mailbox=mailbox,
        receives=bool(incoming),
        sends=bool(outgoing),
        is_receiving=mailbox.is_active and _any_works(incoming),
        is_sending=mailbox.is_active and _any_works(outgoing),
        check=worst_of(results) if results else None,
    )


def _any_works(servers: Iterable[IncomingServer | OutgoingServer]) -> bool:
    """Whether it worked, and nothing has gone wrong since."""
    return any(one.is_active and one.last_success_at is not None and not one.failure_count for one in servers)


def _is_proven(start: Start) -> bool:
    works = start.is_receiving >= start.receives and start.is_sending >= start.sends
    has_servers = start.receives or start.sends
    if not (start.receives and start.sends):
        return has_servers and works
    return works and start.check is not None and start.check.outcome == Outcome.ARRIVED


def _progress(start: Start) -> tuple[bool, int]:
    return _is_proven(start), start.is_receiving + start.is_sending
