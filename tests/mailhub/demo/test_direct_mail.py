"""Mail of the demonstration's world to a direct address goes through the listener of mailhub."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mailhub.demo.world.direct_mail import DirectMail
from tests.mailboxes.inbound.running import ADDRESS, DOMAIN, OTHER_ADDRESS, FakeStore, Running


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def listener(store: FakeStore) -> Iterator[Running]:
    with Running(store) as running:
        yield running


def test_mail_to_a_direct_address_arrives_as_it_was_written(listener: Running, store: FakeStore) -> None:
    _carry(listener, store, ("ann@customer.example", ADDRESS, b"Subject: Hello\r\n\r\n.\r\n..dots\r\nEnd"))

    [letter] = store.letters
    assert (letter.envelope_from, letter.envelope_to) == ("ann@customer.example", ADDRESS)
    assert letter.raw == b"Subject: Hello\r\n\r\n.\r\n..dots\r\nEnd\r\n"


def test_mail_that_is_refused_holds_up_nothing(listener: Running, store: FakeStore) -> None:
    _carry(listener, store, ("", OTHER_ADDRESS, b"Nobody\r\n"), ("", ADDRESS, b"Somebody\r\n"))

    assert store.raws == [b"Somebody\r\n"]


def test_only_direct_addresses_go_this_way() -> None:
    direct_mail = DirectMail(DOMAIN, port=1)

    assert direct_mail.is_for(ADDRESS.upper())
    assert not direct_mail.is_for("ann@customer.example")


def _carry(listener: Running, store: FakeStore, *mails: tuple[str, str, bytes]) -> None:
    """Put mails on their way, and wait until one is stored."""

    async def carry() -> None:
        direct_mail = DirectMail(DOMAIN, port=listener.lmtp_port)
        for mail_from, rcpt_to, raw in mails:
            direct_mail.send(mail_from, rcpt_to, raw)
        carrying = asyncio.create_task(direct_mail.carry())
        async with asyncio.timeout(10):
            while not store.letters:
                await asyncio.sleep(0.01)
        carrying.cancel()
        with suppress(asyncio.CancelledError):
            await carrying

    asyncio.run(carry())
