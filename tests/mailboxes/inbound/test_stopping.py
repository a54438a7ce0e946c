"""How the listener stops: nobody who is sending a message is cut off for it."""

import pytest

from tests.mailboxes.inbound.running import FakeStore, Running

MESSAGE = b"Subject: Hello\r\n\r\nHello there.\r\n"


def test_clients_that_wait_hear_it_at_once(listener: Running) -> None:
    with listener.client() as idle, listener.client() as in_envelope:
        in_envelope.envelope()

        listener.stop()

        assert idle.hear().startswith("421 4.3.2")
        assert in_envelope.hear().startswith("421 4.3.2")
        assert idle.hear() == ""
    with pytest.raises(ConnectionRefusedError):
        listener.client()


def test_a_message_under_way_comes_to_its_end(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        client.envelope()
        client.says("DATA")
        client.sends(b"Subject: Hello\r\n")

        listener.begin_stop()
        client.sends(b"\r\nHello there.\r\n.\r\n")

        assert client.hear().startswith("250")
        assert client.hear().startswith("421 4.3.2")
        assert client.hear() == ""
    assert store.raws == [MESSAGE]


def test_a_message_that_is_being_stored_has_its_reply(listener: Running, store: FakeStore) -> None:
    store.gate.clear()
    with listener.client() as client:
        client.envelope()
        client.says("DATA")
        client.sends(MESSAGE + b".\r\n")

        listener.begin_stop()
        store.gate.set()

        assert client.hear().startswith("250")


def test_a_message_that_does_not_end_in_time_is_left_to_its_sender(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        client.envelope()
        client.says("DATA")

        listener.stop(seconds=0.2)

        assert client.hear().startswith("421 4.3.2")
    assert store.raws == []
