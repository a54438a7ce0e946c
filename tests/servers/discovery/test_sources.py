"""What each source of a discovery finds, and what it refuses."""

from pathlib import Path

import pytest
from pytest_django import Settings

from servers.discovery.findings import Source
from tests.mailhub.lib.web_servers import HERE, answer
from tests.servers import scripted
from tests.servers.discovery import pages
from tests.servers.discovery.domains import ADDRESS, domain, places

WEB = {f"{label}acme.example": [HERE] for label in ("", "autoconfig.", "autodiscover.")}
MAIL = {f"{label}.acme.example": [HERE] for label in ("imap", "pop", "smtp")}


def test_srv_records_name_servers(settings: Settings, tmp_path: Path) -> None:
    records = {
        "_imaps._tcp.acme.example SRV": ["0 1 993 imap.acme.example."],
        "_pop3s._tcp.acme.example SRV": ["0 1 995 pop.acme.example."],
        "_submissions._tcp.acme.example SRV": ["0 1 465 smtp.acme.example."],
        "_submission._tcp.acme.example SRV": ["0 1 587 smtp.acme.example."],
    }
    with domain(settings, tmp_path, records=records, names=MAIL) as acme:
        proposal = acme.discover()

    assert places(proposal.incoming) == ["imap imap.acme.example:993 tls", "pop3 pop.acme.example:995 tls"]
    assert places(proposal.outgoing) == ["smtp smtp.acme.example:465 tls", "smtp smtp.acme.example:587 starttls"]
    assert {server.source for server in proposal.incoming} == {Source.SRV}
    assert proposal.incoming[0].username == ADDRESS


