"""STARTTLS (RFC 3207)."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mailboxes.inbound.running import ADDRESS, FakeStore, Running
from tests.realservers import certificates
from tests.realservers.certificates import Certificates

MESSAGE = b"Subject: Hello\r\n\r\nHello there.\r\n"


@pytest.fixture
def issued(tmp_path: Path) -> Certificates:
    return certificates.issue(tmp_path)


@pytest.fixture
def secure(store: FakeStore, issued: Certificates) -> Iterator[Running]:
    with Running(store, certificate_files=(Path(issued.certificate_file), Path(issued.key_file))) as running:
        yield running


def test_a_message_comes_under_tls(secure: Running, store: FakeStore, issued: Certificates) -> None:
    large = b"x" * 2_000_000 + b"\r\n"

    with secure.client() as client:
        assert client.says("STARTTLS").startswith("220 2.0.0")
        client.start_tls(str(issued.ca_file))
        assert "STARTTLS" not in client.says("EHLO client.example")
        assert client.deliver(large).startswith("250")
        assert client.deliver(MESSAGE).startswith("250")
        assert client.says("STARTTLS").startswith("503")
        assert client.says("QUIT").startswith("221")

    assert store.raws == [large, MESSAGE]


def test_it_is_offered_where_a_certificate_is_set(secure: Running) -> None:
    with secure.client(greets=False) as client:
        assert "250 STARTTLS" in client.says("EHLO client.example").splitlines()
        assert client.says("STARTTLS now").startswith("501")


def test_what_was_said_in_plain_text_counts_no_more(secure: Running, issued: Certificates) -> None:
    with secure.client() as client:
        client.envelope()
        client.says("STARTTLS")
        client.start_tls(str(issued.ca_file))

        assert client.says(f"RCPT TO:<{ADDRESS}>").startswith("503")
        assert client.says("MAIL FROM:<ann@customer.example>").startswith("503")


def test_commands_injected_behind_starttls_are_never_executed(
    secure: Running, store: FakeStore, issued: Certificates
) -> None:
    injected = (
        b"STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<%b>\r\nDATA\r\nEvil\r\n.\r\n"
    )

    with secure.client() as client:
        client.sends(injected % ADDRESS.encode())
        assert client.hear().startswith("220")
        client.start_tls(str(issued.ca_file))
        # No reply to any of it stands before the reply to this.
        assert client.says("MAIL FROM:<ann@customer.example>").startswith("503")

    assert store.raws == []


def test_a_handshake_that_fails_ends_this_connection_only(secure: Running) -> None:
    with secure.client() as client:
        client.says("STARTTLS")
        client.sends(b"This is no handshake.\r\n")
        client.hear_all()

    with secure.client() as client:
        assert client.deliver(MESSAGE).startswith("250")


def test_a_new_certificate_counts_from_the_next_handshake_on(
    secure: Running, issued: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "renewed").mkdir()
    renewed = certificates.issue(tmp_path / "renewed")
    shutil.copy(renewed.certificate_file, issued.certificate_file)
    with secure.client() as client:
        # The key is not there yet: the old pair goes on.
        client.says("STARTTLS")
        client.start_tls(str(issued.ca_file))

    shutil.copy(renewed.key_file, issued.key_file)
    os.utime(issued.key_file, (1, 1))

    with secure.client() as client:
        client.says("STARTTLS")
        client.start_tls(str(renewed.ca_file))
