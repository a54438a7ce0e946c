"""From an address to a proposal: all sources side by side, then ranked by how far they are to be trusted."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial

from django.conf import settings

from servers.discovery import autoconfig, autodiscover, heuristics, known, srv
from servers.discovery.findings import TRUST, Finding, FoundServer, Proposal, Source, Subject, subject_of
from servers.discovery.network import Network, ProbeFailed
from servers.discovery.providers import Provider, UsernameForm
from servers.endpoints import Protocol, Security

# Somebody is waiting in front of a form.
DISCOVERY_SECONDS = 10.0

_THREADS = 14
_MOST_ALTERNATIVES = 4

_TOO_SLOW = "Some servers took too long to answer."

Job = Callable[[Subject, Network], Finding]


def discover(address: str, *, deadline: float = DISCOVERY_SECONDS, network: Network | None = None) -> Proposal:
    """Propose servers for `address` within `deadline` seconds; what the network does never raises.

    Raises InvalidAddress when it is no address.
    """
    subject = subject_of(address)
    provider = known.find_by_domain(subject.domain)
    if provider is not None:
        return _proposal_of(provider, Source.BUILT_IN, subject)
    findings = _findings(subject, network or Network(deadline_seconds=deadline), deadline)
    for finding in findings:
        if finding.provider is not None:
            return _proposal_of(finding.provider, Source.MAIL_EXCHANGE, subject)
    found = ranked([server for finding in findings for server in finding.servers])
    return Proposal(
        subject,
        incoming=tuple(server for server in found if server.is_incoming)[:_MOST_ALTERNATIVES],
        outgoing=tuple(server for server in found if not server.is_incoming)[:_MOST_ALTERNATIVES],
        failures=tuple(dict.fromkeys(words for finding in findings for words in finding.failures)),
    )


def ranked(servers: Iterable[FoundServer]) -> list[FoundServer]:
    """Return the best first: by trust, then IMAP before POP3, then by encryption; each place once.

    Where there is an encrypted server in a direction, no unencrypted one is proposed in it.
    """
    best: dict[tuple[str, str, int], FoundServer] = {}
    for server in sorted(servers, key=_rank):
        best.setdefault((server.service, server.endpoint.host, server.endpoint.port), server)
    encrypted_directions = {server.is_incoming for server in best.values() if server.is_encrypted}
    if not settings.PLAINTEXT_SERVERS_ALLOWED:
        encrypted_directions = {True, False}
    return [one for one in best.values() if one.is_encrypted or one.is_incoming not in encrypted_directions]


_SECURITY_RANK = {Security.TLS: 0, Security.STARTTLS: 1, Security.NONE: 2}


def _rank(server: FoundServer) -> tuple[int, bool, bool, int]:
    return (
        TRUST[server.source],
        not server.is_encrypted,
        server.service == Protocol.POP3,
        _SECURITY_RANK[server.endpoint.security],
    )


def _proposal_of(provider: Provider, source: Source, subject: Subject) -> Proposal:
    servers = [
        FoundServer(service, endpoint, _username(provider, service, subject), source)
        for service, endpoint in provider.endpoints()
    ]
    return Proposal(
        subject,
        incoming=tuple(server for server in servers if server.is_incoming),
        outgoing=tuple(server for server in servers if not server.is_incoming),
        provider=provider,
    )


def _username(provider: Provider, service: str, subject: Subject) -> str:
    is_short = service == Protocol.IMAP and provider.imap_username == UsernameForm.LOCAL_PART
    return subject.local_part if is_short else subject.address


def _findings(subject: Subject, network: Network, deadline: float) -> list[Finding]:
    """Ask all sources side by side; a provider that is known ends the search."""
    ends_at = time.monotonic() + deadline
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="discovery")
    futures = [pool.submit(_finding, job, subject, network) for job in _jobs()]
    pending = set(futures)
    try:
        while pending:
            done, pending = wait(pending, timeout=max(ends_at - time.monotonic(), 0), return_when=FIRST_COMPLETED)
            if not done or any(future.result().provider is not None for future in done):
                break
    finally:
        # What still runs ends by itself, at the latest when its own question does.
        network.stop()
        pool.shutdown(wait=False, cancel_futures=True)
    # In the order of the jobs, so that equal findings do not change places from one search to the next.
    findings = [future.result() for future in futures if future not in pending]
    return [*findings, Finding(failures=(_TOO_SLOW,))] if pending else findings


def _jobs() -> Sequence[Job]:
    return [
        heuristics.find_provider,
        *(partial(srv.find, label, service, security) for label, service, security in srv.SERVICES),
        *(partial(autoconfig.find, address) for address in autoconfig.ADDRESSES),
        *(partial(autodiscover.find, address) for address in autodiscover.ADDRESSES),
        *(partial(heuristics.guess, service, labels) for service, labels in heuristics.USUAL_NAMES),
    ]


def _finding(job: Job, subject: Subject, network: Network) -> Finding:
    try:
        return job(subject, network)
    except ProbeFailed as failure:
        return Finding(failures=(str(failure),))
