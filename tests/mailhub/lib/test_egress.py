"""SECURITY TC1: where no socket goes."""

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from pytest_django import Settings

from mailhub.lib.egress import EgressRefused, NameNotResolved, connect, is_public, resolve


class FakeResolver:
    """Answers with one list of addresses after the other, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.call_count = 0

    def __call__(self, host: str, port: int, *, type: int) -> Sequence[tuple[Any, ...]]:  # noqa: A002
        answer = self._answers[min(self.call_count, len(self._answers) - 1)]
        self.call_count += 1
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in answer]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost.",
        "[::1]",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "①②⑦.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[::127.0.0.1]",
        "100.64.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.8",
        "192.88.99.1",
        "224.0.0.1",
        "255.255.255.255",
        "fd00:ec2::254",
        "[fe80::1%lo]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
    ],
)
def test_an_inner_address_is_refused_without_connecting(host: str, listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    with pytest.raises(EgressRefused) as caught:
        connect(host, port, timeout=2)

    assert caught.value.reason == "address"
    assert caught.value.host == host
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("answer", [["93.184.216.34", "10.0.0.5"], ["10.0.0.5", "93.184.216.34"]])
@pytest.mark.allow_hosts(["93.184.216.34"])
def test_one_inner_address_refuses_all(answer: list[str]) -> None:
    with pytest.raises(EgressRefused) as caught:
        connect("mail.example.com", 993, timeout=1, resolver=FakeResolver(answer))

    assert "10.0.0.5" not in str(caught.value)


def test_the_name_is_looked_up_once_and_the_socket_goes_to_that_address(
    listener: socket.socket, settings: Settings
) -> None:
    port = listener.getsockname()[1]
    settings.EGRESS_ALLOW = [f"127.0.0.1:{port}", f"127.0.0.2:{port}"]
    resolver = FakeResolver(["127.0.0.1"], ["127.0.0.2"])

    with connect("rebinding.example", port, timeout=2, resolver=resolver) as sock:
        peer = sock.getpeername()

    assert resolver.call_count == 1
    assert peer == ("127.0.0.1", port)


@pytest.mark.parametrize("port", [22, 6379])
def test_another_port_is_refused_before_the_name_is_looked_up(port: int) -> None:
    resolver = FakeResolver(["93.184.216.34"])

    with pytest.raises(EgressRefused) as caught:
        connect("mail.example.com", port, timeout=1, ports={993, 143}, resolver=resolver)

    assert caught.value.reason == "port"
    assert resolver.call_count == 0


def test_a_port_that_the_operator_opened_does_not_open_inner_addresses(settings: Settings) -> None:
    settings.EGRESS_PORTS = [10143]

    with pytest.raises(EgressRefused) as caught:
        resolve("mail.example.com", 10143, timeout=1, ports={143}, resolver=FakeResolver(["10.0.0.5"]))

    assert caught.value.reason == "address"


def test_an_exception_holds_for_exactly_one_address_and_port(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:1143", "[::1]:1143"]

    allowed = resolve("127.0.0.1", 1143, timeout=1, ports={143})
    allowed_ipv6 = resolve("[::1]", 1143, timeout=1, ports={143})

    assert [str(address) for target in (allowed, allowed_ipv6) for address in target.addresses] == ["127.0.0.1", "::1"]
    for host, port in (("127.0.0.2", 1143), ("127.0.0.1", 1144), ("127.0.0.1", 143)):
        with pytest.raises(EgressRefused):
            resolve(host, port, timeout=1, ports={143})


def test_an_exception_for_a_port_does_not_open_it_for_other_hosts(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:6379"]

    with pytest.raises(EgressRefused) as caught:
        resolve("mail.example.com", 6379, timeout=1, ports={993}, resolver=FakeResolver(["93.184.216.34"]))

    assert caught.value.reason == "port"


def test_a_host_that_the_operator_trusts_may_be_inside() -> None:
    target = resolve("10.0.0.5", 2525, timeout=1, ports={587}, is_trusted=True)

    assert str(target.addresses[0]) == "10.0.0.5"


@pytest.mark.parametrize("host", ["", "[]", "mail..example.com", "a" * 64 + ".example.com", "mail\0.example.com"])
def test_what_is_not_a_host_name_is_not_resolved(host: str) -> None:
    with pytest.raises(NameNotResolved):
        connect(host, 993, timeout=2)


def test_an_unknown_name_is_reported_in_the_words_of_the_resolver() -> None:
    def unknown(host: str, port: int, *, type: int) -> Sequence[tuple[Any, ...]]:  # noqa: A002
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(NameNotResolved, match="Name or service not known"):
        connect("nowhere.example", 993, timeout=1, resolver=unknown)


def test_a_silent_name_server_ends_at_the_timeout() -> None:
    def silent(host: str, port: int, *, type: int) -> Sequence[tuple[Any, ...]]:  # noqa: A002
        time.sleep(3)
        return []

    began = time.monotonic()

    with pytest.raises(TimeoutError):
        connect("slow.example", 993, timeout=0.1, resolver=silent)

    assert time.monotonic() - began < 2


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.9"])
def test_the_next_address_is_tried_when_the_first_refuses(listener: socket.socket, settings: Settings) -> None:
    port = listener.getsockname()[1]
    settings.EGRESS_ALLOW = [f"127.0.0.1:{port}", f"127.0.0.9:{port}"]

    with connect("two.example", port, timeout=2, resolver=FakeResolver(["127.0.0.9", "127.0.0.1"])) as sock:
        peer = sock.getpeername()

    assert peer == ("127.0.0.1", port)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
