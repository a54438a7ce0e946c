"""Writing new mail and replies: nothing is sent twice, nobody is left out, nothing typed is lost."""

import re
import uuid
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mailboxes.drafts import files
from mailboxes.models import Conversation, Delivery, Message, OutgoingMessage
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send

COMPOSE = "mailboxes:compose"


def _values(server: OutgoingServer, **changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "letter_id": str(new_id()),
        "server": str(server.pk),
        "to": "nina@customer.example",
        "body": "Hello",
        "body_format": "text",
    }
    return values | changes


def _reply_values(server: OutgoingServer, message: Message, **changes: object) -> dict[str, object]:
    with tenant_scope(message.tenant_id):
        seen = [*conversation_of(message).messages.order_by("-id"), *conversation_of(message).outgoing_messages.all()]
    return _values(server, answers=str(message.pk), seen=str(seen[-1].pk)) | changes


def _reply(cast: Cast, message: Message, values: dict[str, object], **headers: str) -> Any:
    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])
    return signed_in(cast.member).post(url, values, headers=headers)


def _sent(cast: Cast) -> list[OutgoingMessage]:
    with tenant_scope(cast.tenant.pk):
        return list(OutgoingMessage.objects.order_by("created_at"))


def _mail(outgoing: OutgoingMessage) -> EmailMessage:
    mail = message_from_bytes(outgoing.raw(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_new_mail_opens_a_conversation_and_is_queued(cast: Cast, server: OutgoingServer) -> None:
    values = _values(server, to='"Berg, Nina" <nina@customer.example>, b@customer.example', subject="Offer")

    response = signed_in(cast.member).post(reverse(COMPOSE), values, follow=True)

    (outgoing,) = _sent(cast)
    with tenant_scope(cast.tenant.pk):
        deliveries = list(outgoing.deliveries.order_by("recipient"))
    assert outgoing.to == [["Berg, Nina", "nina@customer.example"], ["", "b@customer.example"]]
    assert [one.recipient for one in deliveries] == ["b@customer.example", "nina@customer.example"]
    assert all(one.state == Delivery.State.QUEUED for one in deliveries)
    assert response.redirect_chain[0][0].endswith(f"#sent-{outgoing.pk}")
    assert "<span>Queued</span>" in response.content.decode()


def test_form_that_arrives_twice_is_sent_once(cast: Cast, server: OutgoingServer) -> None:
    values = _values(server, subject="Offer")
    browser = signed_in(cast.member)

    first = browser.post(reverse(COMPOSE), values)
    second = browser.post(reverse(COMPOSE), values)

    assert len(_sent(cast)) == 1
    assert first["Location"] == second["Location"]
    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.count() == 1


def test_reply_that_arrives_twice_is_sent_once(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    values = _reply_values(server, message)

    first, second = _reply(cast, message, values), _reply(cast, message, values)

    assert len(_sent(cast)) == 1
    assert first.status_code == second.status_code == 302


@pytest.mark.parametrize("is_htmx", [False, True])
def test_another_letter_from_a_used_form_is_held_back_and_goes_out_when_sent_again(
    cast: Cast, server: OutgoingServer, is_htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if is_htmx else {}
    values = _values(server, to="grace@customer.example", subject="Offer")
    browser = signed_in(cast.member)
    browser.post(reverse(COMPOSE), values)
    other = values | {"to": "luc@customer.example", "body": "Dear Luc"}

    refused = browser.post(reverse(COMPOSE), other, headers=headers)

    page = refused.content.decode()
    (new_letter_id,) = re.findall(r'name="letter_id" value="([0-9a-f-]{36})"', page)
    assert refused.status_code == 422
    assert "A message was sent from this form already." in page
    assert "luc@customer.example" in page
    assert is_htmx or "Dear Luc" in page
    assert len(_sent(cast)) == 1

    browser.post(reverse(COMPOSE), other | {"letter_id": new_letter_id}, headers=headers)

    assert [one.to for one in _sent(cast)] == [[["", "grace@customer.example"]], [["", "luc@customer.example"]]]


def test_another_reply_from_a_used_form_is_held_back_and_goes_out_when_sent_again(
    cast: Cast, server: OutgoingServer
) -> None:
    message = receive(cast.mailbox, make_raw())
    values = _reply_values(server, message)
    _reply(cast, message, values)

    refused = _reply(cast, message, values | {"body": "Something else"})

    form = refused.context["composer"].form
    assert refused.status_code == 422
    assert "A message was sent from this form already." in refused.content.decode()
    assert "Something else" in refused.content.decode()

    again = {"letter_id": form["letter_id"].value(), "seen": form["seen"].value(), "body": "Something else"}
    assert _reply(cast, message, values | again).status_code == 302
    assert [b"Something else" in one.raw() for one in _sent(cast)] == [False, True]


def test_form_of_a_reply_sent_in_one_conversation_is_not_sent_in_another(cast: Cast, server: OutgoingServer) -> None:
    message, other = receive(cast.mailbox, make_raw()), receive(cast.mailbox, make_raw())
    values = _reply_values(server, message)
    _reply(cast, message, values)

    answers = _reply_values(server, other, letter_id=values["letter_id"])
    refused = _reply(cast, other, answers)

    assert refused.status_code == 422
    assert len(_sent(cast)) == 1


def test_reply_carries_the_thread_of_what_it_answers(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw(subject="AW: Quote", text="Old words", in_reply_to="<root@x.example>"))

    _reply(cast, message, _reply_values(server, message, with_quote="on"))

    (outgoing,) = _sent(cast)
    mail = _mail(outgoing)
    assert mail["In-Reply-To"] == f"<{message.message_id}>"
    assert mail["References"] == f"<root@x.example> <{message.message_id}>"
    assert mail["Subject"] == "Re: Quote"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Hello" in text.get_content()
    assert "Nina Berg wrote:\r\n> Old words" in text.get_content()
    assert "<blockquote" in html.get_content()


def test_reply_without_quote_holds_what_was_written_only(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw(text="Old words"))

    _reply(cast, message, _reply_values(server, message))

    assert b"Old words" not in _sent(cast)[0].raw()


@pytest.mark.parametrize(
    ("query", "to", "cc"),
    [
        ("", "Nina Berg &lt;nina@customer.example&gt;", ""),
        ("?all=1", "Nina Berg &lt;nina@customer.example&gt;", "bob@customer.example, carol@customer.example"),
    ],
)
def test_reply_form_names_everyone_but_ourselves(
    cast: Cast, server: OutgoingServer, query: str, to: str, cc: str
) -> None:
    message = receive(
        cast.mailbox,
        make_raw(to="support@acme.example, bob@customer.example", cc="NINA@customer.example, carol@customer.example"),
    )

    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id]) + query
    page = signed_in(cast.member).get(url).content.decode()

    assert f'name="to" value="{to}"' in page
    assert (f'name="cc" value="{cc}"' in page) == bool(cc)
    assert "support@acme.example, " not in page.partition('id="composer-form"')[2].partition("<details")[0]


def test_reply_goes_to_reply_to(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw(reply_to="desk@customer.example"))

    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])
    page = signed_in(cast.member).get(url).content.decode()

    assert 'name="to" value="desk@customer.example"' in page


