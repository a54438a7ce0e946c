"""The built-in table is one that could be right."""

import pytest

from servers.discovery import known
from servers.discovery.table import PROVIDERS
from servers.endpoints import ALLOWED_PORTS, Security
from servers.hostnames import valid_hostname


def test_providers_offer_only_encrypted_servers_at_usual_ports() -> None:
    offers = [offer for provider in PROVIDERS for offer in provider.endpoints()]

    for service, endpoint in offers:
        assert endpoint.port in ALLOWED_PORTS[service]
        assert endpoint.security != Security.NONE
        assert endpoint.host == valid_hostname(endpoint.host)


def test_a_provider_without_servers_says_why() -> None:
    silent = [provider.name for provider in PROVIDERS if not provider.endpoints() and not provider.notes]

    assert silent == []


def test_notes_are_sentences() -> None:
    assert [note for provider in PROVIDERS for note in provider.notes if not note.endswith(".")] == []


def test_a_domain_belongs_to_one_provider() -> None:
    domains = [domain for provider in PROVIDERS for domain in provider.domains]

    assert len(domains) == len(set(domains))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("aspmx.l.google.com", "Google Workspace"),
        ("acme-example.mail.protection.outlook.com", "Microsoft 365"),
        ("mx-aol.mail.gm0.yahoodns.net", "AOL"),
        ("mta5.am0.yahoodns.net", "Yahoo"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mx01.emig.gmx.net", "GMX"),
        ("smtpin.rzone.de", "STRATO"),
        ("mx00.kundenserver.de", "IONOS"),
        ("mx.zoho.eu", "Zoho Mail (Europe)"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "Amazon WorkMail"),
        ("mail.protonmail.ch", "Proton Mail"),
    ],
)
def test_a_provider_is_known_by_its_mail_exchanges(host: str, name: str) -> None:
    provider = known.find_by_exchange(host)

    assert provider is not None
    assert provider.name == name


@pytest.mark.parametrize("host", ["", "mx.acme.example", "google.com.acme.example", "notgoogle.com"])
def test_another_mail_exchange_is_nobodys(host: str) -> None:
    assert known.find_by_exchange(host) is None