def test_an_srv_record_that_says_not_offered_is_nothing(settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path, records={"_pop3s._tcp.acme.example SRV": ["0 0 0 ."]}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures == ()


@pytest.mark.parametrize(("port", "address"), [(993, "10.0.0.5"), (993, "169.254.169.254"), (22, HERE), (6379, HERE)])
def test_an_srv_record_that_leads_inside_is_refused(
    port: int, address: str, settings: Settings, tmp_path: Path
) -> None:
    records = {"_imaps._tcp.acme.example SRV": [f"0 0 {port} trap.acme.example."]}
    with domain(settings, tmp_path, records=records, names={"trap.acme.example": [address]}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert len(proposal.failures) == 1
    assert "trap.acme.example" in proposal.failures[0]
    assert address not in proposal.failures[0]


@pytest.mark.parametrize("url", [pages.AUTOCONFIG_URL, pages.WELL_KNOWN_URL])
def test_autoconfig_names_servers_and_the_user_name(url: str, settings: Settings, tmp_path: Path) -> None:
    file = pages.autoconfig(pages.imap(username="%EMAILLOCALPART%"), pages.smtp(username="acme\\%EMAILLOCALPART%"))
    with domain(settings, tmp_path, names=WEB | MAIL, pages={url: file}) as acme:
        proposal = acme.discover()

    assert places(proposal.incoming) == ["imap imap.acme.example:993 tls"]
    assert places(proposal.outgoing) == ["smtp smtp.acme.example:465 tls"]
    assert [one.username for one in (*proposal.incoming, *proposal.outgoing)] == ["ada", "acme\\ada"]
    assert proposal.incoming[0].source == Source.AUTOCONFIG


def test_starttls_and_plain_of_autoconfig_are_understood(settings: Settings, tmp_path: Path) -> None:
    file = pages.autoconfig(
        pages.imap(security="plain", port="143"),
        pages.smtp(security="STARTTLS", port="587"),
        pages.imap(type="exchange"),
    )
    with domain(settings, tmp_path, names=WEB | MAIL, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert places(proposal.incoming) == ["imap imap.acme.example:143 none"]
    assert places(proposal.outgoing) == ["smtp smtp.acme.example:587 starttls"]


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "169.254.169.254", "[::1]", "inside.acme.example", "imap.acme.example/x", "", "a b", "1"]
)
def test_autoconfig_that_names_an_inner_host_is_refused(host: str, settings: Settings, tmp_path: Path) -> None:
    """SECURITY B015."""
    names = WEB | {"inside.acme.example": ["10.0.0.5"], "10.0.0.5": ["10.0.0.5"], "1": ["0.0.0.1"]}
    names |= {"169.254.169.254": ["169.254.169.254"]}
    file = pages.autoconfig(pages.imap(host=host))
    with domain(settings, tmp_path, names=names, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures


@pytest.mark.parametrize("port", ["22", "6379", "-1", "99999999999", "x", ""])
def test_autoconfig_that_names_another_port_is_refused(port: str, settings: Settings, tmp_path: Path) -> None:
    """SECURITY B014."""
    file = pages.autoconfig(pages.imap(host="trap.acme.example", port=port))
    names = WEB | {"trap.acme.example": [HERE]}
    with domain(settings, tmp_path, names=names, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert "trap.acme.example" not in acme.internet.looked_up


def test_an_external_entity_is_not_resolved(settings: Settings, tmp_path: Path) -> None:
    """SECURITY B015."""
    secret = tmp_path / "secret"
    secret.write_text("SECRET-INTERNAL")
    declaration = f'<!DOCTYPE c [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY u SYSTEM "http://127.0.0.1:1/">]>'
    file = pages.autoconfig(pages.imap(username="&e;&u;"), before=declaration)
    with domain(settings, tmp_path / "tls", names=WEB | MAIL, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert "SECRET" not in str(proposal)
    assert "The domain's autoconfig file cannot be read." in proposal.failures


def test_entities_that_multiply_are_not_expanded(settings: Settings, tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY e{one} "{f"&e{one - 1};" * 20}">' for one in range(1, 12))
    declaration = f'<!DOCTYPE c [<!ENTITY e0 "xxxxxxxxxx">{lines}]>'
    file = pages.autoconfig(pages.imap(username="&e11;"), before=declaration)
    with domain(settings, tmp_path, names=WEB | MAIL, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert proposal.is_empty


def test_a_redirect_leads_nowhere(settings: Settings, tmp_path: Path) -> None:
    """SECURITY B013."""
    elsewhere = answer(302, Location="http://169.254.169.254/latest/meta-data/")
    with domain(settings, tmp_path, names=WEB, pages=elsewhere) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert "169.254.169.254" not in acme.internet.looked_up


@pytest.mark.parametrize(
    "response",
    [answer(200, "<html><body>Not found</html>"), answer(200, b"\0\xff"), answer(500), answer(200, "<a/>")],
    ids=["web page", "octets", "error", "other XML"],
)
def test_a_web_page_is_no_autoconfig(response: bytes, settings: Settings, tmp_path: Path) -> None:
    with domain(settings, tmp_path, names=WEB, pages=response) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures == ()


def test_a_file_that_is_too_large_is_not_read(settings: Settings, tmp_path: Path) -> None:
    page = answer(200, b"<clientConfig>" + b" " * 300_000)
    with domain(settings, tmp_path, names=WEB, pages={pages.AUTOCONFIG_URL: page}) as acme:
        proposal = acme.discover()

    assert proposal.failures == ("autoconfig.acme.example: The answer is larger than it may be.",)


def test_a_user_name_that_cannot_be_typed_gives_way_to_the_address(settings: Settings, tmp_path: Path) -> None:
    file = pages.autoconfig(pages.imap(username="a\nb"), pages.smtp(username="%REALNAME%"))
    with domain(settings, tmp_path, names=WEB | MAIL, pages={pages.AUTOCONFIG_URL: file}) as acme:
        proposal = acme.discover()

    assert {one.username for one in (*proposal.incoming, *proposal.outgoing)} == {ADDRESS}


def test_autodiscover_names_servers_where_it_answers(settings: Settings, tmp_path: Path) -> None:
    document = pages.autodiscover(
        pages.protocol("EXCH", "exchange.acme.example", 443),
        pages.protocol("IMAP", "imap.acme.example", 993, SSL="on", LoginName="ada.lovelace"),
        pages.protocol("POP3", "pop.acme.example", 110, Encryption="TLS"),
        pages.protocol("SMTP", "smtp.acme.example", 587, SSL="off", Encryption="TLS"),
    )
    with domain(settings, tmp_path, names=WEB | MAIL, pages={pages.AUTODISCOVER_URL: document}) as acme:
        proposal = acme.discover()
        heard = acme.servers[443].heard

    assert places(proposal.incoming) == ["imap imap.acme.example:993 tls", "pop3 pop.acme.example:110 starttls"]
    assert places(proposal.outgoing) == ["smtp smtp.acme.example:587 starttls"]
    assert proposal.incoming[0].username == "ada.lovelace"
    assert proposal.incoming[0].source == Source.AUTODISCOVER
    assert b"Authorization" not in heard


def test_autodiscover_that_wants_a_password_is_nothing(settings: Settings, tmp_path: Path) -> None:
    response = answer(401, WWW_Authenticate='Basic realm="x"')
    with domain(settings, tmp_path, names=WEB, pages=response) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert proposal.failures == ()


def test_usual_names_that_answer_are_proposed(settings: Settings, tmp_path: Path) -> None:
    names = {"mail.acme.example": [HERE], "smtp.acme.example": [HERE]}
    listening = {993: scripted.imap(is_encrypted=True), 587: scripted.smtp()}
    with domain(settings, tmp_path, names=names, listening=listening) as acme:
        proposal = acme.discover()

    assert places(proposal.incoming) == ["imap mail.acme.example:993 tls"]
    assert places(proposal.outgoing) == ["smtp smtp.acme.example:587 starttls"]
    assert proposal.incoming[0].source == Source.GUESS


def test_a_usual_name_with_a_foreign_certificate_is_not_proposed(settings: Settings, tmp_path: Path) -> None:
    names = {"pop.acme.example": [HERE], "imap.acme.example": [HERE]}
    listening = {995: scripted.imap(is_encrypted=True)}
    with domain(settings, tmp_path, names=names, listening=listening) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert "pop.acme.example answers, but its certificate is not valid for that name." in proposal.failures


def test_a_foreign_service_under_a_usual_name_is_not_proposed(settings: Settings, tmp_path: Path) -> None:
    """SECURITY B016."""
    listening = {143: lambda conversation: conversation.say("SSH-2.0-SECRET-INTERNAL")}
    with domain(settings, tmp_path, names={"imap.acme.example": [HERE]}, listening=listening) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert "SECRET" not in str(proposal)


def test_usual_names_that_lead_inside_are_not_connected_to(settings: Settings, tmp_path: Path) -> None:
    listening = {993: scripted.imap(is_encrypted=True)}
    with domain(settings, tmp_path, names={"imap.acme.example": ["10.0.0.5"]}, listening=listening) as acme:
        proposal = acme.discover()

    assert proposal.is_empty
    assert acme.connection_count == 0
    assert proposal.failures == ("imap.acme.example is not a host on the public internet.",)
