"""Servers that number their messages anew, twice the same, or not at all: nothing is lost, nothing is there twice."""

import imaplib
import re
import shutil
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from mailboxes import polling, receiving
from mailboxes.models import Conversation, Message, MessageOrigin
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import Folder, IncomingServer, ServerError
from tests.realservers.mail import MailServers
from tests.reliability.maildrops import ImapMaildrop, Pop3Maildrop
from tests.reliability.office import (
    Correspondents,
    Office,
    RealOffice,
    StoredNumbers,
    lease,
    make_office,
    make_real_office,
    numbered_mail,
)
from tests.reliability.workers import Runner
from tests.servers.scripted import scripted_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]

_Removal = MessageOrigin.Removal


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


# A real server that loses its index


def test_a_new_uidvalidity_brings_no_message_a_second_time(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    correspondents = Correspondents(mail_servers, office.user.address)
    with tenant_scope(office.tenant.pk):
        correspondents.write(8)
        _poll(office.incoming)
        receiving.receive_waiting(office.mailbox.pk, now=clock.now)
        before = _uidvalidity(office)
        _lose_the_index(office)
        correspondents.write(2)
        assert _uidvalidity(office) != before

        for _ in range(2):
            _poll(office.incoming)
            receiving.receive_waiting(office.mailbox.pk, now=clock.now)

        assert StoredNumbers(office.mailbox).now() == list(range(1, 11))
        assert Conversation.objects.count() == 10
        assert MessageOrigin.objects.filter(uidvalidity=before).count() == 8
        assert MessageOrigin.objects.filter(uidvalidity=_uidvalidity(office)).count() == 10
        assert Folder.objects.get(name="INBOX").resync_count == 0
    assert office.numbers_on_server() == list(range(1, 11))


def test_what_could_not_be_removed_before_a_new_uidvalidity_is_removed_after_it(
    mail_servers: MailServers, runner: Runner
) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=False)
    correspondents = Correspondents(mail_servers, office.user.address)
    with tenant_scope(office.tenant.pk):
        correspondents.write(5)
        token = lease(office.incoming)
        assert runner.is_killed("poll", office.tenant.pk, office.incoming.pk, token, failpoint="poll.stored")
        _lose_the_index(office)
        correspondents.write(1)

        _poll(office.incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2, 3, 4, 5, 6]
    assert office.numbers_on_server() == []


def test_the_same_octets_twice_in_the_inbox_are_one_message_and_both_leave_the_server(
    mail_servers: MailServers,
) -> None:
    for protocol in (Protocol.IMAP, Protocol.POP3):
        office = make_real_office(mail_servers, protocol, copy_mail=False)
        for number in (1, 1, 2):
            _append(office, numbered_mail(number, identifier=f"number-{number}"))
        with tenant_scope(office.tenant.pk):
            _poll(office.incoming)
            _poll(office.incoming)

            assert StoredNumbers(office.mailbox).now() == [1, 2]
            assert MessageOrigin.objects.count() == 3
        assert office.numbers_on_server() == []


# IMAP servers that break the rules


def test_a_server_without_uidvalidity_is_read_by_content(office: Office, settings: Settings) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1), numbered_mail(2)], uidvalidity=None)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=False)

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2]
        assert maildrop.numbers() == []
        assert set(MessageOrigin.objects.values_list("removal", flat=True)) == {_Removal.DONE}


def test_a_uidvalidity_that_is_new_each_time_pauses_the_server_until_it_stays(
    office: Office, settings: Settings
) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1)])
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)

        for round_ in range(10):
            maildrop.uidvalidity = round_ + 1
            _poll(incoming)

        incoming.refresh_from_db()
        assert "changed UIDVALIDITY" in incoming.last_failure
        assert incoming.failure_count == 4
        # Each poll asks for the sizes; the bodies were fetched with the first and with five changes, no more.
        assert maildrop.fetch_count == 10 + 6
        assert StoredNumbers(office.mailbox).now() == [1]

        maildrop.raws.append(numbered_mail(2))
        _poll(incoming)

        incoming.refresh_from_db()
        assert incoming.failure_count == 0
        assert StoredNumbers(office.mailbox).now() == [1, 2]


def test_uids_that_begin_again_under_the_same_uidvalidity_raise_an_alarm_and_lose_nothing(
    office: Office, settings: Settings
) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(number) for number in (1, 2, 3)])
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)
        maildrop.raws = [maildrop.raws[2], numbered_mail(4)]

        _poll(incoming)
        assert "UIDs again" in ServerError.objects.get().words
        _poll(incoming)
        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2, 3, 4]
        assert ServerError.objects.get().count == 1


