"""A copy stays on the server for some days, and then it is removed (SPEC M30)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from mailboxes import changing
from mailboxes.models import Message, MessageOrigin
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import IncomingServer
from tests.mailboxes.folders.office import FolderOffice, make_folder_office
from tests.realservers.mail import MailServers
from tests.reliability.maildrops import Pop3Maildrop
from tests.reliability.office import Correspondents, make_office, numbered_mail
from tests.servers.scripted import scripted_server

DAY = timedelta(days=1)
_Removal = MessageOrigin.Removal


@pytest.fixture(params=[Protocol.IMAP, Protocol.POP3])
def office(
    request: pytest.FixtureRequest, mail_servers: MailServers, allow_egress: None, transactional_db: None
) -> Iterator[FolderOffice]:
    office = make_folder_office(mail_servers, request.param)
    with tenant_scope(office.tenant.pk):
        office.change(remove_after_days=3)
        yield office


def test_messages_stay_until_their_day_and_go_then(office: FolderOffice) -> None:
    Correspondents(office.servers, office.user.address).write(2)
    office.poll()
    office.poll(after=2 * DAY)
    assert office.numbers_on_server() == [1, 2]

    office.poll(after=4 * DAY)

    assert office.numbers_on_server() == []
    assert Message.objects.count() == 2
    assert set(MessageOrigin.objects.values_list("removal", flat=True)) == {_Removal.DONE}


def test_what_came_later_stays_while_the_older_goes(office: FolderOffice) -> None:
    correspondents = Correspondents(office.servers, office.user.address)
    correspondents.write()
    office.poll()
    correspondents.write()
    office.poll(after=2 * DAY)

    office.poll(after=4 * DAY)

    assert office.numbers_on_server() == [2]


def test_other_days_move_the_removals_that_are_planned(office: FolderOffice) -> None:
    Correspondents(office.servers, office.user.address).write()
    office.poll()
    server = IncomingServer.objects.get()
    before = MessageOrigin.objects.get().remove_at
    assert before is not None

    server.remove_after_days = 10
    changing.change_incoming(server, now=clock.now())
    assert MessageOrigin.objects.get().remove_at == before + 7 * DAY
    server.remove_after_days = None
    changing.change_incoming(server, now=clock.now())

    assert MessageOrigin.objects.get().remove_at is None
    office.poll(after=30 * DAY)
    assert office.numbers_on_server() == [1]


def test_removing_at_once_from_now_on_also_takes_what_was_planned(office: FolderOffice) -> None:
    Correspondents(office.servers, office.user.address).write()
    office.poll()
    server = IncomingServer.objects.get()

    server.copy_mail, server.remove_after_days = False, None
    changing.change_incoming(server, now=clock.now())
    office.poll()

    assert office.numbers_on_server() == []


@pytest.mark.django_db(transaction=True)
def test_a_name_that_another_message_has_by_now_removes_nothing_that_is_not_stored(settings: Settings) -> None:
    office = make_office()
    maildrop = Pop3Maildrop(raws=[numbered_mail(1)], uidls=["a"])
    with tenant_scope(office.tenant.pk), scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=True)
        # The maildrop stands in for the real servers, and nobody sends.
        no_server: Any = None
        polled = FolderOffice(office.tenant, office.person, office.mailbox, no_server, no_server, incoming, no_server)
        polled.change(remove_after_days=3)
        polled.poll()
        maildrop.raws = [numbered_mail(2)]

        polled.poll(after=4 * DAY)

        assert Message.objects.count() == 2
        assert len(maildrop.raws) == 1
        origin = MessageOrigin.objects.get()
        assert origin.removal == _Removal.KEEP
        assert origin.remove_at is not None
        assert origin.remove_at > clock.now() + 6 * DAY
