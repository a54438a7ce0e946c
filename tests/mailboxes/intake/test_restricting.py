"""Attachments that a mailbox does not take (SPEC M24)."""

import binascii

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes import receiving
from mailboxes.intake import discarding
from mailboxes.intake.file_types import PROGRAMS
from mailboxes.models import Attachment, AttachmentPolicy, AutomaticMail, Message, OutgoingMessage
from mailboxes.parsing import attachment_content
from mailhub import clock
from mailhub.tenancy import blobs
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast
from tests.mailboxes.intake.factories import PDF, PE, PNG, make_fresh, make_policy, with_files
from tests.mailboxes.mail.factories import conversation_of, receive

State, Consequence = Message.State, AttachmentPolicy.Consequence


def removed(message: Message) -> dict[str, str]:
    return dict(message.attachments.exclude(removed_because="").values_list("filename", "removed_because"))


def download(browser: Client, attachment: Attachment) -> int:
    return browser.get(reverse("mailboxes:attachment-download", args=[attachment.pk])).status_code


def page_of(browser: Client, message: Message) -> str:
    return browser.get(reverse("mailboxes:message-detail", args=[message.pk])).content.decode()


def test_what_is_refused_is_removed_and_the_rest_is_taken_in(cast: Cast) -> None:
    make_policy(cast.mailbox, refused_types=[PROGRAMS.code])

    message = receive(cast.mailbox, with_files(("a.pdf", PDF), ("invoice.pdf", PE), ("x.pdf.exe", PE)))

    assert message.state == State.RECEIVED
    assert removed(message) == {
        "invoice.pdf": "It is really a Windows program: programs and scripts are not taken.",
        "x.pdf.exe": "It is of the type exe: programs and scripts are not taken.",
    }
    notes = [one["did"] for one in message.trace if one["step"] == "restrict_attachments"]
    assert notes[0].startswith("Refused invoice.pdf. It is really a Windows program")
    assert conversation_of(message).message_count == 1


def test_nobody_downloads_what_was_removed_and_the_message_says_why(cast: Cast, owner: Client, member: Client) -> None:
    make_policy(cast.mailbox, refused_types=[PROGRAMS.code])
    message = receive(cast.mailbox, with_files(("a.pdf", PDF), ("setup.exe", PE)))
    taken, refused = message.attachments.order_by("position")

    assert [download(member, taken), download(member, refused), download(owner, refused)] == [200, 403, 403]
    page = page_of(member, message)
    assert "An attachment was removed" in page
    assert "It is of the type exe: programs and scripts are not taken." in page
    assert reverse("mailboxes:attachment-download", args=[refused.pk]) not in page


def test_the_original_is_for_administrators_once_something_was_removed(
    cast: Cast, owner: Client, member: Client
) -> None:
    whole = receive(cast.mailbox, with_files(("setup.exe", PE)))
    make_policy(cast.mailbox, refused_types=["exe"])
    partial = receive(cast.mailbox, with_files(("setup.exe", PE), subject="Again"))
    address = reverse("mailboxes:message-raw", args=[partial.pk])

    assert member.get(reverse("mailboxes:message-raw", args=[whole.pk])).status_code == 200
    assert member.get(address).status_code == 403
    assert owner.get(address).status_code == 200
    assert address not in page_of(member, partial)
    assert address in page_of(owner, partial)


def test_a_removed_picture_is_not_shown_in_the_text_either(cast: Cast, member: Client) -> None:
    make_policy(cast.mailbox, most_octets=10)
    mail = make_fresh(html='<p>Look: <img src="cid:logo"></p>')
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(PNG, maintype="image", subtype="png", cid="<logo>")  # type: ignore[union-attr]

    message = receive(cast.mailbox, mail)

    frame = member.get(reverse("mailboxes:message-frame", args=[message.pk])).content.decode()
    assert list(removed(message).values()) == ["It is larger than 10."]
    assert "data:image/png" not in frame
    assert "It is larger than 10." in page_of(member, message)


