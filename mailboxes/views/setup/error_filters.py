"""Which errors of a mailbox a person wants to see: by server, operation, kind and period, all in the address."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from servers.failures import FailureKind, Operation
from servers.models import IncomingServer, OutgoingServer
from servers.models.errors import ServerErrorQuerySet

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_PERIOD_LABELS = {"day": "24 hours", "week": "7 days", "month": "30 days"}

Server = IncomingServer | OutgoingServer


@dataclass(frozen=True)
class Chip:
    """One choice of a filter, as a link."""

    label: str
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Choice:
    """One filter with its choices; the first takes it away."""

    label: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True)
class ErrorFilters:
    """What was chosen; "" and None stand for everything."""

    server: Server | None = None
    operation: str = ""
    kind: str = ""
    period: str = ""

    @classmethod
    def parse(cls, asked: QueryDict, servers: Iterable[Server]) -> ErrorFilters:
        """Read the query of an address; what nobody offers is left out. Raises Http404 for a server of others."""
        operation, kind, period = asked.get("operation", ""), asked.get("kind", ""), asked.get("period", "")
        return cls(
            server=find_server(asked.get("server", ""), servers),
            operation=operation if operation in Operation.values else "",
            kind=kind if kind in FailureKind.values else "",
            period=period if period in PERIODS else "",
        )

    @property
    def is_narrowed(self) -> bool:
        return self != ErrorFilters()

    @property
    def query(self) -> str:
        """What an address carries for it, without the question mark."""
        pairs = {
            "server": str(self.server.pk) if self.server else "",
            "operation": self.operation,
            "kind": self.kind,
            "period": self.period,
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    def apply(self, rows: ServerErrorQuerySet, *, now: datetime) -> Any:
        """Return the rows that were asked for."""
        if isinstance(self.server, IncomingServer):
            rows = rows.filter(incoming_server=self.server)
        if isinstance(self.server, OutgoingServer):
            rows = rows.filter(outgoing_server=self.server)
        if self.operation:
            rows = rows.filter(operation=self.operation)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.period:
            rows = rows.filter(last_at__gte=now - PERIODS[self.period])
        return rows

    def choices(self, servers: Iterable[Server], met: Iterable[tuple[str, str]]) -> list[Choice]:
        """Return the filters that tell something apart; `met` are operations and kinds of errors that there are."""
        met = list(met)
        operations = [one for one in Operation if one in {operation for operation, _kind in met}]
        kinds = [one for one in FailureKind if one in {kind for _operation, kind in met}]
        return [
            choice
            for choice in (
                self._choice("Server", "server", [(one, _label(one)) for one in servers], None),
                self._choice("Operation", "operation", [(one.value, one.label) for one in operations], ""),
                self._choice("Kind", "kind", [(one.value, one.label) for one in kinds], ""),
                self._choice("Period", "period", list(_PERIOD_LABELS.items()), ""),
            )
            # A filter with a single choice tells nothing apart, unless it is the one that was taken.
            if len(choice.chips) > 2 or any(chip.is_chosen for chip in choice.chips[1:])
        ]

    def _choice(self, label: str, name: str, values: list[tuple[Any, str]], nothing: Any) -> Choice:
        chosen = getattr(self, name)
        return Choice(
            label,
            tuple(
                Chip(words, replace(self, **{name: value}).query, is_chosen=value == chosen)
                for value, words in [(nothing, "All"), *values]
            ),
        )


def find_server(text: str, servers: Iterable[Server]) -> Server | None:
    """Return the server that an address names, None where it names none. Raises Http404 for one not among `servers`."""
    if not text:
        return None
    try:
        wanted = uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
    for server in servers:
        if server.pk == wanted:
            return server
    raise Http404


def _label(server: Server) -> str:
    way = "Incoming" if isinstance(server, IncomingServer) else "Outgoing"
    where = server.host or "the platform"
    return f"{way} {server}" if str(server) == where else f"{way} {server} ({where})"
