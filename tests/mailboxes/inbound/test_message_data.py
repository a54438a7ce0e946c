"""Where a message ends, and what of it is stored (RFC 5321 §4.5.2, SECURITY B049, B055, B058)."""

import pytest

from tests.mailboxes.inbound.running import ADDRESS, FakeStore, Running

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"", b""),
        (b"..\r\n", b".\r\n"),
        (b"...\r\n..a\r\n", b"..\r\n.a\r\n"),
        (b"a.\r\n", b"a.\r\n"),
        (b"a\r\n\r\n..\r\nb\r\n", b"a\r\n\r\n.\r\nb\r\n"),
        (b"\xff\xfe\x00 8-bit and NUL\r\n", b"\xff\xfe\x00 8-bit and NUL\r\n"),
        (b"x" * 100_000 + b"\r\n", b"x" * 100_000 + b"\r\n"),
    ],
)
def test_the_transparency_of_dots_is_undone_and_nothing_else(
    listener: Running, store: FakeStore, sent: bytes, stored: bytes
) -> None:
    with listener.client() as client:
        assert client.deliver(sent).startswith("250")

    assert store.raws == [stored]


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n.\n",
        b"\r\n.\r\r\n",
        b"\n\n.\n\n",
        b"\r\n\x00.\r\n",
    ],
)
def test_only_a_dot_between_two_crlf_ends_a_message(listener: Running, store: FakeStore, end: bytes) -> None:
    smuggled = b"MAIL FROM:<ceo@bank.example>\r\nRCPT TO:<%b>\r\nDATA\r\nPay now.\r\n" % ADDRESS.encode()

    with listener.client() as client:
        assert client.deliver(b"Subject: One\r\n\r\nText" + end + smuggled).startswith("250")
        assert client.says("QUIT").startswith("221")

    [raw] = store.raws
    # A dot after CRLF was put there for transparency.
    assert raw == (b"Subject: One\r\n\r\nText" + end + smuggled).replace(b"\r\n.", b"\r\n")


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_message_may_be_cut_anywhere_on_its_way(listener: Running, store: FakeStore, cut: int) -> None:
    octets = b"a\r\n..\r\n.\r\nQUIT\r\n"

    with listener.client() as client:
        client.envelope()
        client.says("DATA")
        for start in range(0, len(octets), cut):
            client.sends(octets[start : start + cut])
        assert client.hear().startswith("250")
        assert client.hear().startswith("221")

    assert store.raws == [b"a\r\n.\r\n"]


def test_a_message_above_the_limit_is_read_and_refused(store: FakeStore) -> None:
    with Running(store, size_limit=10_000) as listener, listener.client() as client:
        assert client.deliver(b"x" * 9_998 + b"\r\n").startswith("250")
        assert client.deliver(b"x" * 9_999 + b"\r\n").startswith("552 5.3.4")
        assert client.deliver(b"small\r\n").startswith("250")

    assert [len(raw) for raw in store.raws] == [10_000, 7]


def test_a_client_that_goes_far_beyond_the_limit_is_cut_off(store: FakeStore) -> None:
    with Running(store, size_limit=10_000) as listener, listener.client() as client:
        client.envelope()
        client.says("DATA")
        with pytest.raises(ConnectionError):
            client.sends(b"x" * 10_000_000)

    assert store.raws == []


def test_25_megabytes_of_empty_lines_are_one_message(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        assert client.deliver(b"\r\n" * (12 * MEGABYTE)).startswith("250")

    assert [len(raw) for raw in store.raws] == [24 * MEGABYTE]


def test_messages_beyond_the_memory_of_the_process_come_later(store: FakeStore) -> None:
    store.gate.clear()
    with Running(store, memory=3 * MEGABYTE) as listener, listener.client() as first, listener.client() as second:
        first.envelope()
        first.says("DATA")
        first.sends(b"x" * (2 * MEGABYTE) + b"\r\n.\r\n")
        assert second.deliver(b"x" * (2 * MEGABYTE) + b"\r\n").startswith("451 4.3.2")
        store.gate.set()
        assert first.hear().startswith("250")
        assert second.deliver(b"x" * (2 * MEGABYTE) + b"\r\n").startswith("250")


def test_a_message_that_is_cut_off_is_not_stored(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        client.envelope()
        client.says("DATA")
        client.sends(b"Subject: Half\r\n\r\nHalf of it\r\n.")
        client.end_of_sending()
        assert client.hear() == ""

    assert store.raws == []


def test_a_client_that_says_nothing_is_sent_away(store: FakeStore) -> None:
    with Running(store, command_seconds=0.2) as listener, listener.client(greets=False) as client:
        client.sends(b"EHLO half")

        assert client.hear().startswith("421 4.4.2")
        assert client.hear() == ""
