"""All mailboxes that sequences send from, with their outgoing servers, limits and what left today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from sequences.limits.allowances import Limits
from sequences.limits.periods import date_of
from sequences.limits.quotas import Quotas
from sequences.limits.ramps import day_limit, full_on, is_ramping
from sequences.limits.showing import Used
from sequences.models import SendingCount, SendingLimit
from servers.models import OutgoingServer


@dataclass(frozen=True)
class ServerLine:
    """An outgoing server: what somebody set for it, what holds for its sign-in, and who shares that."""

    server: OutgoingServer
    own: SendingLimit | None
    own_words: str
    holds: Limits
    used: Used
    shared_with: tuple[OutgoingServer, ...]
    # Of its own limit, today; None for no limit, and without one.
    own_today: int | None
    is_limited_by_others: bool

    @property
    def has_default(self) -> bool:
        """Whether nobody set a limit for any server with this sign-in."""
        return self.own is None and not self.is_limited_by_others

    @property
    def is_lowered(self) -> bool:
        """Whether a limit of another server with the same sign-in is what holds a day."""
        if self.used.limit is None or not self.is_limited_by_others:
            return False
        return self.own is None or self.own_today != self.used.limit


@dataclass(frozen=True)
class MailboxLine:
    """A mailbox with its servers; `limit` is what may leave from it today, None for no limit."""

    mailbox: Mailbox
    own: SendingLimit | None
    own_words: str
    used: int
    limit: int | None
    servers: tuple[ServerLine, ...]


def overview_of(membership: Membership, *, now: datetime) -> list[MailboxLine]:
    """Return the marketing mailboxes that this person sees, and others that have a limit; eight queries."""
    quotas = Quotas.loaded(now=now)
    limited = SendingLimit.objects.filter(Q(mailbox=OuterRef("pk")) | Q(server__mailbox=OuterRef("pk")))
    seen = Mailbox.objects.visible_to(membership).filter(deleted_at=None)
    mailboxes = list(seen.filter(Q(kind=Mailbox.Kind.MARKETING) | Exists(limited)).order_by("name", "id"))
    lines = server_lines(_servers_of(mailboxes), quotas)
    by_mailbox: defaultdict[object, list[ServerLine]] = defaultdict(list)
    for line in lines:
        by_mailbox[line.server.mailbox_id].append(line)
    counts = quotas.counts(SendingCount.Scope.MAILBOX, [str(one.pk) for one in mailboxes])
    today = date_of(quotas.today)
    return [_mailbox_line(one, by_mailbox[one.pk], counts.get(str(one.pk), 0), quotas, today) for one in mailboxes]


def server_lines(servers: Listed[OutgoingServer], quotas: Quotas) -> list[ServerLine]:
    """Return a line for each of these; who shares a sign-in is named as far as it is among them."""
    used = quotas.used_by_sign_in(servers)
    sharing: defaultdict[str, list[OutgoingServer]] = defaultdict(list)
    for one in servers:
        sharing[quotas.sign_in(one).key].append(one)
    lines = []
    for one in servers:
        key, own, holds = quotas.sign_in(one).key, quotas.set_for(one), quotas.of_sign_in(one)
        others = tuple(other for other in sharing[key] if other.pk != one.pk)
        today = date_of(quotas.today)
        lines.append(
            ServerLine(
                server=one,
                own=own,
                own_words=limit_in_words(own, today),
                holds=holds,
                used=Used(*used[key], limit=holds.per_day),
                shared_with=others,
                own_today=day_limit(own, today) if own is not None else None,
                is_limited_by_others=any(quotas.set_for(other) is not None for other in others),
            )
        )
    return lines


def limit_in_words(limit: SendingLimit | None, today: date) -> str:
    """Return for instance "200 a day, 10 a minute"; "" where nobody set one."""
    if limit is None:
        return ""
    parts = [
        f"{count:,} {word}"
        for count, word in ((limit.per_day, "a day"), (limit.per_minute, "a minute"))
        if count is not None
    ]
    words = ", ".join(parts) or "no limit"
    if is_ramping(limit, today):
        full = full_on(limit)
        until = f" until {full.day} {full:%b %Y}" if full is not None else ""
        words += f"; ramped up{until}, {day_limit(limit, today):,} today"
    return words


def _servers_of(mailboxes: list[Mailbox]) -> list[OutgoingServer]:
    rows = OutgoingServer.objects.filter(mailbox__in=mailboxes).select_related("mailbox")
    return list(rows.order_by("-is_default", "from_address", "id"))


def _mailbox_line(mailbox: Mailbox, servers: list[ServerLine], used: int, quotas: Quotas, today: date) -> MailboxLine:
    own = quotas.set_for_mailbox(mailbox.pk)
    limit = day_limit(own, today) if own is not None else None
    return MailboxLine(mailbox, own, limit_in_words(own, today), used, limit, tuple(servers))