@pytest.mark.parametrize("is_htmx", [False, True])
def test_reply_is_held_back_when_something_came_meanwhile(cast: Cast, server: OutgoingServer, is_htmx: bool) -> None:
    message = receive(cast.mailbox, make_raw())
    values = _reply_values(server, message, body="What I typed")
    send(server, cast.owner, text="A colleague was faster", conversation=conversation_of(message), answers=message)
    headers = {"HX-Request": "true"} if is_htmx else {}

    response = _reply(cast, message, values, **headers)

    page = response.content.decode()
    assert response.status_code == (422 if is_htmx else 409)
    assert len(_sent(cast)) == 1
    assert "A colleague was faster" in page
    assert "Send anyway" in page
    assert is_htmx or "What I typed" in page

    again = _reply(cast, message, values | {"seen": str(_sent(cast)[0].pk)}, **headers)

    assert again.status_code == (204 if is_htmx else 302)
    assert len(_sent(cast)) == 2


@pytest.mark.parametrize(
    "to",
    [
        '"x@evil.com x"@good.com',
        "u@good.com(x)evil.com",
        "a@x.example\u200b",
        "nobody",
        "a@x.example, nobody",
        "a@x.example\r\nBcc: b@x.example",
        "a@x.example b@x.example",
    ],
)
def test_recipient_that_is_none_is_refused_by_name(cast: Cast, server: OutgoingServer, to: str) -> None:
    response = signed_in(cast.member).post(reverse(COMPOSE), _values(server, to=to, body="What I typed"))

    assert response.status_code == 422
    assert _sent(cast) == []
    assert "id_to_error" in response.content.decode()
    assert "What I typed" in response.content.decode()


def test_more_than_a_hundred_recipients_are_refused(cast: Cast, server: OutgoingServer) -> None:
    everyone = ", ".join(f"p{number}@x.example" for number in range(101))

    response = signed_in(cast.member).post(reverse(COMPOSE), _values(server, to=everyone))

    assert response.status_code == 422
    assert "101 people are too many" in response.content.decode()
    assert _sent(cast) == []


def test_empty_letter_is_refused(cast: Cast, server: OutgoingServer) -> None:
    for body, body_format in (("  \n", "text"), ("<p><br></p>", "html")):
        response = signed_in(cast.member).post(reverse(COMPOSE), _values(server, body=body, body_format=body_format))

        assert "nothing to send yet" in response.content.decode()
    assert _sent(cast) == []


