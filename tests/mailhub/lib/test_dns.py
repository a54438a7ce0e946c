"""Look-ups against a name server that says what a test wants."""

import time

import pytest
from pytest_django import Settings

from mailhub.lib import dns
from mailhub.lib.dns import DnsFailure, MailExchange, Service
from tests.mailhub.lib.name_servers import SERVFAIL, SILENT, name_server


def test_mail_exchanges_come_in_the_order_of_their_preference(settings: Settings) -> None:
    with name_server({"acme.example MX": ["20 MX2.acme.example.", "10 mx1.acme.example."]}, settings):
        found = dns.mail_exchanges("acme.example")

    assert found == [MailExchange(10, "mx1.acme.example"), MailExchange(20, "mx2.acme.example")]


def test_a_domain_that_takes_no_mail_says_so_with_an_empty_host(settings: Settings) -> None:
    with name_server({"acme.example MX": ["0 ."]}, settings):
        found = dns.mail_exchanges("acme.example")

    assert found == [MailExchange(0, "")]


def test_services_come_by_priority_and_then_by_weight(settings: Settings) -> None:
    records = ["10 1 993 light.example.", "10 9 993 heavy.example.", "0 0 993 first.example."]
    with name_server({"_imaps._tcp.acme.example SRV": records}, settings):
        found = dns.services("_imaps._tcp.acme.example")

    assert [service.host for service in found] == ["first.example", "heavy.example", "light.example"]
    assert found[0] == Service(0, 0, 993, "first.example")


def test_the_strings_of_a_text_are_joined(settings: Settings) -> None:
    with name_server({"acme.example TXT": ['"v=spf1 include:a" ".example -all"', '"other"']}, settings):
        found = dns.texts("acme.example")

    assert sorted(found) == ["other", "v=spf1 include:a.example -all"]


def test_a_name_that_is_not_there_has_no_records(settings: Settings) -> None:
    with name_server({}, settings):
        found = dns.texts("nowhere.example")

    assert found == []


def test_a_name_without_records_of_this_kind_has_none(settings: Settings) -> None:
    with name_server({"acme.example TXT": ['"x"']}, settings):
        found = dns.mail_exchanges("acme.example")

    assert found == []


def test_a_name_server_that_fails_is_a_failure(settings: Settings) -> None:
    with (
        name_server({"acme.example MX": SERVFAIL}, settings),
        pytest.raises(DnsFailure, match="could not answer") as caught,
    ):
        dns.mail_exchanges("acme.example", timeout=1)

    assert caught.value.name == "acme.example"


def test_a_silent_name_server_ends_at_the_timeout(settings: Settings) -> None:
    began = time.monotonic()

    with name_server({"acme.example MX": SILENT}, settings), pytest.raises(DnsFailure, match="in time"):
        dns.mail_exchanges("acme.example", timeout=0.3)

    assert time.monotonic() - began < 3


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "acme..example", "\ud800.example"])
def test_what_is_no_name_is_a_failure(name: str, settings: Settings) -> None:
    with name_server({}, settings), pytest.raises(DnsFailure, match="could not be looked up"):
        dns.texts(name)
