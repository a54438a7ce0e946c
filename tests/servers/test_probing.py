"""SPEC M15: the connection test, step by step."""

import time
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.endpoints import Endpoint, Protocol, Security, SignIn
from servers.probing import ProbeStep, StepState, probe_incoming, probe_outgoing
from tests.realservers.mail import MailServers
from tests.servers.scripted import Conversation, imap, pop3, scripted_server, server_context, smtp

SIGN_IN = SignIn("ada@example.com", Secret("pw-CANARY-4"))


def test_a_working_imap_server_passes_every_step_in_its_own_words(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings)
    with scripted_server(imap(greeting="* OK hello", is_encrypted=True), settings, context=context) as server:
        steps = probe_incoming(Protocol.IMAP, server.endpoint(Security.TLS), SIGN_IN)

    assert _states(steps) == ["ok"] * 5
    assert [step.name for step in steps] == ["resolve", "connect", "tls", "sign_in", "open_folder"]
    assert steps[0].words == "127.0.0.1"
    assert steps[2].words == ("TLSv1.3, certificate for localhost, issued by mailhub test authority. hello")
    assert steps[3].words == "signed in"
    assert steps[4].words == "INBOX: 1 message"


def test_without_encryption_the_step_says_that_the_password_is_readable(settings: Settings) -> None:
    with scripted_server(pop3(), settings) as server:
        steps = probe_incoming(Protocol.POP3, server.endpoint(), SIGN_IN)

    assert _states(steps) == ["ok"] * 5
    assert "password travel readable" in steps[2].words
    assert steps[4].words == "Maildrop: 1 message"


def test_after_a_refused_sign_in_the_rest_is_skipped(settings: Settings) -> None:
    answer = "{tag} NO [AUTHENTICATIONFAILED] Wrong"
    with scripted_server(imap({"LOGIN": [answer]}), settings) as server:
        steps = probe_incoming(Protocol.IMAP, server.endpoint(), SIGN_IN)

    assert _states(steps) == ["ok", "ok", "ok", "failed", "skipped"]
    assert steps[3].words == "[AUTHENTICATIONFAILED] Wrong"
    assert "password" in steps[3].advice


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.5", "[::1]"])
def test_an_inner_host_fails_at_the_first_step_without_a_connection(settings: Settings, host: str) -> None:
    def secret_service(conversation: Conversation) -> None:
        conversation.say("* OK SECRET-INTERNAL")

    with scripted_server(secret_service, settings) as server:
        settings.EGRESS_ALLOW = []
        for port, expected in ((143, ["failed", "skipped"]), (server.port, ["skipped", "failed"])):
            steps = probe_incoming(Protocol.IMAP, Endpoint(host, port, Security.NONE), SIGN_IN)

            assert _states(steps) == [*expected, "skipped", "skipped", "skipped"]
            assert "SECRET" not in str(steps)

    assert server.connection_count == 0


@pytest.mark.parametrize("security", Security)
def test_a_foreign_service_is_never_quoted(settings: Settings, security: Security) -> None:
    """SECURITY B016."""

    def foreign(conversation: Conversation) -> None:
        conversation.say("HTTP/1.1 400 SECRET-INTERNAL")

    with scripted_server(foreign, settings) as server:
        probes = [
            *(probe_incoming(protocol, server.endpoint(security), SIGN_IN) for protocol in Protocol),
            probe_outgoing(server.endpoint(security), SIGN_IN, "ada@example.com"),
        ]

    assert all("failed" in _states(steps) for steps in probes)
    assert "SECRET" not in str(probes)


def test_a_working_submission_server_passes_every_step_and_gets_no_message(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server:
        steps = probe_outgoing(server.endpoint(), SIGN_IN, "ada@example.com")

    assert _states(steps) == ["ok"] * 5
    assert [step.name for step in steps] == ["resolve", "connect", "tls", "sign_in", "mail_from"]
    assert steps[1].words == "mx.example ESMTP"
    assert steps[4].words == "2.1.0 sender ok"
    assert b"RSET" in server.heard
    assert b"RCPT" not in server.heard


def test_a_refused_sender_is_the_last_step(settings: Settings) -> None:
    with scripted_server(smtp({"MAIL": ["553 5.7.1 not yours"]}), settings) as server:
        steps = probe_outgoing(server.endpoint(), SIGN_IN, "ada@example.com")

    assert _states(steps) == ["ok", "ok", "ok", "ok", "failed"]
    assert steps[4].words == "553 5.7.1 not yours"
    assert steps[4].advice


def _drip(conversation: Conversation) -> None:
    while True:
        conversation.send(b"*")
        time.sleep(0.1)


def test_the_whole_test_ends_at_its_deadline(settings: Settings) -> None:
    began = time.monotonic()
    with scripted_server(_drip, settings) as server:
        incoming = probe_incoming(Protocol.IMAP, server.endpoint(), SIGN_IN, deadline_seconds=0.5)
        outgoing = probe_outgoing(server.endpoint(), SIGN_IN, "ada@example.com", deadline_seconds=0.5)

    assert _states(incoming) == _states(outgoing) == ["ok", "failed", "skipped", "skipped", "skipped"]
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("allow_egress")
def test_real_servers_pass(mail_servers: MailServers) -> None:
    user = mail_servers.new_user()
    sign_in = SignIn(user.address, Secret(user.password))

    incoming = probe_incoming(
        Protocol.IMAP, Endpoint("localhost", mail_servers.ports["imap"], Security.STARTTLS), sign_in
    )
    outgoing = probe_outgoing(
        Endpoint("localhost", mail_servers.ports["smtp"], Security.STARTTLS), sign_in, user.address
    )

    assert _states([*incoming, *outgoing]) == ["ok"] * 10
    assert incoming[4].words == "INBOX: 0 messages"


def test_a_port_that_is_not_allowed_fails_at_the_connection_and_not_at_the_name(settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    reports = [
        probe_incoming(Protocol.POP3, Endpoint("pop.example.com", 8110, Security.NONE), SIGN_IN),
        probe_outgoing(Endpoint("smtp.example.com", 8025, Security.NONE), SIGN_IN, "ada@example.com"),
    ]

    for steps in reports:
        assert _states(steps) == ["skipped", "failed", "skipped", "skipped", "skipped"]
        assert "is not a port for this kind of server" in steps[1].words


def _states(steps: list[ProbeStep]) -> list[str]:
    assert all(isinstance(step.state, StepState) for step in steps)
    return [step.state.value for step in steps]
