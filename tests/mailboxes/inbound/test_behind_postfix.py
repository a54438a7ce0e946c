"""The listener behind a real Postfix, which hands mail over by LMTP or by SMTP (SPEC M14)."""

import pytest

from tests.mailboxes.inbound.front import postfix_in_front
from tests.mailboxes.inbound.running import ADDRESS, DOMAIN, OTHER_ADDRESS, OTHER_TOKEN, TOKEN, FakeStore, Running
from tests.realservers.missing import require
from tests.realservers.programs import is_root

MESSAGE = b"From: ann@customer.example\r\nSubject: Hello\r\n\r\nHello.\r\n..\r\nEnd.\r\n"

pytestmark = pytest.mark.skipif(not is_root(), reason="Postfix runs as root only")


@pytest.fixture(autouse=True)
def _needs_postfix() -> None:
    require("postfix")


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_postfix_hands_over_what_it_took_in_and_refuses_unknown_recipients(
    listener: Running, store: FakeStore, protocol: str
) -> None:
    port = listener.lmtp_port if protocol == "lmtp" else listener.smtp_port
    store.open(OTHER_TOKEN)
    detailed = f"{TOKEN}+rToken@{DOMAIN}"

    with postfix_in_front(_transport(protocol, port)) as front, front.client() as client:
        replies = client.envelope(detailed, OTHER_ADDRESS, f"aaaaaaaaaaaaaaaa@{DOMAIN}")
        assert [reply[:9] for reply in replies] == ["250 2.1.0", "250 2.1.5", "250 2.1.5", "550 5.1.1"]
        assert client.data(MESSAGE).startswith("250")
        front.wait_until(lambda: len(store.letters) == 2)

    by_recipient = {letter.envelope_to: letter for letter in store.letters}
    assert set(by_recipient) == {detailed, OTHER_ADDRESS}
    for letter in store.letters:
        assert letter.envelope_from == "ann@customer.example"
        assert letter.raw.startswith(b"Received: from client.example")
        assert letter.raw.endswith(b"\r\n\r\nHello.\r\n.\r\nEnd.\r\n")


def test_postfix_waits_for_a_mailbox_that_is_switched_off(listener: Running, store: FakeStore) -> None:
    with postfix_in_front(_transport("lmtp", listener.lmtp_port)) as front, front.client() as client:
        assert client.envelope()[1].startswith("250")
        store.open(TOKEN, is_active=False)
        assert client.data(MESSAGE).startswith("250")
        front.wait_until(lambda: "status=deferred" in front.log())

        store.open(TOKEN)

        front.wait_until(lambda: len(store.letters) == 1)


def test_postfix_sends_again_what_could_not_be_stored(listener: Running, store: FakeStore) -> None:
    with postfix_in_front(_transport("smtp", listener.smtp_port)) as front, front.client() as client:
        client.envelope(ADDRESS)
        store.is_down = True
        assert client.data(MESSAGE).startswith("250")
        front.wait_until(lambda: "451 4.3.0" in front.log())

        store.is_down = False

        front.wait_until(lambda: len(store.letters) == 1)


def _transport(protocol: str, port: int) -> str:
    return f"lmtp:inet:127.0.0.1:{port}" if protocol == "lmtp" else f"smtp:[127.0.0.1]:{port}"
