"""Mail that was in the inbox when its server was added, on a real server."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mailboxes import archives, changing, polling, receiving
from mailboxes.models import Autoresponder, Conversation, Message, MessageOrigin, OutgoingMessage, ReplyTemplate
from mailboxes.polling import archiving
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import ArchiveMode, IncomingServer
from tests.mailboxes.folders.office import CUSTOMER, FolderOffice, mail, make_folder_office
from tests.realservers.mail import MailServers
from tests.reliability.office import lease

_State = Conversation.Status


@pytest.fixture(params=[Protocol.IMAP, Protocol.POP3], ids=str)
def either(
    request: pytest.FixtureRequest, mail_servers: MailServers, allow_egress: None, transactional_db: None
) -> Iterator[FolderOffice]:
    """An office whose server removes what is stored, added a moment ago."""
    office = make_folder_office(mail_servers, request.param)
    with tenant_scope(office.tenant.pk):
        office.change(copy_mail=False)
        yield office


def test_what_was_there_is_taken_in_from_the_chosen_day_closed_read_unanswered_and_stays(
    either: FolderOffice,
) -> None:
    _archive_from(either, days=30)
    _put(either, "Ancient", days_ago=90)
    _put(either, "Old", days_ago=20)
    now = clock.now()
    template = ReplyTemplate.objects.create(
        tenant=either.tenant, name="Away", html="Later.", created_at=now, changed_at=now
    )
    Autoresponder.objects.create(tenant=either.tenant, mailbox=either.mailbox, template=template, is_active=True)

    either.poll()
    either.poll()

    old = Message.objects.get()
    assert (old.subject, old.is_archived) == ("Old", True)
    assert abs(old.received_at - _days_ago(20)) < timedelta(minutes=5)
    assert old.conversation is not None
    assert old.conversation.status == _State.CLOSED
    assert not Conversation.objects.unread_for(either.person).exists()
    assert not OutgoingMessage.objects.exists()
    assert len(either.servers.messages_in(either.user.address)) == 2
    server = IncomingServer.objects.get()
    assert server.archive_ended_at is not None
    assert server.archive_left == 0
    assert server.last_mail_at is None


def test_what_was_there_is_left_alone_and_what_comes_then_is_new(either: FolderOffice) -> None:
    either.change(archive_mode=ArchiveMode.NONE)
    _put(either, "Old", days_ago=5)
    either.poll()
    either.servers.deliver(either.user.address, mail(CUSTOMER, either.user.address, "New"))

    either.poll()
    either.poll()

    new = Message.objects.get()
    assert (new.subject, new.is_archived) == ("New", False)
    assert Conversation.objects.unread_for(either.person).get() == new.conversation
    [left] = either.servers.messages_in(either.user.address)
    assert b"Subject: Old" in left


def test_mail_that_was_there_counts_as_new_where_a_person_wants_it(either: FolderOffice) -> None:
    _put(either, "Old", days_ago=5)

    either.poll()

    assert not Message.objects.get().is_archived
    assert Conversation.objects.get().status == _State.OPEN
    assert either.servers.messages_in(either.user.address) == []


def test_an_archive_can_be_stopped_and_begun_again_from_an_earlier_day(either: FolderOffice) -> None:
    _archive_from(either, days=30)
    _put(either, "Ancient", days_ago=90)
    _put(either, "Old", days_ago=20)
    either.poll()
    archives.stop(_server())
    assert _server().archive_mode == ArchiveMode.NONE

    archives.start(_server(), since=_days_ago(100).date(), now=clock.now())
    either.poll()

    assert sorted(Message.objects.values_list("subject", "is_archived")) == [("Ancient", True), ("Old", True)]
    assert _server().archive_ended_at is not None


def test_a_poll_that_works_by_the_former_choice_stores_nothing_more(
    office: FolderOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    _archive_from(office, days=30)
    _put(office, "Old", days_ago=20)
    has_to_stop = archiving._has_to_stop

    def stopped_by_a_person(*args: object, **kwargs: object) -> bool:
        archives.stop(_server())
        return has_to_stop(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(archiving, "_has_to_stop", stopped_by_a_person)

    office.poll()

    assert not Message.objects.exists()
    assert _server().archive_count is None


def test_new_mail_waits_for_no_archive(office: FolderOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "MOST_WAITING", 10)
    _archive_from(office, days=30)
    _put(office, *(f"Old {number}" for number in range(120)), days_ago=20)
    _poll_only(office)
    assert _server().archive_count == 120
    assert _server().archive_taken_count == 50
    office.put("INBOX", mail(CUSTOMER, office.user.address, "New"))

    # The pipeline is behind, so nothing is added to what waits but new mail.
    _poll_only(office)

    assert _server().archive_taken_count == 50
    assert Message.objects.filter(is_archived=True).count() == 50
    first = Message.objects.waiting().first()
    assert first is not None
    assert not first.is_archived

    for _ in range(3):
        receiving.receive_waiting(office.mailbox.pk, now=clock.now)
        _poll_only(office)
    assert _server().archive_ended_at is not None
    assert Message.objects.filter(is_archived=True).count() == 120


def test_an_answer_to_archived_mail_opens_its_conversation_again(office: FolderOffice) -> None:
    _archive_from(office, days=30)
    old = mail(CUSTOMER, office.user.address, "Offer", message_id="offer@customers.example")
    office.put("INBOX", old, at=_days_ago(20))
    office.poll()

    office.put("INBOX", mail(CUSTOMER, office.user.address, "Re: Offer", in_reply_to="offer@customers.example"))
    office.poll()

    conversation = Conversation.objects.get()
    assert conversation.message_count == 2
    assert conversation.status == _State.OPEN
    assert Conversation.objects.unread_for(office.person).exists()


def test_an_archived_answer_reopens_nothing_and_is_unread_for_nobody(office: FolderOffice) -> None:
    _archive_from(office, days=30)
    sent = office.submit(office.outgoing, CUSTOMER)
    Conversation.objects.update(status=_State.CLOSED)
    answer = mail(CUSTOMER, office.user.address, "Re: Number 0", in_reply_to=sent.message_id)
    office.put("INBOX", answer, at=_days_ago(1))

    office.poll()

    assert Message.objects.get().conversation_id == sent.conversation_id
    assert Conversation.objects.get().status == _State.CLOSED
    assert not Conversation.objects.unread_for(office.person).exists()


@pytest.mark.parametrize("mode", [ArchiveMode.NONE, ArchiveMode.ARCHIVE])
def test_what_was_left_alone_stays_so_when_the_server_numbers_its_messages_anew(
    office: FolderOffice, mode: ArchiveMode
) -> None:
    office.change(archive_mode=mode, archive_from=_days_ago(30).date())
    _put(office, "Ancient", days_ago=90)
    _put(office, "Old", days_ago=20)
    office.poll()
    office.put("INBOX", mail(CUSTOMER, office.user.address, "New"))
    office.poll()
    _lose_the_index(office)
    office.put("INBOX", mail(CUSTOMER, office.user.address, "Newest"))

    for _ in range(3):
        office.poll()

    new = Message.objects.filter(is_archived=False)
    assert sorted(new.values_list("subject", flat=True)) == ["New", "Newest"]
    archived = list(Message.objects.filter(is_archived=True).values_list("subject", flat=True))
    assert archived == (["Old"] if mode == ArchiveMode.ARCHIVE else [])


def test_what_came_while_a_server_could_not_be_reached_under_its_old_name_is_new(either: FolderOffice) -> None:
    either.change(archive_mode=ArchiveMode.NONE)
    _put(either, "Old", days_ago=20)
    either.poll()
    either.change(last_success_at=_days_ago(3), archive_at=_days_ago(9))
    _put(either, "Meanwhile", days_ago=2)
    server = _server()
    server.host = "127.0.0.1"

    changing.change_incoming(server, now=clock.now())
    either.poll()

    new = Message.objects.get()
    assert (new.subject, new.is_archived) == ("Meanwhile", False)
    [left] = either.servers.messages_in(either.user.address)
    assert b"Subject: Old" in left


def test_nothing_of_an_archive_is_ever_planned_for_removal(either: FolderOffice) -> None:
    either.change(copy_mail=True, remove_after_days=1)
    _archive_from(either, days=30)
    _put(either, "Old", days_ago=20)

    either.poll()
    either.poll(after=timedelta(days=3))

    origin = MessageOrigin.objects.get()
    assert (origin.removal, origin.remove_at) == (MessageOrigin.Removal.KEEP, None)
    assert len(either.servers.messages_in(either.user.address)) == 1


def _archive_from(office: FolderOffice, *, days: int) -> None:
    office.change(archive_mode=ArchiveMode.ARCHIVE, archive_from=_days_ago(days).date())


def _put(office: FolderOffice, *subjects: str, days_ago: int) -> None:
    at = _days_ago(days_ago)
    # POP3 has no INTERNALDATE: there the line counts that the server wrote.
    received = f"Received: by mail.example; {at:%a, %d %b %Y %H:%M:%S} +0000\r\n".encode()
    office.put("INBOX", *(received + mail(CUSTOMER, office.user.address, subject) for subject in subjects), at=at)


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def _server() -> IncomingServer:
    return IncomingServer.objects.select_related("mailbox").get()


def _poll_only(office: FolderOffice) -> None:
    polling.poll(office.incoming.pk, lease(office.incoming), now=clock.now, stored=lambda _mailbox: None)


def _lose_the_index(office: FolderOffice) -> None:
    """Have Dovecot forget all UIDs of the mailbox, as after a restore from a backup."""
    home = office.servers._dovecot._directory / "mail" / office.user.address
    shutil.rmtree(home / "index")
    (home / "Maildir" / "dovecot-uidlist").unlink()
