"""SPEC M29: what a domain publishes, what it means, and what to publish."""

import base64
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pytest_django import Settings

from servers.hostnames import InvalidHostname
from servers.sender_health.checking import SenderHealth, check_sender
from servers.sender_health.report import Check, State
from tests.mailhub.lib.name_servers import SERVFAIL, SILENT, Records, name_server

FROM = "ada@acme.example"
FASTMAIL, UNKNOWN_HOST = "smtp.fastmail.com", "smtp.acme.example"
FASTMAIL_SPF = {"spf.messagingengine.com TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']}
KEY_NAME = "fm1._domainkey.acme.example TXT"


def _check(
    records: Mapping[str, Records],
    settings: Settings,
    *,
    host: str = FASTMAIL,
    mail_from: str = FROM,
    selector: str = "",
) -> SenderHealth:
    with name_server(records, settings):
        return check_sender(FROM, mail_from, host, selector=selector, deadline_seconds=2)


def _spf(settings: Settings, *texts: str, more: Mapping[str, Records] | None = None, host: str = FASTMAIL) -> Check:
    records = {"acme.example TXT": [f'"{text}"' for text in texts]} | FASTMAIL_SPF | dict(more or {})
    return _check(records, settings, host=host).checks[0]


def _dkim(settings: Settings, records: Mapping[str, Records], *, host: str = FASTMAIL, selector: str = "") -> Check:
    return _check(records, settings, host=host, selector=selector).checks[1]


def _dmarc(settings: Settings, records: Mapping[str, Records], *, mail_from: str = FROM) -> Check:
    return _check(records, settings, mail_from=mail_from).checks[2]


# --- SPF ------------------------------------------------------------------------------------------------------------


def test_spf_that_covers_the_sender_is_good(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 include:spf.messagingengine.com ~all", "another text")

    assert check.state == State.OK
    assert check.record == "v=spf1 include:spf.messagingengine.com ~all"
    assert "covers Fastmail" in check.explanation
    assert check.publish == ()


def test_spf_covers_the_sender_through_what_it_includes(settings: Settings) -> None:
    more = {"mail.acme.example TXT": ['"v=spf1 include:spf.messagingengine.com -all"']}

    check = _spf(settings, "v=spf1 include:mail.acme.example -all", more=more)

    assert check.state == State.OK


def test_missing_spf_says_what_to_publish(settings: Settings) -> None:
    check = _spf(settings, "no policy")

    assert check.state == State.MISSING
    assert check.record == ""
    assert [(one.name, one.type, one.value) for one in check.publish] == [
        ("acme.example", "TXT", "v=spf1 include:spf.messagingengine.com ~all")
    ]


def test_missing_spf_of_a_server_of_ones_own_names_the_server(settings: Settings) -> None:
    check = _spf(settings, host=UNKNOWN_HOST)

    assert check.publish[0].value == "v=spf1 mx a:smtp.acme.example ~all"


@pytest.mark.parametrize(("host", "mechanism"), [("192.0.2.7", "ip4:192.0.2.7"), ("2001:db8::7", "ip6:2001:db8::7")])
def test_missing_spf_of_a_server_that_is_an_address_names_the_address(
    host: str, mechanism: str, settings: Settings
) -> None:
    check = _spf(settings, host=host)

    assert check.publish[0].value == f"v=spf1 mx {mechanism} ~all"


def test_spf_that_does_not_cover_the_sender_is_extended(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 mx ip4:192.0.2.1 -all")

    assert check.state == State.WARNING
    assert "does not cover Fastmail" in check.explanation
    assert check.publish[0].value == "v=spf1 mx ip4:192.0.2.1 include:spf.messagingengine.com -all"


def test_whether_spf_covers_a_server_that_nobody_knows_is_not_claimed(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 mx -all", host=UNKNOWN_HOST)

    assert check.state == State.OK
    assert "cannot be seen from here" in check.explanation


def test_several_spf_records_are_joined(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 mx -all", "v=spf1 include:spf.messagingengine.com ~all")

    assert check.state == State.WARNING
    assert "2 SPF records" in check.explanation
    words = check.publish[0].value.split()
    assert (words[0], words[-1]) == ("v=spf1", "~all")
    assert sorted(words[1:-1]) == ["include:spf.messagingengine.com", "mx"]


@pytest.mark.parametrize("end", ["+all", "all"])
def test_spf_that_allows_everybody_is_a_warning(end: str, settings: Settings) -> None:
    check = _spf(settings, f"v=spf1 include:spf.messagingengine.com {end}")

    assert check.state == State.WARNING
    assert "every server in the world" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


@pytest.mark.parametrize("end", [" ?all", ""])
def test_spf_that_leaves_the_others_open_is_a_warning(end: str, settings: Settings) -> None:
    check = _spf(settings, f"v=spf1 include:spf.messagingengine.com{end}")

    assert check.state == State.WARNING
    assert "leaves open" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


def test_a_redirect_says_what_holds_for_the_others(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 redirect=spf.messagingengine.com")

    assert check.state == State.OK


def _tree(include_count: int) -> dict[str, Records]:
    """Return records each of which includes the next."""
    records: dict[str, Records] = {f"n{include_count}.example TXT": ['"v=spf1 ip4:192.0.2.1 ~all"']}
    for one in range(1, include_count):
        records[f"n{one}.example TXT"] = [f'"v=spf1 include:n{one + 1}.example ~all"']
    return records


@pytest.mark.parametrize(("include_count", "state"), [(9, State.OK), (10, State.WARNING)])
def test_spf_may_cost_ten_look_ups(include_count: int, state: State, settings: Settings) -> None:
    check = _spf(settings, "v=spf1 include:spf.messagingengine.com include:n1.example -all", more=_tree(include_count))

    assert check.state == state
    assert ("more than 10 look-ups" in check.explanation) == (state == State.WARNING)


def test_mechanisms_that_look_something_up_are_counted(settings: Settings) -> None:
    costly = " ".join(
        ["a", "mx", "a:b.example", "mx/24", "exists:%{i}.example", "ptr", "-a", "~mx", "?a", "mx:c.example"]
    )

    check = _spf(settings, f"v=spf1 include:spf.messagingengine.com {costly} -all")

    assert "more than 10 look-ups" in check.explanation


def test_records_that_include_each_other_end(settings: Settings) -> None:
    more = {"loop.example TXT": ['"v=spf1 include:acme.example include:loop.example ~all"']}

    check = _spf(settings, "v=spf1 include:loop.example include:spf.messagingengine.com ~all", more=more)

    assert check.state == State.OK


def test_an_include_without_a_record_is_a_warning(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 include:gone.example include:spf.messagingengine.com ~all")

    assert check.state == State.WARNING
    assert "gone.example, which has no valid record" in check.explanation
    assert check.publish[0].value == "v=spf1 include:spf.messagingengine.com ~all"


def test_an_include_that_cannot_be_looked_up_is_not_judged(settings: Settings) -> None:
    check = _spf(settings, "v=spf1 include:slow.example ~all", more={"slow.example TXT": SERVFAIL})

    assert check.state == State.UNKNOWN
    assert check.publish == ()


def test_spf_is_that_of_the_bounce_address(settings: Settings) -> None:
    records = {"bounces.example TXT": ['"v=spf1 include:spf.messagingengine.com -all"']} | FASTMAIL_SPF

    check = _check(records, settings, mail_from="x@bounces.example").checks[0]

    assert (check.state, check.name) == (State.OK, "bounces.example")


# --- DKIM -----------------------------------------------------------------------------------------------------------


def _rsa(bits: int) -> str:
    return _encoded(rsa.generate_private_key(65537, bits).public_key())


def _encoded(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _key_record(key: str, tags: str = "v=DKIM1; k=rsa; ") -> dict[str, Records]:
    text = f"{tags}p={key}"
    # A string of a TXT record has at most 255 octets (RFC 1035 §3.3).
    return {KEY_NAME: [" ".join(f'"{text[start : start + 250]}"' for start in range(0, len(text), 250))]}


def test_a_key_is_good(settings: Settings) -> None:
    check = _dkim(settings, _key_record(_rsa(2048)))

    assert check.state == State.OK
    assert check.name == "fm1._domainkey.acme.example"
    assert check.record.startswith("v=DKIM1; k=rsa; p=MII")


def test_an_ed25519_key_is_good(settings: Settings) -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    check = _dkim(settings, _key_record(base64.b64encode(key).decode(), "v=DKIM1; k=ed25519; "))

    assert check.state == State.OK


def test_a_key_of_1024_bits_is_a_warning(settings: Settings) -> None:
    check = _dkim(settings, _key_record(_rsa(1024)))

    assert check.state == State.WARNING
    assert "1024 bits. Receivers still take it" in check.explanation


def test_a_key_that_receivers_ignore_is_a_warning(settings: Settings) -> None:
    # The library makes no key so short: its modulus is written by hand.
    number = b"\x02\x41\x00" + b"\xff" * 64 + b"\x02\x03\x01\x00\x01"
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    sequence = b"\x30" + bytes([len(number)]) + number
    bits = b"\x03" + bytes([len(sequence) + 1]) + b"\0" + sequence
    der = b"\x30" + bytes([len(algorithm) + len(bits)]) + algorithm + bits

    check = _dkim(settings, _key_record(base64.b64encode(der).decode()))

    assert check.state == State.WARNING
    assert "only 512 bits" in check.explanation


def test_a_revoked_key_is_a_warning(settings: Settings) -> None:
    check = _dkim(settings, _key_record(""))

    assert check.state == State.WARNING
    assert "revoked" in check.explanation


@pytest.mark.parametrize("key", ["MIIB", "no base64!", base64.b64encode(b"0" * 200).decode()])
def test_a_damaged_key_is_a_warning(key: str, settings: Settings) -> None:
    check = _dkim(settings, _key_record(key))

    assert check.state == State.WARNING
    assert "cannot be read" in check.explanation


def test_a_key_for_testing_is_a_warning(settings: Settings) -> None:
    check = _dkim(settings, _key_record(_rsa(2048), "v=DKIM1; t=y:s; "))

    assert check.state == State.WARNING
    assert "testing" in check.explanation


def test_one_good_key_is_enough(settings: Settings) -> None:
    revoked = {"fm2._domainkey.acme.example TXT": ['"v=DKIM1; p="']}

    check = _dkim(settings, revoked | _key_record(_rsa(2048)))

    assert check.state == State.OK


def test_missing_keys_of_a_provider_say_what_to_publish(settings: Settings) -> None:
    check = _dkim(settings, {})

    assert check.state == State.MISSING
    assert [(one.name, one.type, one.value) for one in check.publish] == [
        (f"{one}._domainkey.acme.example", "CNAME", f"{one}.acme.example.dkim.fmhosted.com")
        for one in ("fm1", "fm2", "fm3")
    ]


def test_without_a_selector_nothing_is_claimed(settings: Settings) -> None:
    check = _dkim(settings, {}, host=UNKNOWN_HOST)

    assert check.state == State.UNKNOWN
    assert "“s=”" in check.explanation


def test_a_selector_that_is_asked_for_is_looked_up(settings: Settings) -> None:
    records = {"mine._domainkey.acme.example TXT": [f'"k=ed25519; p={base64.b64encode(b"x" * 32).decode()}"']}

    check = _dkim(settings, records, host=UNKNOWN_HOST, selector="mine")

    assert (check.state, check.name) == (State.OK, "mine._domainkey.acme.example")


def test_a_selector_without_a_key_is_missing(settings: Settings) -> None:
    check = _dkim(settings, {}, host=UNKNOWN_HOST, selector="mine")

    assert check.state == State.MISSING
    assert "no key under mine" in check.explanation
    assert check.publish == ()


# --- DMARC ----------------------------------------------------------------------------------------------------------


def test_a_policy_that_protects_is_good(settings: Settings) -> None:
    record = '"v=DMARC1; p=reject; rua=mailto:reports@acme.example"'

    check = _dmarc(settings, {"_dmarc.acme.example TXT": [record]})

    assert check.state == State.OK
    assert "refuse it" in check.explanation


def test_a_policy_that_only_reports_is_a_warning_with_the_next_step(settings: Settings) -> None:
    check = _dmarc(settings, {"_dmarc.acme.example TXT": ['"v=DMARC1; p=none"']})

    assert check.state == State.WARNING
    assert "Nobody gets the reports" in check.explanation
    assert check.publish[0].value == "v=DMARC1; p=quarantine; rua=mailto:postmaster@acme.example"


def test_missing_policy_says_what_to_publish(settings: Settings) -> None:
    check = _dmarc(settings, {})

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

    check = _dmarc(settings, records)

    assert check.state == State.WARNING
    assert "ignore all of them" in check.explanation


def test_a_policy_that_nobody_knows_is_a_warning(settings: Settings) -> None:
    check = _dmarc(settings, {"_dmarc.acme.example TXT": ['"v=DMARC1; p=refuse"']})

    assert check.state == State.WARNING
    assert "no effect" in check.explanation


def test_a_bounce_address_elsewhere_leaves_all_to_dkim(settings: Settings) -> None:
    records = {"_dmarc.acme.example TXT": ['"v=DMARC1; p=reject; rua=mailto:r@acme.example"']}

    check = _dmarc(settings, records, mail_from="x@bounces.example")

    assert check.state == State.WARNING
    assert "everything rests on DKIM" in check.explanation


@pytest.mark.parametrize(("aspf", "state"), [("r", State.OK), ("s", State.WARNING)])
def test_a_bounce_address_in_a_subdomain_aligns_unless_strictness_is_wanted(
    aspf: str, state: State, settings: Settings
) -> None:
    records = {"_dmarc.acme.example TXT": [f'"v=DMARC1; p=reject; aspf={aspf}; rua=mailto:r@acme.example"']}

    check = _dmarc(settings, records, mail_from="x@bounces.acme.example")

    assert check.state == state


# --- All of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [SERVFAIL, SILENT])
def test_what_was_not_seen_is_unknown(trouble: str, settings: Settings) -> None:
    names = ("acme.example", "_dmarc.acme.example", *(f"fm{one}._domainkey.acme.example" for one in (1, 2, 3)))

    health = _check({f"{name} TXT": trouble for name in names}, settings)

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
