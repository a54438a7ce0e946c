"""Junk and Sent are read beside INBOX, over one session, on a real server (SPEC M28)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Conversation, Message
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import Folder, FolderRole, IncomingServer, ServerError
from tests.mailboxes.folders.office import CUSTOMER, FolderOffice, mail, make_folder_office
from tests.realservers import folders
from tests.realservers.mail import MailServers

LATER = timedelta(minutes=3)
# Names without special uses, below INBOX, as Courier has them.
PLAIN = {
    "namespace/inbox/prefix": "INBOX.",
    "namespace/inbox/separator": ".",
    "namespace/inbox/mailbox/Sent/auto": "no",
    "namespace/inbox/mailbox/Sent/special_use": "\\Flagged",
    "namespace/inbox/mailbox/Junk/auto": "no",
    "namespace/inbox/mailbox/Junk/special_use": "\\Flagged",
}


def test_a_reply_that_the_provider_took_for_junk_is_here_with_the_next_poll(office: FolderOffice) -> None:
    office.change(watch_junk=True)
    office.poll()
    sent = office.submit(office.outgoing, CUSTOMER)
    office.put("Junk", mail(CUSTOMER, office.user.address, "Re: Junk", in_reply_to=sent.message_id))

    office.poll()

    reply = office.message("Re: Junk")
    assert reply.folder_role == FolderRole.JUNK
    assert reply.conversation_id == sent.conversation_id
    assert reply.answers_id == sent.pk
    assert len(office.servers.messages_in(office.user.address, "Junk")) == 1


def test_what_stood_in_junk_and_sent_before_is_not_taken_in(office: FolderOffice) -> None:
    office.change(watch_junk=True)
    office.put("Junk", mail(CUSTOMER, office.user.address, "Old junk"))
    office.put("Sent", mail(office.user.address, CUSTOMER, "Old letter"))

    office.poll()
    office.put("Junk", mail(CUSTOMER, office.user.address, "New junk"))
    office.poll(after=LATER)

    assert set(Message.objects.values_list("subject", flat=True)) == {"New junk"}


def test_junk_is_left_alone_unless_it_is_watched(office: FolderOffice) -> None:
    office.poll()
    office.put("Junk", mail(CUSTOMER, office.user.address, "Junk"))

    office.poll(after=LATER)

    assert not Message.objects.exists()
    assert not Folder.objects.filter(role=FolderRole.JUNK).exists()


def test_nothing_is_removed_from_junk_and_sent_where_mail_does_not_stay_in_inbox(office: FolderOffice) -> None:
    office.change(watch_junk=True, copy_mail=False)
    office.poll()
    office.put("Junk", mail(CUSTOMER, office.user.address, "Junk"))
    office.put("Sent", mail(office.user.address, CUSTOMER, "Letter"))
    office.put("INBOX", mail(CUSTOMER, office.user.address, "Inbox"))

    office.poll(after=LATER)
    office.poll(after=2 * LATER)

    assert Message.objects.count() == 3
    left = {name: len(office.servers.messages_in(office.user.address, name)) for name in ("INBOX", "Junk", "Sent")}
    assert left == {"INBOX": 0, "Junk": 1, "Sent": 1}


@pytest.mark.parametrize(
    ("sent", "junk"),
    [("INBOX.Gesendete Objekte", "INBOX.Spam"), ("INBOX.Envoy&AOk-s", "INBOX.Courrier ind&AOk-sirable")],
    ids=["German", "French in modified UTF-7"],
)
def test_folders_are_found_by_their_usual_names_where_the_server_names_no_use(
    mail_servers: MailServers, allow_egress: None, transactional_db: None, sent: str, junk: str
) -> None:
    office = make_folder_office(mail_servers, Protocol.IMAP, settings=PLAIN)
    with tenant_scope(office.tenant.pk):
        office.change(watch_junk=True)
        for name in (sent, junk):
            folders.create(mail_servers, office.user, name)

        office.poll()
        office.put(junk, mail(CUSTOMER, office.user.address, "Junk"))
        office.put(sent, mail(office.user.address, CUSTOMER, "Letter"))
        office.poll(after=LATER)

        assert office.message("Junk").folder_role == FolderRole.JUNK
        assert office.message("Letter").folder_role == FolderRole.SENT
        assert not ServerError.objects.exists()


def test_a_missing_folder_is_no_error_and_is_looked_for_again(
    mail_servers: MailServers, allow_egress: None, transactional_db: None
) -> None:
    office = make_folder_office(mail_servers, Protocol.IMAP, settings=PLAIN)
    with tenant_scope(office.tenant.pk):
        office.poll()
        assert not Folder.objects.filter(role=FolderRole.SENT).exists()
        assert IncomingServer.objects.get().folders_sought_at is not None
        folders.create(mail_servers, office.user, "INBOX.Sent Items")

        office.poll(after=timedelta(minutes=11))

        assert office.folder(FolderRole.SENT).name == "INBOX.Sent Items"
        assert not ServerError.objects.exists()


def test_a_folder_that_was_renamed_is_found_again(
    mail_servers: MailServers, allow_egress: None, transactional_db: None
) -> None:
    office = make_folder_office(mail_servers, Protocol.IMAP, settings=PLAIN)
    with tenant_scope(office.tenant.pk):
        folders.create(mail_servers, office.user, "INBOX.Sent")
        office.poll()
        folders.rename(mail_servers, office.user, "INBOX.Sent", "INBOX.Gesendet")

        office.poll(after=LATER)
        office.poll(after=LATER)

        assert office.folder(FolderRole.SENT).name == "INBOX.Gesendet"
        assert not ServerError.objects.exists()


def test_an_unchanged_server_with_three_folders_costs_few_statements(office: FolderOffice) -> None:
    office.change(watch_junk=True)
    office.poll()
    office.poll(after=LATER)

    with CaptureQueriesContext(connection) as queries:
        office.poll(after=2 * LATER)

    # The lease and its test (5), begin, folders, what was read, end; and of receiving the look for waiting mail (4).
    assert len(queries) <= 16, [query["sql"][:90] for query in queries]
    assert Conversation.objects.count() == 0


@pytest.mark.parametrize("copy_mail", [True, False])
def test_no_flag_on_the_server_is_another_after_a_poll(office: FolderOffice, *, copy_mail: bool) -> None:
    office.change(watch_junk=True, copy_mail=copy_mail)
    office.poll()
    office.servers.deliver(office.user.address, mail(CUSTOMER, office.user.address, "Unread"))
    office.put("Junk", mail(CUSTOMER, office.user.address, "Read"))
    office.put("Sent", mail(office.user.address, CUSTOMER, "Letter"))
    with folders.mail_program(office.servers, office.user) as program:
        program.select("Junk")
        program.store("1", "+FLAGS", "(\\Flagged \\Answered $Later)")
    names = ("INBOX", "Junk", "Sent") if copy_mail else ("Junk", "Sent")
    before = {name: folders.flags_in(office.servers, office.user, name) for name in names}

    office.poll(after=LATER)
    office.poll(after=2 * LATER)

    assert Message.objects.count() == 3
    assert {name: folders.flags_in(office.servers, office.user, name) for name in names} == before
    assert before["Junk"] == [{"\\Seen", "\\Flagged", "\\Answered", "$Later"}]
