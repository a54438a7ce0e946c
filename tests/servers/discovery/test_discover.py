"""SPEC M16: from an address to a proposal."""

import time
from pathlib import Path

import pytest
from pytest_django import Settings

from servers.discovery.discover import discover, ranked
from servers.discovery.findings import FoundServer, InvalidAddress, Source
from servers.discovery.network import MOST_PROBES, ProbeFailed
from servers.endpoints import Endpoint, Security
from tests.mailhub.lib.name_servers import SERVFAIL, SILENT
from tests.mailhub.lib.web_servers import HERE, answer
from tests.servers import scripted
from tests.servers.discovery import pages
from tests.servers.discovery.domains import ADDRESS, domain, places
from tests.servers.scripted import Conversation

MX = "acme.example MX"


def test_a_known_domain_needs_no_network(settings: Settings) -> None:
    settings.DNS_SERVERS = ["127.0.0.1:1"]

    proposal = discover("Ada.Lovelace@GMail.com")

    assert places(proposal.incoming) == ["imap imap.gmail.com:993 tls", "pop3 pop.gmail.com:995 tls"]
    assert places(proposal.outgoing) == ["smtp smtp.gmail.com:465 tls"]
    assert {server.source for server in proposal.incoming} == {Source.BUILT_IN}
    assert proposal.incoming[0].username == "Ada.Lovelace@gmail.com"
    assert proposal.provider is not None
    assert proposal.provider.oauth == "google"


def test_a_provider_may_want_the_part_before_the_at_sign() -> None:
    proposal = discover("ada@icloud.com")

    assert [server.username for server in (*proposal.incoming, *proposal.outgoing)] == ["ada", "ada@icloud.com"]


def test_a_provider_without_servers_says_so() -> None:
    proposal = discover("ada@proton.me")

    assert not proposal.is_empty
    assert proposal.incoming == ()
    assert proposal.provider is not None
    assert "Bridge" in proposal.provider.notes[0]


def test_the_provider_that_takes_the_mail_of_the_domain_is_known(settings: Settings, tmp_path: Path) -> None:
    records = {MX: ["10 acme-example.mail.protection.outlook.com."]}
    with domain(settings, tmp_path, records=records) as acme:
        proposal = acme.discover()

    assert proposal.provider is not None
    assert proposal.provider.name == "Microsoft 365"
    assert places(proposal.outgoing) == ["smtp smtp.office365.com:587 starttls"]
    assert proposal.incoming[0].source == Source.MAIL_EXCHANGE
    assert proposal.incoming[0].username == ADDRESS


