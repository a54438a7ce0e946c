"""What is answered with 250 is in the database, and on the disk (SPEC I1, M14)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mailboxes import changing, deleting
from mailboxes.inbound import taking_in
from mailboxes.inbound.capacity import Disk
from mailboxes.inbound.letters import Destination, Letter, Outcome
from mailboxes.inbound.threads import ThreadedStore
from mailboxes.models import Mailbox, Message
from mailhub import clock
from mailhub.tenancy import sealing
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import Cast, make_cast
from tests.mailboxes.inbound.running import DOMAIN, Running
from tests.reliability.workers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGE = b"From: ann@customer.example\r\nSubject: Hello\r\n\r\nHello there.\r\n"


class Office:
    """A listener over the database, and the bells that were rung, with the rows that were committed by then."""

    def __init__(self, cast: Cast, store: ThreadedStore, listener: Running) -> None:
        self.cast = cast
        self.listener = listener
        self.store = store

    def messages(self, mailbox: Mailbox) -> list[Message]:
        with tenant_scope(mailbox.tenant_id):
            return list(Message.objects.filter(mailbox=mailbox).order_by("id"))


@pytest.fixture
def rung() -> list[tuple[int, UUID, int]]:
    return []


@pytest.fixture
def office(settings: Settings, tmp_path: Path, rung: list[tuple[int, UUID, int]]) -> Iterator[Office]:
    settings.DIRECT_MAIL_DOMAIN = DOMAIN
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "storage"}},
    }

    def ring(tenant_id: int, mailbox_id: UUID) -> None:
        with tenant_scope(tenant_id):
            rung.append((tenant_id, mailbox_id, Message.objects.filter(mailbox_id=mailbox_id).count()))

    store = ThreadedStore(Disk(tmp_path, reserve=0), ring=ring, threads=2)
    with Running(store) as listener:
        yield Office(make_cast(), store, listener)
    store.stop()


def test_a_message_is_stored_as_it_came_with_its_envelope(office: Office) -> None:
    mailbox = office.cast.mailbox
    detailed = mailbox.direct_address.replace("@", "+rToken@")

    with office.listener.client() as client:
        assert client.deliver(MESSAGE, detailed).startswith("250")
        [message] = office.messages(mailbox)

    with tenant_scope(mailbox.tenant_id):
        assert message.raw() == MESSAGE
    assert message.state == Message.State.STORED
    assert message.arrived_by == Message.Arrival.DIRECT
    assert (message.envelope_from, message.envelope_to) == ("ann@customer.example", detailed)
    assert (message.size, message.tenant_id) == (len(MESSAGE), mailbox.tenant_id)


def test_the_bell_rings_after_the_commit(office: Office, rung: list[tuple[int, UUID, int]]) -> None:
    mailbox = office.cast.mailbox

    with office.listener.client() as client:
        client.deliver(MESSAGE, mailbox.direct_address)
    wait_until(lambda: bool(rung), seconds=10)

    assert rung == [(mailbox.tenant_id, mailbox.pk, 1)]


def test_one_message_to_two_tenants_is_stored_in_each(office: Office) -> None:
    ours, theirs = office.cast.mailbox, office.cast.other_mailbox

    with office.listener.client() as client:
        assert client.deliver(MESSAGE, ours.direct_address, theirs.direct_address).startswith("250")

    for mailbox in (ours, theirs):
        [message] = office.messages(mailbox)
        assert (message.tenant_id, message.envelope_to) == (mailbox.tenant_id, mailbox.direct_address)
        with tenant_scope(mailbox.tenant_id):
            assert message.raw() == MESSAGE


def test_a_retry_of_what_was_stored_is_the_same_message(office: Office) -> None:
    with office.listener.client() as client:
        for _ in range(3):
            assert client.deliver(MESSAGE, office.cast.mailbox.direct_address).startswith("250")

    assert len(office.messages(office.cast.mailbox)) == 1


def test_when_one_of_two_tenants_fails_the_retry_completes_it(office: Office) -> None:
    ours, theirs = office.cast.mailbox, office.cast.other_mailbox

    with office.listener.client() as client:
        with _broken_key(theirs.tenant):
            assert client.deliver(MESSAGE, ours.direct_address, theirs.direct_address).startswith("451 4.3.0")
            assert (len(office.messages(ours)), len(office.messages(theirs))) == (1, 0)
        assert client.deliver(MESSAGE, ours.direct_address, theirs.direct_address).startswith("250")

    assert (len(office.messages(ours)), len(office.messages(theirs))) == (1, 1)


def test_a_storage_that_fails_leaves_no_row(office: Office, tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("A file where the directory should be.")

    with office.listener.client() as client:
        assert client.deliver(MESSAGE, office.cast.mailbox.direct_address).startswith("451 4.3.0")
        assert office.messages(office.cast.mailbox) == []
        (tmp_path / "storage").unlink()
        assert client.deliver(MESSAGE, office.cast.mailbox.direct_address).startswith("250")


def test_a_mailbox_that_is_deleted_after_rcpt_gets_nothing(office: Office) -> None:
    mailbox = office.cast.hidden_mailbox

    with office.listener.lmtp_client() as client:
        client.envelope(mailbox.direct_address, office.cast.mailbox.direct_address)
        with tenant_scope(mailbox.tenant_id):
            deleting.delete(mailbox, successor=office.cast.mailbox, now=clock.now())
        assert client.data(MESSAGE).startswith("550 5.1.1")
        assert client.hear().startswith("250")
        client.says("MAIL FROM:<>")
        assert client.says(f"RCPT TO:<{mailbox.direct_address}>").startswith("550 5.1.1")

    assert office.messages(mailbox) == []


def test_a_mailbox_that_is_switched_off_takes_mail_once_it_is_on_again(office: Office) -> None:
    mailbox = office.cast.mailbox
    with tenant_scope(mailbox.tenant_id):
        changing.deactivate(mailbox, now=clock.now())

    with office.listener.client() as client:
        assert client.envelope(mailbox.direct_address)[1].startswith("450 4.2.1")
        with tenant_scope(mailbox.tenant_id):
            Mailbox.objects.filter(pk=mailbox.pk).update(is_active=True)
        assert client.says(f"RCPT TO:<{mailbox.direct_address}>").startswith("250")


def test_finding_a_mailbox_takes_one_query_whether_it_is_there_or_not(office: Office) -> None:
    counts = []
    for token in (str(office.cast.mailbox.direct_token), "abcdefghijklmnop"):
        with CaptureQueriesContext(connection) as queries:
            taking_in.find(token)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_letter_of_another_tenant_is_never_stored_in_a_mailbox(office: Office) -> None:
    wrong = Destination(office.cast.other_tenant.pk, office.cast.mailbox.pk, is_active=True)

    settled = taking_in.take_in(Letter(wrong, "", "x@in.mailhub.example", MESSAGE, clock.now()))

    assert settled.outcome is Outcome.GONE
    with unscoped("nothing may be stored anywhere"):
        assert not Message.objects.exists()


def test_messages_that_come_at_once_are_all_stored(office: Office) -> None:
    clients = [office.listener.client() for _ in range(6)]
    for number, client in enumerate(clients):
        client.envelope(office.cast.mailbox.direct_address)
        client.sends(b"DATA\r\nSubject: %d\r\n\r\n.\r\n" % number)
    replies = [client.hear_reply_to_data() for client in clients]

    assert all(reply.startswith("250") for reply in replies)
    assert len(office.messages(office.cast.mailbox)) == len(clients)


def test_the_disk_keeps_its_reserve(tmp_path: Path) -> None:
    not_there_yet = tmp_path / "storage" / "mail"

    disk, full_disk = Disk(not_there_yet, reserve=0), Disk(not_there_yet, reserve=1 << 60)
    disk.look()
    full_disk.look()

    assert disk.has_room_for(1000)
    assert not disk.has_room_for(1 << 60)
    assert not full_disk.has_room_for(0)


@contextmanager
def _broken_key(tenant: Tenant) -> Iterator[None]:
    """Nothing can be sealed for the tenant within the block."""
    wrapped_key = tenant.wrapped_key
    Tenant.objects.filter(pk=tenant.pk).update(wrapped_key=b"broken")
    sealing.forget_keys()
    yield
    Tenant.objects.filter(pk=tenant.pk).update(wrapped_key=wrapped_key)
    sealing.forget_keys()
