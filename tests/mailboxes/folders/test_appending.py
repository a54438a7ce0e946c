"""A copy of what people send stands in the Sent folder of their server, once (SPEC M28)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from mailboxes import appending, settling
from mailboxes.models import Delivery, OutgoingMessage, SentCopy
from mailhub import clock
from mailhub.lib.secret import Secret
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import ServerError
from servers.models.incoming import CopyToSent
from tests.mailboxes.folders.office import FolderOffice, make_folder_office
from tests.mailboxes.folders.test_reading import PLAIN
from tests.realservers.folders import mail_program
from tests.realservers.mail import MailServers

SOON = timedelta(minutes=1)
_State = SentCopy.State


def _send(office: FolderOffice) -> OutgoingMessage:
    return office.send(office.servers.new_user("customers.example").address)


def _append(office: FolderOffice, *, after: timedelta = SOON) -> bool:
    return appending.append_due(office.incoming.pk, now=lambda: clock.now() + after)


def _in_sent(office: FolderOffice, folder: str = "Sent") -> list[bytes]:
    return office.servers.messages_in(office.user.address, folder)


def test_what_was_sent_stands_in_sent_as_read_and_with_its_time(office: FolderOffice) -> None:
    sent = _send(office)

    _append(office)

    assert _in_sent(office) == [sent.raw()]
    with mail_program(office.servers, office.user) as program:
        program.select("Sent", readonly=True)
        _status, [answer] = program.fetch("1", "(FLAGS INTERNALDATE)")
    assert "\\Seen" in str(answer)
    assert f"{sent.created_at:%d-%b-%Y %H:%M:%S} +0000" in str(answer)
    assert SentCopy.objects.get().state == _State.DONE


def test_the_copy_names_no_blind_recipient(office: FolderOffice) -> None:
    _send(office)

    _append(office)

    assert b"\nbcc:" not in _in_sent(office)[0].lower()


def test_what_the_provider_put_there_by_itself_is_not_put_there_again(office: FolderOffice) -> None:
    sent = _send(office)
    office.put("Sent", sent.raw())

    _append(office)

    assert len(_in_sent(office)) == 1
    assert SentCopy.objects.get().state == _State.DONE


def test_nothing_is_appended_before_anybody_has_the_message(office: FolderOffice) -> None:
    office.submit(office.outgoing, "cleo@customers.example")

    _append(office)

    assert not SentCopy.objects.exists()
    assert _in_sent(office) == []


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ({"copy_to_sent": CopyToSent.NEVER}, {}),
        ({"is_active": False}, {}),
        ({"protocol": Protocol.POP3}, {}),
        ({"host": "imap.gmail.com"}, {}),
        ({}, {"origin": OutgoingMessage.Origin.SYSTEM}),
        ({}, {"origin": OutgoingMessage.Origin.PROBE}),
        ({}, {"is_confidential": True}),
    ],
    ids=["never", "retrieval is off", "POP3", "Gmail does it", "system mail", "probe", "security mail"],
)
def test_no_copy_is_planned(office: FolderOffice, server: dict[str, Any], message: dict[str, Any]) -> None:
    sent = office.submit(office.outgoing, "cleo@customers.example")
    sent.deliveries.update(state=Delivery.State.SENT)
    office.change(**server)
    OutgoingMessage.objects.filter(pk=sent.pk).update(**message)
    type(office.outgoing).objects.filter(pk=office.outgoing.pk).update(host="smtp.gmail.com")
    submitted = OutgoingMessage.objects.select_related("server").get(pk=sent.pk)

    assert appending.plan(submitted, now=clock.now()) is None


def test_always_means_also_where_the_provider_does_it(office: FolderOffice) -> None:
    sent = office.submit(office.outgoing, "cleo@customers.example")
    sent.deliveries.update(state=Delivery.State.SENT)
    office.change(host="imap.gmail.com", copy_to_sent=CopyToSent.ALWAYS)

    copy = appending.plan(sent, now=clock.now())

    assert copy is not None
    assert appending.plan(sent, now=clock.now()) is None


def test_a_missing_sent_folder_is_created_where_the_others_are(
    mail_servers: MailServers, allow_egress: None, transactional_db: None
) -> None:
    office = make_folder_office(mail_servers, Protocol.IMAP, settings=PLAIN)
    with tenant_scope(office.tenant.pk):
        sent = _send(office)

        _append(office)

        assert _in_sent(office, "INBOX.Sent") == [sent.raw()]


def test_a_server_that_is_away_is_tried_again_and_given_up_after_a_day(office: FolderOffice) -> None:
    _send(office)
    office.incoming.password = Secret("wrong")
    office.incoming.save(update_fields=["password"])

    _append(office)
    waiting = SentCopy.objects.get()
    assert waiting.state == _State.WAITING
    assert waiting.not_before > clock.now()
    assert not ServerError.objects.filter(operation="append").exists()
    _append(office, after=timedelta(hours=25))

    given_up = SentCopy.objects.get()
    assert given_up.state == _State.FAILED
    assert "Authentication failed" in given_up.words
    assert ServerError.objects.get(operation="append").advice


def test_of_many_workers_one_appends_each_copy(office: FolderOffice) -> None:
    for _ in range(3):
        _send(office)
    threads = [threading.Thread(target=_append_in_a_thread, args=(office,)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(_in_sent(office)) == 3
    assert set(SentCopy.objects.values_list("state", flat=True)) == {_State.DONE}


def test_a_step_that_fails_after_the_settling_leaves_what_the_server_said(office: FolderOffice, settings: Any) -> None:
    settings.PIPELINES = {**settings.PIPELINES, "settled": ("tests.mailboxes.folders.test_appending.fail",)}

    sent = _send(office)

    assert sent.deliveries.get().state == Delivery.State.SENT
    assert settling.FOUND_IN_SENT not in sent.deliveries.get().reply_text


def fail(outgoing: OutgoingMessage) -> None:
    raise RuntimeError(f"A fault in a step after {outgoing.pk}.")


def _append_in_a_thread(office: FolderOffice) -> None:
    try:
        with tenant_scope(office.tenant.pk):
            _append(office)
    finally:
        connection.close()
