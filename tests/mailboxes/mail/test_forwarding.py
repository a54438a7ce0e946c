"""Messages are handed on: whole, with their files, and the answer comes back into the conversation."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from django.urls import reverse

from mailboxes.composing import AttachmentUpload
from mailboxes.models import Draft, Message, OutgoingMessage
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send


def _with_files() -> EmailMessage:
    mail = make_raw(text="Old words", html="<p>Old <b>words</b></p>", in_reply_to="<root@x.example>")
    for name in ("offer.pdf", "terms.pdf"):
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=name)
    return mail


def _forward(cast: Cast, server: OutgoingServer, message: Message, **changes: object) -> Any:
    with tenant_scope(cast.tenant.pk):
        positions = [str(one.position) for one in message.attachments.all()]
    values: dict[str, object] = {
        "letter_id": str(new_id()),
        "server": str(server.pk),
        "to": "expert@partner.example",
        "subject": "Fwd: Quote for 40 seats",
        "body": "What do you think?",
        "forwarded": positions,
    }
    return signed_in(cast.member).post(reverse("mailboxes:message-forward", args=[message.pk]), values | changes)


def _sent(cast: Cast) -> OutgoingMessage:
    with tenant_scope(cast.tenant.pk):
        return OutgoingMessage.objects.get()


def _mail(outgoing: OutgoingMessage) -> EmailMessage:
    mail = message_from_bytes(outgoing.raw(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_forward_carries_the_message_its_header_and_its_files(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, _with_files())

    response = _forward(cast, server, message)

    assert response.status_code == 302
    mail = _mail(_sent(cast))
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "What do you think?" in text.get_content()
    assert "From: Nina Berg <nina@customer.example>" in text.get_content()
    assert "Subject: Quote for 40 seats" in text.get_content()
    assert "<b>words</b>" in html.get_content()
    assert _sent(cast).attachment_names == ["offer.pdf", "terms.pdf"]


def test_forward_refers_to_the_message_and_answers_nothing(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, _with_files())

    _forward(cast, server, message)

    mail = _mail(_sent(cast))
    assert mail["References"] == f"<root@x.example> <{message.message_id}>"
    assert mail["In-Reply-To"] is None


def test_forward_leaves_out_files_that_were_not_chosen(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, _with_files())
    with tenant_scope(cast.tenant.pk):
        second = message.attachments.get(filename="terms.pdf").position

    _forward(cast, server, message, forwarded=[str(second)])

    assert _sent(cast).attachment_names == ["terms.pdf"]


def test_answer_of_the_person_it_was_forwarded_to_comes_into_the_conversation(
    cast: Cast, server: OutgoingServer
) -> None:
    message = receive(cast.mailbox, _with_files())
    _forward(cast, server, message)

    answer = receive(
        cast.mailbox,
        make_raw(from_="expert@partner.example", subject="Re: Fwd: Quote", in_reply_to=f"<{_sent(cast).message_id}>"),
    )

    assert conversation_of(answer) == conversation_of(message)


def test_form_of_a_forward_that_arrives_twice_is_sent_once(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, _with_files())
    letter_id = str(new_id())

    first = _forward(cast, server, message, letter_id=letter_id)
    second = _forward(cast, server, message, letter_id=letter_id)

    assert first["Location"] == second["Location"]
    _sent(cast)


def test_message_of_another_mailbox_is_not_forwarded(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.hidden_mailbox, _with_files())

    assert _forward(cast, server, message).status_code == 404


def test_words_that_came_encrypted_leave_in_the_clear_only_after_a_question(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, _with_files())
    with tenant_scope(cast.tenant.pk):
        Message.objects.filter(pk=message.pk).update(smime={"encryption": "decrypted"})

    refused = _forward(cast, server, message, forwarded=[])

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "This message came encrypted" in page
    form = refused.context["composer"].form
    again = _forward(
        cast, server, message, forwarded=[], letter_id=form["letter_id"].value(), was_asked=form["was_asked"].value()
    )
    assert again.status_code == 302


def test_switch_to_all_keeps_the_text_and_people_added_by_hand(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw(cc="carol@customer.example"))
    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])
    values = {
        "letter_id": str(new_id()),
        "server": str(server.pk),
        "answers": str(message.pk),
        "to": "Nina Berg <nina@customer.example>, added@x.example",
        "body": "What I typed",
        "switch_to": "reply_all",
    }

    form = signed_in(cast.member).post(url, values).context["composer"].form

    assert form["cc"].value() == "carol@customer.example"
    assert form["to"].value() == "Nina Berg <nina@customer.example>, added@x.example"
    assert form["body"].value() == "What I typed"
    assert form["kind"].value() == "reply_all"


def test_older_message_can_be_answered(cast: Cast, server: OutgoingServer) -> None:
    older = receive(cast.mailbox, make_raw(cc="carol@customer.example"))
    receive(cast.mailbox, make_raw(from_="carol@customer.example", in_reply_to=f"<{older.message_id}>"))
    url = reverse("mailboxes:conversation-reply", args=[older.conversation_id])

    page = signed_in(cast.member).get(f"{url}?answers={older.pk}").content.decode()

    assert 'name="to" value="Nina Berg &lt;nina@customer.example&gt;"' in page


def test_message_of_ours_is_handed_on_whole_with_its_files_and_to_nobody_yet(
    cast: Cast, server: OutgoingServer
) -> None:
    files = (AttachmentUpload("offer.pdf", "application/pdf", b"%PDF"),)
    outgoing = send(server, cast.owner, html="<p>Here is the <b>quote</b>.</p>", attachments=files)

    page = signed_in(cast.member).post(reverse("mailboxes:outgoing-forward", args=[outgoing.pk]), follow=True)

    with tenant_scope(cast.tenant.pk):
        draft = Draft.objects.get()
        assert draft.author == cast.member
        assert [one.filename for one in draft.attachments.all()] == ["offer.pdf"]
    fields = draft.fields
    assert (fields["to"], fields["subject"]) == ("", "Fwd: Your quote")
    assert "<b>quote</b>" in fields["body"]
    assert "To: nina@customer.example" in fields["body"]
    assert "offer.pdf" in page.content.decode()
    assert page.status_code == 200


def test_message_of_ours_whose_content_is_gone_is_not_handed_on(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        OutgoingMessage.objects.update(raw_sha256="")

    page = signed_in(cast.member).post(reverse("mailboxes:outgoing-forward", args=[outgoing.pk]), follow=True)

    assert "The content of this message is not there any more." in page.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert not Draft.objects.exists()


def test_conversation_without_received_mail_offers_to_hand_on_ours(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)

    page = signed_in(cast.member).get(reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]))

    assert reverse("mailboxes:outgoing-forward", args=[outgoing.pk]) in page.content.decode()