def test_nothing_found_is_an_empty_proposal(settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures == ()


def test_what_could_not_be_asked_is_said(settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path, records={MX: SERVFAIL}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures == ("The name server could not answer.",)


def test_what_the_domain_says_comes_before_what_is_guessed(settings: Settings, tmp_path: Path) -> None:
    listening = {993: scripted.imap(is_encrypted=True)}
    with domain(
        settings,
        tmp_path,
        records={"_imaps._tcp.acme.example SRV": ["0 0 993 mail.acme.example."]},
        names={"imap.acme.example": [HERE], "mail.acme.example": [HERE]},
        listening=listening,
    ) as acme:
        proposal = acme.discover()

    assert places(proposal.incoming) == ["imap mail.acme.example:993 tls", "imap imap.acme.example:993 tls"]
    assert [server.source for server in proposal.incoming] == [Source.SRV, Source.GUESS]


def test_imap_comes_before_pop3_and_tls_before_starttls() -> None:
    given = [
        _server("pop3", 995, Security.TLS),
        _server("imap", 143, Security.STARTTLS),
        _server("imap", 993, Security.TLS),
    ]

    found = ranked(given)

    assert [server.endpoint.port for server in found] == [993, 143, 995]


def test_an_unencrypted_server_is_not_proposed_beside_an_encrypted_one() -> None:
    found = ranked([_server("imap", 143, Security.NONE), _server("pop3", 995, Security.TLS, Source.GUESS)])

    assert [server.service for server in found] == ["pop3"]


def test_an_unencrypted_server_is_proposed_where_there_is_no_other() -> None:
    found = ranked([_server("imap", 143, Security.NONE), _server("smtp", 465, Security.TLS)])

    assert {server.service for server in found} == {"imap", "smtp"}


def test_an_unencrypted_server_is_not_proposed_where_the_operator_forbids_it(settings: Settings) -> None:
    settings.PLAINTEXT_SERVERS_ALLOWED = False

    assert ranked([_server("imap", 143, Security.NONE)]) == []


def test_a_place_that_two_sources_name_is_proposed_once_from_the_better_one() -> None:
    found = ranked([_server("imap", 993, Security.TLS, Source.GUESS), _server("imap", 993, Security.TLS, Source.SRV)])

    assert [server.source for server in found] == [Source.SRV]


def test_the_search_asks_no_more_than_fifty_questions(settings: Settings, tmp_path: Path) -> None:
    labels = ("_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission")
    many = [f"{number} 0 {{port}} host{number}.acme.example." for number in range(40)]
    ports = {"_imaps": 993, "_imap": 143, "_pop3s": 995, "_pop3": 110, "_submissions": 465, "_submission": 587}
    records = {f"{label}._tcp.acme.example SRV": [line.format(port=ports[label]) for line in many] for label in labels}
    elements = [pages.imap(host=f"web{number}.acme.example") for number in range(100)]
    hosts = ("acme.example", "autoconfig.acme.example", "autodiscover.acme.example")
    with domain(
        settings,
        tmp_path,
        records=records,
        names={host: [HERE] for host in hosts},
        pages=pages.autoconfig(*elements),
    ) as acme:
        network = acme.network()
        discover(ADDRESS, network=network)

    assert network.probe_count <= MOST_PROBES
    assert len(acme.internet.looked_up) + len(acme.name_server.asked) <= MOST_PROBES


def test_no_question_is_asked_after_the_last_one(settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path) as acme:
        network = acme.network(most_probes=1)
        network.mail_exchanges("acme.example")

        with pytest.raises(ProbeFailed, match="after 1 question"):
            network.services("_imaps._tcp.acme.example")

    assert acme.name_server.asked == [MX]


def test_servers_that_drip_do_not_hold_the_search_beyond_its_deadline(settings: Settings, tmp_path: Path) -> None:
    def drip(conversation: Conversation) -> None:
        conversation.start_tls()
        while True:
            conversation.send(b"H")
            time.sleep(0.05)

    hosts = ("acme.example", "autoconfig.acme.example", "imap.acme.example", "mail.acme.example")
    began = time.monotonic()
    with domain(
        settings,
        tmp_path,
        records={MX: SILENT},
        names={host: [HERE] for host in hosts},
        listening=dict.fromkeys((443, 993, 465), drip),
    ) as acme:
        proposal = acme.discover(deadline=1.0)
        took = time.monotonic() - began

    assert took < 4
    assert proposal.is_empty
    assert proposal.failures


@pytest.mark.parametrize("address", ["", "ada", "ada@", "@acme.example", "ada@localhost", "ada@[127.0.0.1]", "a\0@b.c"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddress):
        discover(address)


def test_an_international_domain_is_asked_in_ascii(settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path) as acme:
        acme.discover("ada@bücher.example")

    assert "xn--bcher-kva.example MX" in acme.name_server.asked


def test_pages_of_an_inner_host_are_not_asked_for(settings: Settings, tmp_path: Path) -> None:
    """SECURITY B011: one inner address refuses the host."""
    hosts = ("acme.example", "autoconfig.acme.example", "autodiscover.acme.example")
    with domain(settings, tmp_path, names={host: [HERE, "10.0.0.5"] for host in hosts}, pages=answer(200)) as acme:
        proposal = acme.discover()

    assert acme.connection_count == 0
    assert "autoconfig.acme.example is not a host on the public internet." in proposal.failures


def _server(service: str, port: int, security: Security, source: Source = Source.AUTOCONFIG) -> FoundServer:
    return FoundServer(service, Endpoint(f"{service}.acme.example", port, security), ADDRESS, source)
