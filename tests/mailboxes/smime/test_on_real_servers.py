"""Signed and encrypted letters through real servers: what arrives is what was sent, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from mailboxes import appending, delivering, writing
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from tests.mailboxes.folders.office import FolderOffice, make_folder_office
from tests.mailboxes.smime.accounts import give_key, know
from tests.mailboxes.smime.authority import Holder, person, rsa_key
from tests.mailboxes.smime.openssl import Openssl
from tests.mailboxes.smime.written import content_of
from tests.realservers.mail import MailServers

TEXT = "From the start:\n.\n..two dots\nblanks at the end   \n-- \nThe office\n" + "x" * 2000 + "\nGrüße\n"


@pytest.fixture
def office(mail_servers: MailServers, allow_egress: None, transactional_db: None) -> Iterator[FolderOffice]:
    office = make_folder_office(mail_servers, Protocol.IMAP)
    with tenant_scope(office.tenant.pk):
        yield office


@pytest.mark.parametrize(("is_signed", "is_encrypted"), [(True, False), (True, True)])
def test_it_arrives_and_stands_in_sent_as_it_left(
    is_signed: bool, is_encrypted: bool, office: FolderOffice, example_ca: Holder, openssl: Openssl
) -> None:
    recipient = office.servers.new_user("customers.example").address
    reader = person(example_ca, recipient, name="Reader")
    know(office.tenant, reader)
    give_key(office.person, person(example_ca, office.outgoing.from_address, name="Office", key=rsa_key(2)))
    letter = replace(
        office.letter(office.outgoing, recipient, text=TEXT), is_signed=is_signed, is_encrypted=is_encrypted
    )

    outgoing = writing.send_new(letter, now=clock.now())
    delivering.deliver_due(office.outgoing.pk, now=clock.now)
    appending.append_due(office.incoming.pk, now=lambda: clock.now() + timedelta(minutes=1))

    [arrived] = office.servers.messages_in(recipient)
    assert content_of(arrived) == content_of(outgoing.raw())
    inside = openssl.decrypted(arrived, reader) if is_encrypted else arrived
    assert b"=46rom =\r\nthe start:" in inside or b"=46rom the start:" in inside
    assert openssl.verified(inside, example_ca)
    assert office.servers.messages_in(office.user.address, "Sent") == [outgoing.raw()]