def test_answers_for_messages_that_were_not_asked_for_are_ignored(office: Office, settings: Settings) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1)], unasked=numbered_mail(99))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1]


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("UID FETCH", ["* BYE going down"]),
        ("EXAMINE", ["{tag} NO [UNAVAILABLE] later"]),
        ("UID SEARCH", ["{tag} OK"]),
    ],
)
def test_a_poll_that_broke_off_is_made_up_for_by_the_next(
    office: Office, settings: Settings, verb: str, answer: list[str | bytes]
) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1), numbered_mail(2)])
    with scripted_server(maildrop.script({verb: answer}), settings) as broken:
        incoming = office.incoming_from(broken.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)
        assert not Message.objects.exists()

    with scripted_server(maildrop.script(), settings) as server:
        IncomingServer.objects.filter(pk=incoming.pk).update(port=server.port)
        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2]


# POP3 servers that break the rules


@pytest.mark.parametrize(
    "uidls",
    [
        pytest.param(None, id="none at all"),
        pytest.param(["same", "same", "same"], id="all the same"),
        pytest.param(["same", "same", "other"], id="two the same"),
        pytest.param(["x" * 1500, "y" * 1500, "z" * 1500], id="too long"),
    ],
)
@pytest.mark.parametrize("copy_mail", [True, False])
def test_without_names_to_rely_on_messages_go_by_content(
    office: Office, settings: Settings, uidls: list[str] | None, *, copy_mail: bool
) -> None:
    maildrop = Pop3Maildrop([numbered_mail(number) for number in (1, 2, 3)], uidls)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=copy_mail)

        _poll(incoming)
        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2, 3]
        assert MessageOrigin.objects.count() == 3
        removal = _Removal.KEEP if copy_mail else _Removal.DONE
        assert set(MessageOrigin.objects.values_list("removal", flat=True)) == {removal}
    assert len(maildrop.raws) == (3 if copy_mail else 0)


def test_a_message_that_the_server_will_not_give_keeps_no_other_back(office: Office, settings: Settings) -> None:
    raws = [numbered_mail(number) for number in (1, 2, 3, 4)]
    maildrop = Pop3Maildrop(raws, ["one", "two", "three", "four"], refused=frozenset({2}))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=False)

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 3, 4]
        assert "this message is damaged" in ServerError.objects.get().words
    assert maildrop.raws == [raws[1]]


def test_the_same_octets_twice_without_names_leave_the_server_together(office: Office, settings: Settings) -> None:
    raw = numbered_mail(1)
    maildrop = Pop3Maildrop([raw, raw], None)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=False)

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1]
    assert maildrop.raws == []


def test_a_name_that_is_given_to_the_next_message_removes_nothing_that_is_not_stored(
    office: Office, settings: Settings
) -> None:
    # The answer to QUIT is lost, so we never learn that the first message is gone.
    maildrop = Pop3Maildrop([numbered_mail(1)], ["first"], is_silent_at_quit=True)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=False)
        _poll(incoming)
        assert maildrop.raws == []
        assert MessageOrigin.objects.get().removal == _Removal.PENDING
        maildrop.raws = [numbered_mail(2)]
        maildrop.is_silent_at_quit = False

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1, 2]
    assert maildrop.raws == []


def test_a_server_that_keeps_what_it_was_told_to_remove_brings_nothing_twice(
    office: Office, settings: Settings
) -> None:
    maildrop = Pop3Maildrop([numbered_mail(1)], ["first"], is_deaf_to_dele=True)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=False)

        for _ in range(3):
            _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [1]
        assert MessageOrigin.objects.count() == 1


def _poll(incoming: IncomingServer) -> None:
    polling.poll(incoming.pk, lease(incoming), now=clock.now, stored=lambda _mailbox: None)


def _uidvalidity(office: RealOffice) -> int:
    with imaplib.IMAP4("127.0.0.1", office.servers.ports["imap"]) as connection:
        connection.login(office.user.address, office.user.password)
        _status, [answer] = connection.status("INBOX", "(UIDVALIDITY)")
    found = re.search(rb"UIDVALIDITY (\d+)", answer)
    assert found is not None
    return int(found[1])


def _lose_the_index(office: RealOffice) -> None:
    """Have Dovecot forget all UIDs of the mailbox, as after a restore from a backup."""
    home = office.servers._dovecot._directory / "mail" / office.user.address
    shutil.rmtree(home / "index")
    (home / "Maildir" / "dovecot-uidlist").unlink()


def _append(office: RealOffice, raw: bytes) -> None:
    with imaplib.IMAP4("127.0.0.1", office.servers.ports["imap"]) as connection:
        connection.login(office.user.address, office.user.password)
        connection.append("INBOX", "", "", raw)
