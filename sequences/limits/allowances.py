"""Every limit that one mail has to pass, with what stands of it where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from sequences.limits.defaults import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE
from sequences.limits.other_mail import other_mail_of
from sequences.limits.periods import Period, date_of, day_of, minute_of
from sequences.limits.ramps import day_limit, is_ramping
from sequences.limits.sign_ins import SharedSignIn
from sequences.models import SendingCount, SendingLimit
from sequences.schedule.rules import SendingRules, rules_of
from servers.models import OutgoingServer

_Scope = SendingCount.Scope


@dataclass(frozen=True)
class Intention:
    """What is about to be submitted for one enrollment, as far as limits ask."""

    tenant_id: int
    server: OutgoingServer
    recipient_domain: str
    sequence_id: uuid.UUID
    is_first_step: bool
    # How many contacts the sequence begins with on one day; None for as many as all other limits allow.
    new_per_day: int | None


@dataclass(frozen=True)
class Allowance:
    """One limit in one period; `limit` is None where mail is only counted."""

    scope: SendingCount.Scope
    key: str
    period: Period
    limit: int | None
    # When there is room again once it is used up.
    until: datetime
    # Why mail waits for it: part of a sentence after "because".
    because: str

    @property
    def place(self) -> tuple[str, str, str]:
        """What its count stands under. All who lock counts lock them in this order."""
        return (self.scope.value, self.key, self.period.name)


@dataclass(frozen=True)
class Limits:
    """What may leave through a sign-in or from a mailbox; None for no limit."""

    per_day: int | None
    per_minute: int | None
    is_ramping: bool = False


def allowances_for(intention: Intention, *, now: datetime) -> list[Allowance]:
    """Return all limits that hold for it now, with those that only count; at most four queries."""
    rules = rules_of(intention.tenant_id)
    sign_in = SharedSignIn.of(intention.server)
    limits = list(SendingLimit.objects.filter(Q(server__in=sign_in.servers()) | Q(mailbox=intention.server.mailbox_id)))
    day, minute = day_of(now, rules.zone), minute_of(now)
    of_servers = [one for one in limits if one.server_id is not None]
    of_mailbox = next((one for one in limits if one.mailbox_id is not None), None)
    return [
        *_of_sign_in(sign_in, sign_in_limits(of_servers, date_of(day)), day, minute),
        *_of_mailbox(intention.server, mailbox_limits(of_mailbox, date_of(day)), day, minute),
        *_of_others(intention, rules, day),
    ]


def sign_in_limits(limits: Iterable[SendingLimit], on: date) -> Limits:
    """Return the lowest of the limits of its servers; the defaults where none of them has any row."""
    limits = list(limits)
    if not limits:
        return Limits(DEFAULT_PER_DAY, DEFAULT_PER_MINUTE)
    by_day = [(most, is_ramping(one, on)) for one in limits if (most := day_limit(one, on)) is not None]
    per_day, ramps = min(by_day, default=(None, False))
    return Limits(per_day, _lowest(one.per_minute for one in limits), ramps)


def mailbox_limits(limit: SendingLimit | None, on: date) -> Limits:
    """Return what holds for a mailbox; without a row nothing does."""
    if limit is None:
        return Limits(None, None)
    return Limits(day_limit(limit, on), limit.per_minute, is_ramping(limit, on))


def _of_sign_in(sign_in: SharedSignIn, limits: Limits, day: Period, minute: Period) -> list[Allowance]:
    room, words = limits.per_day, ""
    if limits.per_day is not None:
        # Nothing counts it as it leaves, so it is taken off what sequences may send.
        other = min(other_mail_of(sign_in, day), limits.per_day)
        room = limits.per_day - other
        among = f", {other:,} of them other mail" if other else ""
        words = f"the {limits.per_day:,} of today through {sign_in.place}{_ramp(limits)} have left{among}"
    allowances = [Allowance(_Scope.SIGN_IN, sign_in.key, day, room, day.ends_at, words)]
    if limits.per_minute is not None:
        words = f"no more than {limits.per_minute:,} a minute leave through {sign_in.place}"
        allowances.append(_minute(_Scope.SIGN_IN, sign_in.key, limits.per_minute, words, day, minute))
    return allowances


def _of_mailbox(server: OutgoingServer, limits: Limits, day: Period, minute: Period) -> list[Allowance]:
    key, words = str(server.mailbox_id), ""
    if limits.per_day is not None:
        words = f"{server.mailbox.address} has sent its {limits.per_day:,} of today{_ramp(limits)}"
    allowances = [Allowance(_Scope.MAILBOX, key, day, limits.per_day, day.ends_at, words)]
    if limits.per_minute is not None:
        words = f"no more than {limits.per_minute:,} a minute leave from {server.mailbox.address}"
        allowances.append(_minute(_Scope.MAILBOX, key, limits.per_minute, words, day, minute))
    return allowances


def _of_others(intention: Intention, rules: SendingRules, day: Period) -> list[Allowance]:
    domain = intention.recipient_domain.lower()
    found: list[tuple[SendingCount.Scope, str, int | None, str]] = [
        (_Scope.DOMAIN, domain, rules.domain_per_day, f"{domain} has been sent its"),
        (_Scope.ACCOUNT, "", rules.per_day, "this account has sent its"),
    ]
    if intention.is_first_step:
        words = "the sequence has sent first mails to its"
        found.append((_Scope.SEQUENCE, str(intention.sequence_id), intention.new_per_day, words))
    # A row that all mail of an account has to count in is one that all workers wait for: only where it is asked.
    return [
        Allowance(scope, key, day, limit, day.ends_at, f"{words} {limit:,} of today")
        for scope, key, limit, words in found
        if limit is not None
    ]


def _minute(scope: SendingCount.Scope, key: str, limit: int, words: str, day: Period, minute: Period) -> Allowance:
    # Where nothing may leave at all, the next minute brings nothing.
    until = minute.ends_at if limit else day.ends_at
    return Allowance(scope, key, minute, limit, until, words)


def _ramp(limits: Limits) -> str:
    return " while it is ramped up" if limits.is_ramping else ""


def _lowest(limits: Iterable[int | None]) -> int | None:
    return min((one for one in limits if one is not None), default=None)
