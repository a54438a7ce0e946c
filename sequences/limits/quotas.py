"""All limits of an account at once, for screens and forecasts."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sequences.limits.allowances import Limits, mailbox_limits, sign_in_limits
from sequences.limits.other_mail import other_mail_by_server
from sequences.limits.periods import Period, date_of, day_of
from sequences.limits.sign_ins import SharedSignIn
from sequences.models import SendingCount, SendingLimit
from sequences.schedule.rules import SendingRules, rules_in_scope
from servers.models import OutgoingServer

_SERVER_FIELDS = ("id", "tenant_id", "mailbox_id", "host", "port", "username", "authenticate", "transport")


@dataclass(frozen=True)
class Quotas:
    """The limits of the tenant whose scope is open, as they stood at one moment."""

    rules: SendingRules
    today: Period
    servers: tuple[OutgoingServer, ...]
    _sign_ins: dict[uuid.UUID, SharedSignIn]
    _server_limits: dict[str, list[SendingLimit]]
    _mailbox_limits: dict[uuid.UUID, SendingLimit]

    @classmethod
    def loaded(cls, *, now: datetime) -> Self:
        """Load them in three queries."""
        rules = rules_in_scope()
        servers = tuple(OutgoingServer.objects.only(*_SERVER_FIELDS))
        sign_ins = {one.pk: SharedSignIn.of(one) for one in servers}
        server_limits: defaultdict[str, list[SendingLimit]] = defaultdict(list)
        mailbox_limits = {}
        for limit in SendingLimit.objects.all():
            if limit.mailbox_id is not None:
                mailbox_limits[limit.mailbox_id] = limit
            elif limit.server_id in sign_ins:
                server_limits[sign_ins[limit.server_id].key].append(limit)
        return cls(rules, day_of(now, rules.zone), servers, sign_ins, dict(server_limits), mailbox_limits)

    def sign_in(self, server: OutgoingServer) -> SharedSignIn:
        return self._sign_ins[server.pk]

    def sharing(self, server: OutgoingServer) -> int:
        """Return how many servers have the sign-in of this one, itself among them."""
        return list(self._sign_ins.values()).count(self.sign_in(server))

    def set_for(self, server: OutgoingServer) -> SendingLimit | None:
        """Return the limit that somebody set for this very server."""
        limits = self._server_limits.get(self.sign_in(server).key, [])
        return next((one for one in limits if one.server_id == server.pk), None)

    def set_for_mailbox(self, mailbox_id: uuid.UUID) -> SendingLimit | None:
        return self._mailbox_limits.get(mailbox_id)

    def of_sign_in(self, server: OutgoingServer, on: date | None = None) -> Limits:
        """Return what holds for the sign-in of the server, today or on another day."""
        return sign_in_limits(self._server_limits.get(self.sign_in(server).key, []), on or date_of(self.today))

    def of_mailbox(self, server: OutgoingServer, on: date | None = None) -> Limits:
        """Return likewise what holds for the mailbox of the server."""
        return mailbox_limits(self._mailbox_limits.get(server.mailbox_id), on or date_of(self.today))

    def used_by_sign_in(self, servers: Iterable[OutgoingServer]) -> dict[str, tuple[int, int]]:
        """Return by key of a sign-in what left today: of sequences, and other mail; two queries."""
        keys = {self.sign_in(one).key for one in servers}
        counts = self.counts(SendingCount.Scope.SIGN_IN, keys)
        other: Counter[str] = Counter()
        sharing = [one for one in self.servers if self.sign_in(one).key in keys]
        for server_id, count in other_mail_by_server(sharing, self.today).items():
            other[self._sign_ins[server_id].key] += count
        return {key: (counts.get(key, 0), other[key]) for key in keys}

    def counts(self, scope: SendingCount.Scope, keys: Iterable[str]) -> dict[str, int]:
        """Return what was counted today by key."""
        rows = SendingCount.objects.filter(scope=scope, key__in=list(keys), period=self.today.name)
        return dict(rows.values_list("key", "count"))
