"""SPEC M29: which servers SPF lets send (RFC 7208), and what to publish."""

import pytest
from pytest_django import Settings

from servers.sender_health.report import State
from tests.mailhub.lib.name_servers import SERVFAIL, Records
from tests.servers.sender_health import FASTMAIL_SPF, UNKNOWN_HOST, health_of, spf_of


def test_spf_that_covers_the_sender_is_good(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 include:spf.messagingengine.com ~all", "another text")

    assert check.state == State.OK
    assert check.record == "v=spf1 include:spf.messagingengine.com ~all"
    assert "covers Fastmail" in check.explanation
    assert check.publish == ()


def test_spf_covers_the_sender_through_what_it_includes(settings: Settings) -> None:
    more = {"mail.acme.example TXT": ['"v=spf1 include:spf.messagingengine.com -all"']}

    check = spf_of(settings, "v=spf1 include:mail.acme.example -all", more=more)

    assert check.state == State.OK


def test_missing_spf_says_what_to_publish(settings: Settings) -> None:
    check = spf_of(settings, "no policy")

    assert check.state == State.MISSING
    assert check.record == ""
    assert [(one.name, one.type, one.value) for one in check.publish] == [
        ("acme.example", "TXT", "v=spf1 include:spf.messagingengine.com ~all")
    ]


def test_missing_spf_of_a_server_of_ones_own_names_the_server(settings: Settings) -> None:
    check = spf_of(settings, host=UNKNOWN_HOST)

    assert check.publish[0].value == "v=spf1 mx a:smtp.acme.example ~all"


@pytest.mark.parametrize(("host", "mechanism"), [("192.0.2.7", "ip4:192.0.2.7"), ("2001:db8::7", "ip6:2001:db8::7")])
def test_missing_spf_of_a_server_that_is_an_address_names_the_address(
    host: str, mechanism: str, settings: Settings
) -> None:
    check = spf_of(settings, host=host)

    assert check.publish[0].value == f"v=spf1 mx {mechanism} ~all"


def test_spf_that_does_not_cover_the_sender_is_extended(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 mx ip4:192.0.2.1 -all")

    assert check.state == State.WARNING
    assert "does not cover Fastmail" in check.explanation
    assert check.publish[0].value == "v=spf1 mx ip4:192.0.2.1 include:spf.messagingengine.com -all"


def test_whether_spf_covers_a_server_that_nobody_knows_is_not_claimed(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 mx -all", host=UNKNOWN_HOST)

    assert check.state == State.OK
    assert "cannot be seen from here" in check.explanation


def test_several_spf_records_are_joined(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 mx -all", "v=spf1 include:spf.messagingengine.com ~all")

    assert check.state == State.WARNING
    assert "2 SPF records" in check.explanation
    words = check.publish[0].value.split()
    assert (words[0], words[-1]) == ("v=spf1", "~all")
    assert sorted(words[1:-1]) == ["include:spf.messagingengine.com", "mx"]


@pytest.mark.parametrize("end", ["+all", "all"])
def test_spf_that_allows_everybody_is_a_warning(end: str, settings: Settings) -> None:
    check = spf_of(settings, f"v=spf1 include:spf.messagingengine.com {end}")

    assert check.state == State.WARNING
    assert "every server in the world" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


@pytest.mark.parametrize("end", [" ?all", ""])
def test_spf_that_leaves_the_others_open_is_a_warning(end: str, settings: Settings) -> None:
    check = spf_of(settings, f"v=spf1 include:spf.messagingengine.com{end}")

    assert check.state == State.WARNING
    assert "leaves open" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


def test_a_redirect_says_what_holds_for_the_others(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 redirect=spf.messagingengine.com")

    assert check.state == State.OK


def _tree(include_count: int) -> dict[str, Records]:
    """Return records each of which includes the next."""
    records: dict[str, Records] = {f"n{include_count}.example TXT": ['"v=spf1 ip4:192.0.2.1 ~all"']}
    for one in range(1, include_count):
        records[f"n{one}.example TXT"] = [f'"v=spf1 include:n{one + 1}.example ~all"']
    return records


@pytest.mark.parametrize(("include_count", "state"), [(9, State.OK), (10, State.WARNING)])
def test_spf_may_cost_ten_look_ups(include_count: int, state: State, settings: Settings) -> None:
    check = spf_of(
        settings, "v=spf1 include:spf.messagingengine.com include:n1.example -all", more=_tree(include_count)
    )

    assert check.state == state
    assert ("more than 10 look-ups" in check.explanation) == (state == State.WARNING)


def test_mechanisms_that_look_something_up_are_counted(settings: Settings) -> None:
    costly = " ".join(
        ["a", "mx", "a:b.example", "mx/24", "exists:%{i}.example", "ptr", "-a", "~mx", "?a", "mx:c.example"]
    )

    check = spf_of(settings, f"v=spf1 include:spf.messagingengine.com {costly} -all")

    assert "more than 10 look-ups" in check.explanation


def test_records_that_include_each_other_end(settings: Settings) -> None:
    more = {"loop.example TXT": ['"v=spf1 include:acme.example include:loop.example ~all"']}

    check = spf_of(settings, "v=spf1 include:loop.example include:spf.messagingengine.com ~all", more=more)

    assert check.state == State.OK


def test_an_include_without_a_record_is_a_warning(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 include:gone.example include:spf.messagingengine.com ~all")

    assert check.state == State.WARNING
    assert "gone.example, which has no valid record" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


def test_an_include_that_cannot_be_looked_up_is_not_judged(settings: Settings) -> None:
    check = spf_of(settings, "v=spf1 include:slow.example ~all", more={"slow.example TXT": SERVFAIL})

    assert check.state == State.UNKNOWN
    assert check.publish == ()


def test_spf_is_that_of_the_bounce_address(settings: Settings) -> None:
    records = {"bounces.example TXT": ['"v=spf1 include:spf.messagingengine.com -all"']} | FASTMAIL_SPF

    check = health_of(records, settings, mail_from="x@bounces.example").checks[0]

    assert (check.state, check.name) == (State.OK, "bounces.example")
