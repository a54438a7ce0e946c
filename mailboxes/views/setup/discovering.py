"""Looks for the servers of an address while its mailbox is added (SPEC M16). No transaction is open meanwhile."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from mailboxes.forms.adding import INCOMING, OUTGOING
from mailboxes.forms.asking import AddressForm
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers import throttling
from servers.discovery.discover import discover
from servers.discovery.findings import FoundServer, InvalidAddress, Proposal
from servers.endpoints import Protocol

_MOST_FAILURES = 4


@dataclass(frozen=True)
class ShownServer:
    """A found server as the page shows it; `fields` are the form fields that it fills in, as JSON."""

    direction: str
    service: str
    host: str
    port: int
    security: str
    source: str
    fields: str


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def discovery(request: TenantRequest) -> HttpResponse:
    """Propose servers for an address; static/js/discovery.js fills in what nobody touched."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _answer(request, {"kind": "incomplete"}, status=422)
    if not throttling.admit_test(request.principal.user.pk):
        response = _answer(request, {"kind": "too_many"}, status=429)
        response.headers["Retry-After"] = str(throttling.WINDOW_SECONDS)
        return response
    try:
        proposal = discover(form.cleaned_data["address"])
    except InvalidAddress:
        return _answer(request, {"kind": "incomplete"}, status=422)
    return _answer(request, _shown(proposal), status=200)


def _answer(request: TenantRequest, context: Mapping[str, object], *, status: int) -> HttpResponse:
    return render(request, "mailboxes/setup/_discovery_result.html", context, status=status)


def _shown(proposal: Proposal) -> dict[str, object]:
    servers = [*_servers(INCOMING, proposal.incoming), *_servers(OUTGOING, proposal.outgoing)]
    return {
        "kind": "found" if servers else "without_servers" if proposal.provider else "nothing",
        "domain": proposal.subject.domain,
        "provider": proposal.provider,
        "servers": servers,
        "failures": proposal.failures[:_MOST_FAILURES],
    }


def _servers(direction: str, found: Iterable[FoundServer]) -> list[ShownServer]:
    return [
        ShownServer(
            direction=direction,
            service=Protocol(one.service).label if one.is_incoming else "SMTP",
            host=one.endpoint.host,
            port=one.endpoint.port,
            security=str(one.endpoint.security.label),
            source=str(one.source.label),
            fields=json.dumps(_fields(direction, one)),
        )
        for one in found
    ]


def _fields(direction: str, server: FoundServer) -> dict[str, str]:
    """Return the values by the names of the form's fields, in the order in which they are filled in."""
    values = {"protocol": server.service} if server.is_incoming else {}
    values |= {
        "security": str(server.endpoint.security),
        "host": server.endpoint.host,
        "port": str(server.endpoint.port),
        "username": server.username,
    }
    return {f"{direction}-{name}": value for name, value in values.items()}
