"""Limits of connections and of mail for one mailbox (SECURITY B140)."""

from uuid import uuid4

import pytest

from mailboxes.inbound.limits import Connections, Rates, client_of
from tests.mailboxes.inbound.running import ADDRESS, OTHER_ADDRESS, OTHER_TOKEN, FakeStore, Running


def test_one_client_has_so_many_connections(store: FakeStore) -> None:
    with Running(store, connections_per_client=2) as listener:
        with listener.client(), listener.client(), listener.client(greets=False) as third:
            assert third.greeting.startswith("421 4.7.0")
            assert third.hear() == ""
        # Its place is free as soon as the server has seen the end.
        for _ in range(100):
            with listener.client(greets=False) as client:
                if client.greeting.startswith("220"):
                    break
        assert client.greeting.startswith("220")


def test_all_clients_together_have_so_many_connections(store: FakeStore) -> None:
    with Running(store, connections=1) as listener, listener.lmtp_client(), listener.client(greets=False) as second:
        assert second.greeting.startswith("421 4.7.0")


def test_a_flood_into_one_mailbox_leaves_the_others_alone(store: FakeStore) -> None:
    store.open(OTHER_TOKEN)
    with Running(store, per_mailbox=3) as listener, listener.client() as client:
        for _ in range(3):
            assert client.deliver(b"x\r\n").startswith("250")
        replies = client.envelope(ADDRESS, OTHER_ADDRESS)

        assert [reply[:9] for reply in replies[1:]] == ["451 4.7.1", "250 2.1.5"]
        assert client.data(b"x\r\n").startswith("250")


def test_a_second_address_of_a_mailbox_counts_no_second_message(store: FakeStore) -> None:
    with Running(store, per_mailbox=1) as listener, listener.client() as client:
        replies = client.envelope(ADDRESS, ADDRESS.replace("@", "+detail@"))

    assert [reply[:3] for reply in replies] == ["250"] * 3


def test_the_mailboxes_of_a_tenant_share_its_limit() -> None:
    rates = Rates(per_mailbox=2, per_tenant=3)
    first, second = uuid4(), uuid4()

    taken = [rates.take(1, mailbox, now=0) for mailbox in (first, first, first, second, second)]

    assert taken == [True, True, False, True, False]
    assert rates.take(2, uuid4(), now=0)


def test_what_was_taken_comes_back_within_a_minute() -> None:
    rates = Rates(per_mailbox=60, per_tenant=1000)
    mailbox = uuid4()
    assert all(rates.take(1, mailbox, now=0) for _ in range(60))

    assert not rates.take(1, mailbox, now=0.5)
    assert rates.take(1, mailbox, now=1.6)
    assert [rates.take(1, mailbox, now=100) for _ in range(61)] == [True] * 60 + [False]


def test_mailboxes_that_get_no_mail_are_forgotten() -> None:
    rates = Rates(per_mailbox=1, per_tenant=100_000)
    for number in range(30_000):
        rates.take(1, uuid4(), now=number / 100)

    assert len(rates._buckets) < 12_000


def test_a_place_is_free_again_once_its_connection_ended() -> None:
    connections = Connections(most=10, most_per_client=1)
    assert connections.enter("192.0.2.1", is_trusted=False)
    assert not connections.enter("192.0.2.1", is_trusted=False)

    connections.leave("192.0.2.1")

    assert connections.count == 0
    assert connections.enter("192.0.2.1", is_trusted=False)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_a_network_of_ipv6(address: str, client: str) -> None:
    assert client_of(address) == client


def test_a_client_behind_a_proxy_counts_as_itself(store: FakeStore) -> None:
    with Running(store, connections_per_client=1, proxies=frozenset({"127.0.0.1"})) as listener:
        clients = [
            listener.client_behind_proxy(f"PROXY {line}")
            for line in (
                "TCP4 192.0.2.1 192.0.2.25 5000 25",
                "TCP4 192.0.2.2 192.0.2.25 5000 25",
                "TCP4 192.0.2.2 192.0.2.25 5001 25",
                "TCP6 2001:db8::1 2001:db8::25 5000 25",
                "UNKNOWN",
            )
        ]

        assert [client.greeting[:3] for client in clients] == ["220", "220", "421", "220", "220"]
        assert clients[0].says("EHLO client.example").startswith("250")
        assert clients[0].deliver(b"x\r\n").startswith("250")


@pytest.mark.parametrize("line", ["EHLO client.example", "PROXY TCP4 nobody 192.0.2.25 5000 25", "PROXY", "x" * 3000])
def test_a_proxy_that_does_not_say_for_whom_it_comes_is_cut_off(store: FakeStore, line: str) -> None:
    with Running(store, proxies=frozenset({"127.0.0.1"})) as listener:
        assert listener.client_behind_proxy(line).greeting == ""
