"""LMTP (RFC 2033): a reply for each recipient."""

from pathlib import Path

import pytest

from mailboxes.inbound.letters import Outcome
from mailboxes.inbound.options import Endpoint
from tests.mailboxes.inbound.running import (
    ADDRESS,
    DOMAIN,
    OTHER_ADDRESS,
    OTHER_TOKEN,
    TOKEN,
    Client,
    FakeStore,
    Running,
)

MESSAGE = b"Subject: Hello\r\n\r\nHello there.\r\n"


def test_each_recipient_has_a_reply_of_its_own_in_order(listener: Running, store: FakeStore) -> None:
    store.outcomes[store.open(OTHER_TOKEN).mailbox_id] = Outcome.FAILED

    with listener.lmtp_client() as client:
        client.envelope(ADDRESS, OTHER_ADDRESS, f"nobody@{DOMAIN}", f"{TOKEN}+x@{DOMAIN}")
        replies = [client.data(MESSAGE), client.hear(), client.hear()]
        assert client.says("QUIT").startswith("221")

    assert [reply[:9] for reply in replies] == ["250 2.0.0", "451 4.3.0", "250 2.0.0"]
    assert len(store.letters) == 1


def test_one_circle_leaves_the_other_recipients_alone(listener: Running, store: FakeStore) -> None:
    store.open(OTHER_TOKEN)

    with listener.lmtp_client() as client:
        client.envelope(ADDRESS, OTHER_ADDRESS)
        replies = [client.data(b"Delivered-To: %b\r\n" % ADDRESS.encode() + MESSAGE), client.hear()]

    assert [reply[:3] for reply in replies] == ["554", "250"]
    assert [letter.envelope_to for letter in store.letters] == [OTHER_ADDRESS]


def test_a_message_above_the_limit_is_refused_for_each(store: FakeStore) -> None:
    store.open(OTHER_TOKEN)
    with Running(store, size_limit=100) as listener, listener.lmtp_client() as client:
        client.envelope(ADDRESS, OTHER_ADDRESS)

        assert [client.data(b"x" * 101 + b"\r\n")[:3], client.hear()[:3]] == ["552", "552"]


@pytest.mark.parametrize("line", ["HELO client.example", "EHLO client.example"])
def test_the_greetings_of_smtp_are_unknown(listener: Running, line: str) -> None:
    with Client(listener.lmtp_port) as client:
        assert client.greeting == "220 mx.mailhub.example LMTP mailhub"
        assert client.says(line).startswith("500 5.5.2")
        assert client.says("MAIL FROM:<>").startswith("503")


def test_data_without_any_recipient_is_503(listener: Running) -> None:
    with listener.lmtp_client() as client:
        client.envelope(OTHER_ADDRESS)

        assert client.says("DATA").startswith("503 5.5.1")


def test_our_own_mail_server_may_err_and_connect_as_often_as_it_likes(store: FakeStore) -> None:
    with (
        Running(store, connections_per_client=1) as listener,
        listener.lmtp_client() as first,
        listener.lmtp_client() as second,
    ):
        first.says("MAIL FROM:<>")
        for _ in range(50):
            assert first.says(f"RCPT TO:<{OTHER_ADDRESS}>").startswith("550")
        assert second.deliver(MESSAGE).startswith("250")


def test_it_listens_on_a_local_socket(store: FakeStore, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    with Running(store, lmtp=Endpoint(path=str(path))), Client(path, "LHLO") as client:
        assert client.deliver(MESSAGE).startswith("250")

    assert not path.exists()