def test_html_of_the_editor_is_cleaned_before_it_is_sent(cast: Cast, server: OutgoingServer) -> None:
    body = '<p onclick="x()">Hello <b>you</b><script>alert(1)</script><a href="javascript:x()">x</a></p>'

    signed_in(cast.member).post(reverse(COMPOSE), _values(server, body=body, body_format="html"))

    mail = _mail(_sent(cast)[0])
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert "<b>you</b>" in html.get_content()
    assert not {"onclick", "<script", "javascript:"} & set(html.get_content().split())
    assert "script" not in html.get_content()
    assert "Hello you" in text.get_content()


def test_attachments_go_along_under_safe_names(cast: Cast, server: OutgoingServer) -> None:
    files = [
        SimpleUploadedFile("offer.pdf", b"%PDF", "application/pdf"),
        SimpleUploadedFile("x\u202egpj.exe", b"MZ", "application/octet-stream"),
    ]

    signed_in(cast.member).post(reverse(COMPOSE), _values(server, attachments=files))

    (outgoing,) = _sent(cast)
    assert outgoing.attachment_names == ["offer.pdf", "xgpj.exe"]
    assert [one.get_content() for one in _mail(outgoing).iter_attachments()] == [b"%PDF", b"MZ"]


def test_attachments_beyond_the_limit_are_refused_and_the_text_is_kept(
    cast: Cast, server: OutgoingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    chosen = [SimpleUploadedFile(f"{number}.bin", bytes(600)) for number in range(2)]

    response = signed_in(cast.member).post(reverse(COMPOSE), _values(server, body="What I typed", attachments=chosen))

    page = response.content.decode()
    assert response.status_code == 422
    assert "a mail carries at most" in page
    assert "What I typed" in page
    assert _sent(cast) == []


def test_refusal_to_htmx_leaves_text_and_files_alone(cast: Cast, server: OutgoingServer) -> None:
    response = signed_in(cast.member).post(
        reverse(COMPOSE), _values(server, to="nobody"), headers={"HX-Request": "true"}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="composer-head"' in page
    assert "<textarea" not in page
    assert 'type="file"' not in page


@pytest.mark.parametrize("whose", ["hidden_mailbox", "other_mailbox"])
def test_server_of_another_mailbox_is_no_choice(cast: Cast, server: OutgoingServer, whose: str) -> None:
    foreign = make_outgoing(getattr(cast, whose))
    message = receive(cast.mailbox, make_raw())
    browser = signed_in(cast.member)

    refused = browser.post(reverse(COMPOSE), _values(foreign))
    refused_reply = _reply(cast, message, _reply_values(foreign, message))

    assert refused.status_code == refused_reply.status_code == 422
    assert foreign.from_address not in refused.content.decode()
    assert _sent(cast) == []


def test_reply_goes_through_a_server_of_its_own_mailbox_only(cast: Cast, server: OutgoingServer) -> None:
    other = make_outgoing(cast.hidden_mailbox, from_address="directors@acme.example")
    message = receive(cast.mailbox, make_raw())
    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])

    response = signed_in(cast.owner).post(url, _reply_values(other, message))

    assert response.status_code == 422
    assert _sent(cast) == []


def test_answered_message_of_another_conversation_is_not_found(cast: Cast, server: OutgoingServer) -> None:
    message, other = receive(cast.mailbox, make_raw()), receive(cast.mailbox, make_raw(subject="Other"))

    assert _reply(cast, message, _reply_values(server, message, answers=str(other.pk))).status_code == 404


def test_without_an_active_server_words_take_the_place_of_the_composer(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    with tenant_scope(cast.tenant.pk):
        OutgoingServer.objects.update(is_active=False)
    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])

    for_owner = signed_in(cast.owner).get(url).content.decode()
    for_member = signed_in(cast.member).get(url).content.decode()

    assert "composer-form" not in for_owner + for_member
    assert reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]) in for_owner.partition('id="composer"')[2]
    assert "An owner or administrator" in for_member


def test_subject_with_control_characters_ends_no_header(cast: Cast, server: OutgoingServer) -> None:
    signed_in(cast.member).post(reverse(COMPOSE), _values(server, subject="Hi\x0bthere\r\nBcc: b@x.example\u2028x"))

    for outgoing in _sent(cast):
        mail = _mail(outgoing)
        assert mail["Bcc"] is None
        assert mail["Message-ID"] is not None


def test_reply_form_has_a_fresh_id_each_time(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    url = reverse("mailboxes:conversation-reply", args=[message.conversation_id])
    browser = signed_in(cast.member)

    ids = {uuid.UUID(str(browser.get(url).context["composer"].form["letter_id"].value())) for _ in range(2)}

    assert len(ids) == 2