def test_a_mailbox_that_rejects_does_not_take_the_mail_in(cast: Cast, owner: Client, member: Client) -> None:
    make_policy(cast.mailbox, refused_types=["exe"], consequence=Consequence.REJECT)

    message = receive(cast.mailbox, with_files(("a.pdf", PDF), ("setup.exe", PE)))

    assert (message.state, message.conversation) == (State.DISCARDED, None)
    assert message.discarded_because == "Attachment setup.exe: It is of the type exe, which is not taken."
    assert message.discarded_at is not None
    assert list(removed(message)) == ["setup.exe"]
    assert member.get(reverse("mailboxes:message-raw", args=[message.pk])).status_code == 403


def test_taken_in_after_all_it_comes_without_what_was_refused(cast: Cast) -> None:
    make_policy(cast.mailbox, refused_types=["exe"], consequence=Consequence.REJECT)
    message = receive(cast.mailbox, with_files(("a.pdf", PDF), ("setup.exe", PE)))

    assert discarding.take_in(message)
    receiving.receive_waiting(cast.mailbox.pk, now=clock.now)

    taken = message.refreshed()
    assert taken.state == State.RECEIVED
    assert list(removed(taken)) == ["setup.exe"]


@pytest.mark.parametrize("consequence", list(Consequence))
def test_rejected_mail_is_forwarded_whole(
    cast: Cast, server: OutgoingServer, owner: Client, member: Client, consequence: AttachmentPolicy.Consequence
) -> None:
    make_policy(cast.mailbox, refused_types=["exe"], consequence=consequence, forward_to="postroom@other.example")

    message = receive(cast.mailbox, with_files(("setup.exe", PE)))

    forwarded = OutgoingMessage.objects.get()
    entry = AutomaticMail.objects.get()
    assert (entry.rule_key, entry.trigger, entry.source) == ("attachments", message, AutomaticMail.Source.FORWARD)
    enclosed = attachment_content(forwarded.raw(), 1)
    assert b"setup.exe" in enclosed
    # What was kept from people is not to be had by this way round.
    address = reverse("mailboxes:outgoing-raw", args=[forwarded.pk])
    assert (member.get(address).status_code, owner.get(address).status_code) == (403, 200)


@pytest.mark.parametrize(
    ("fields", "state", "count"),
    [({"folder_role": FolderRole.SENT}, State.RECEIVED, 0), ({"is_archived": True}, State.RECEIVED, 1)],
)
def test_own_mail_is_left_alone_and_old_mail_only_loses_what_is_refused(
    cast: Cast, server: OutgoingServer, fields: dict[str, object], state: Message.State, count: int
) -> None:
    make_policy(
        cast.mailbox, refused_types=["exe"], consequence=Consequence.REJECT, forward_to="postroom@other.example"
    )
    raw, now = with_files(("setup.exe", PE)).as_bytes(), clock.now()
    message = Message.objects.create(
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        raw_sha256=blobs.put(cast.tenant.pk, raw),
        size=len(raw),
        stored_at=now,
        received_at=now,
        **fields,
    )

    receiving.receive_waiting(cast.mailbox.pk, now=lambda: now)

    assert message.refreshed().state == state
    assert len(removed(message)) == count
    assert not OutgoingMessage.objects.exists()


def test_a_file_that_stands_as_text_in_the_mail_is_looked_at_too(cast: Cast) -> None:
    """SECURITY B056."""
    make_policy(cast.mailbox, refused_types=[PROGRAMS.code])
    lines = b"".join(binascii.b2a_uu(PE[at : at + 45]) for at in range(0, len(PE), 45))
    mail = b"From: a@customer.example\nSubject: x\n\nHello\n\nbegin 644 letter.txt\n" + lines + b"`\nend\n"

    message = receive(cast.mailbox, mail)

    assert list(removed(message)) == ["letter.txt"]


def test_without_a_policy_everything_is_taken(cast: Cast) -> None:
    message = receive(cast.mailbox, with_files(("setup.exe", PE)))

    assert removed(message) == {}
