"""SPEC M29: the policy of DMARC (RFC 7489), and what could not be seen."""

import pytest
from pytest_django import Settings

from servers.hostnames import InvalidHostname
from servers.sender_health.checking import check_sender
from servers.sender_health.report import State
from tests.mailhub.lib.name_servers import SERVFAIL, SILENT, name_server
from tests.servers.sender_health import FASTMAIL, dmarc_of, health_of


def test_a_policy_that_protects_is_good(settings: Settings) -> None:
    record = '"v=DMARC1; p=reject; rua=mailto:reports@acme.example"'

    check = dmarc_of(settings, {"_dmarc.acme.example TXT": [record]})

    assert check.state == State.OK
    assert "refuse it" in check.explanation


def test_a_policy_that_only_reports_is_a_warning_with_the_next_step(settings: Settings) -> None:
    check = dmarc_of(settings, {"_dmarc.acme.example TXT": ['"v=DMARC1; p=none"']})

    assert check.state == State.WARNING
    assert "Nobody gets the reports" in check.explanation
    assert check.publish[0].value == "v=DMARC1; p=quarantine; rua=mailto:postmaster@acme.example"


def test_missing_policy_says_what_to_publish(settings: Settings) -> None:
    check = dmarc_of(settings, {})

    assert check.state == State.MISSING
    assert check.publish[0].name == "_dmarc.acme.example"
    assert check.publish[0].value == "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"


def test_a_subdomain_takes_the_policy_for_subdomains(settings: Settings) -> None:
    records = {"_dmarc.acme.example TXT": ['"v=DMARC1; p=none; sp=reject; rua=mailto:r@acme.example"']}
    with name_server(records, settings) as server:
        check = check_sender("ada@news.acme.example", "ada@news.acme.example", FASTMAIL).checks[2]

    assert (check.state, check.name) == (State.OK, "_dmarc.acme.example")
    assert "_dmarc.example TXT" not in server.asked


def test_several_policies_are_a_warning(settings: Settings) -> None:
    records = {"_dmarc.acme.example TXT": ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}

    check = dmarc_of(settings, records)

    assert check.state == State.WARNING
    assert "ignore all of them" in check.explanation


def test_a_policy_that_nobody_knows_is_a_warning(settings: Settings) -> None:
    check = dmarc_of(settings, {"_dmarc.acme.example TXT": ['"v=DMARC1; p=refuse"']})

    assert check.state == State.WARNING
    assert "no effect" in check.explanation


def test_a_bounce_address_elsewhere_leaves_all_to_dkim(settings: Settings) -> None:
    records = {"_dmarc.acme.example TXT": ['"v=DMARC1; p=reject; rua=mailto:r@acme.example"']}

    check = dmarc_of(settings, records, mail_from="x@bounces.example")

    assert check.state == State.WARNING
    assert "everything rests on DKIM" in check.explanation


@pytest.mark.parametrize(("aspf", "state"), [("r", State.OK), ("s", State.WARNING)])
def test_a_bounce_address_in_a_subdomain_aligns_unless_strictness_is_wanted(
    aspf: str, state: State, settings: Settings
) -> None:
    records = {"_dmarc.acme.example TXT": [f'"v=DMARC1; p=reject; aspf={aspf}; rua=mailto:r@acme.example"']}

    check = dmarc_of(settings, records, mail_from="x@bounces.acme.example")

    assert check.state == state


# --- All of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [SERVFAIL, SILENT])
def test_what_was_not_seen_is_unknown(trouble: str, settings: Settings) -> None:
    names = ("acme.example", "_dmarc.acme.example", *(f"fm{one}._domainkey.acme.example" for one in (1, 2, 3)))

    health = health_of({f"{name} TXT": trouble for name in names}, settings)

    assert [check.state for check in health.checks] == [State.UNKNOWN] * 3
    assert all(check.publish == () for check in health.checks)


def test_nobody_is_told_to_publish_in_the_domain_of_a_provider(settings: Settings) -> None:
    with name_server({}, settings):
        health = check_sender("ada@gmail.com", "ada@gmail.com", FASTMAIL, deadline_seconds=2)

    assert health.foreign_owner == "Gmail"
    assert all(check.publish == () for check in health.checks)


@pytest.mark.parametrize("address", ["", "ada", "ada@localhost", "ada@[127.0.0.1]"])
def test_an_address_without_a_domain_is_refused(address: str) -> None:
    with pytest.raises(InvalidHostname):
        check_sender(address, address, FASTMAIL)
