"""What a preview shows and what a server gets are the same, to the byte (SPEC M27)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from mailboxes import delivering
from mailboxes.models import Autoresponder, Conversation, ReplyTemplate
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Security
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.automatic.post import letter
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive
from tests.mailboxes.templating.rows import make_template, shown, sign
from tests.realservers.programs import HOST, free_port

pytestmark = pytest.mark.django_db(transaction=True)

BODY = (
    "<p>Hello {{ contact_first_name }} &lt;3,</p>\n<p>Grüße <b>bold</b> {{ subject }} {{ my_address }} "
    '{{ contact_address }} <a href="https://acme.example/?a=1&amp;b=2">link</a></p>\n<ul><li>.</li><li>-- </li></ul>'
)


class _Sink:
    """Takes every mail, and keeps its bytes."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 2.0.0 taken"


@contextmanager
def _sink(settings: Settings) -> Iterator[tuple[_Sink, dict[str, Any]]]:
    """Run an SMTP server, and yield what it takes and how an outgoing server reaches it."""
    sink, port = _Sink(), free_port()
    settings.EGRESS_ALLOW = [f"{HOST}:{port}"]
    controller = Controller(sink, hostname=HOST, port=port)
    controller.start()
    try:
        yield sink, {"host": HOST, "port": port, "security": Security.NONE, "authenticate": False}
    finally:
        controller.stop()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_the_preview_of_a_template_is_what_is_sent(cast: Cast, settings: Settings) -> None:
    sign(cast.mailbox, cast.owner)
    with _sink(settings) as (sink, reached):
        server = make_outgoing(cast.mailbox, from_address="support@acme.example", **reached)
        conversation = _conversation(cast)
        typed = {"subject": "Hi", "body": BODY, "body_format": "html", "conversation": str(conversation.pk)}
        page = signed_in(cast.owner).post("/settings/templates/preview/", typed).content.decode()
        template = make_template(cast.tenant, BODY)

        inserted = _inserted(cast, template, server, conversation)
        _reply(cast, server, conversation, inserted["html"], with_quote="")
        _deliver(server)

    assert shown(page) == _received(sink)


@pytest.mark.parametrize("with_quote", ["on", ""])
@pytest.mark.parametrize("body_format", ["html", "text"])
def test_the_preview_of_a_letter_is_what_is_sent(
    cast: Cast, settings: Settings, with_quote: str, body_format: str
) -> None:
    sign(cast.mailbox, cast.owner)
    body = "<p>Hello {{ 7*7 }} <b>bold</b></p>" if body_format == "html" else "Hello {{ 7*7 }}\n\n.\nFrom me <b>\n\n"
    with _sink(settings) as (sink, reached):
        server = make_outgoing(cast.mailbox, from_address="support@acme.example", **reached)
        conversation = _conversation(cast, text="Is {{ company_name }} a text?\n\n{{ contact_name }}")
        form = _form(server, conversation, body, body_format=body_format, with_quote=with_quote)
        place = {"kind": "reply", "conversation": str(conversation.pk)}
        page = signed_in(cast.owner).post("/compose/preview/", {**form, **place}).content.decode()

        signed_in(cast.owner).post(f"/inbox/{conversation.pk}/reply/", form)
        _deliver(server)

    received = _received(sink)
    assert shown(page) == received
    # B105: what a correspondent wrote is quoted as he wrote it.
    assert ("> Is {{ company_name }} a text?" in received[1]) == bool(with_quote)
    assert "Anna Lund" in received[1]


def test_the_preview_of_new_mail_is_what_is_sent(cast: Cast, settings: Settings) -> None:
    sign(cast.mailbox, cast.owner)
    with _sink(settings) as (sink, reached):
        server = make_outgoing(cast.mailbox, from_address="support@acme.example", **reached)
        form = _form(server, None, "<p>Hello</p>", subject="An offer")
        page = signed_in(cast.owner).post("/compose/preview/", form).content.decode()

        signed_in(cast.owner).post("/compose/", form)
        _deliver(server)

    assert shown(page) == _received(sink)


def test_the_preview_of_an_automatic_answer_is_what_is_sent(cast: Cast, settings: Settings) -> None:
    html = "<p>Thank you. {{ mailbox_name }} &lt;b&gt; {{ mailbox_address }}</p>"
    template = make_template(cast.tenant, html, subject="From {{ company_name }}")
    with tenant_scope(cast.tenant.pk):
        cast.hidden_mailbox.delete()
        Autoresponder.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, template=template, is_active=True)
    sign(cast.mailbox, cast.owner)
    with _sink(settings) as (sink, reached):
        server = make_outgoing(cast.mailbox, from_address=cast.mailbox.address, **reached)
        typed = {"subject": template.subject, "body": html, "body_format": "html"}
        page = signed_in(cast.owner).post("/settings/templates/preview/", typed).content.decode()

        receive(cast.mailbox, letter(cast.mailbox.address))
        _deliver(server)

    received = _received(sink)
    assert shown(page) == received
    assert "-- \nAcme" in received[1]
    assert "Anna Lund" not in received[1]


def test_a_letter_that_cannot_be_sent_says_why_instead_of_a_preview(cast: Cast) -> None:
    server = make_outgoing(cast.mailbox, from_address="support@acme.example")

    answer = signed_in(cast.owner).post("/compose/preview/", {**_form(server, None, "Hi"), "to": "no address"})

    assert answer.status_code == 422
    assert "is no address" in answer.content.decode()


def test_nobody_previews_with_what_they_may_not_see(cast: Cast) -> None:
    server = make_outgoing(cast.mailbox, from_address="support@acme.example")
    make_outgoing(cast.hidden_mailbox, from_address="directors@acme.example")
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw(to="directors@acme.example")))
    form = {**_form(server, hidden, "Hi"), "conversation": str(hidden.pk), "kind": "reply"}
    typed = {"subject": "", "body": "Hi {{ contact_name }}", "conversation": str(hidden.pk)}

    assert signed_in(cast.member).post("/compose/preview/", form).status_code == 404
    answer = signed_in(cast.stranger).post("/settings/templates/preview/", typed)
    assert answer.status_code == 422
    assert "Nina" not in answer.content.decode()


def _conversation(cast: Cast, **fields: str) -> Conversation:
    return conversation_of(receive(cast.mailbox, make_raw(**fields)))


def _inserted(
    cast: Cast, template: ReplyTemplate, server: OutgoingServer, conversation: Conversation
) -> dict[str, Any]:
    url = f"/compose/templates/{template.pk}/insert/"
    found: dict[str, Any] = (
        signed_in(cast.owner).post(url, {"server": str(server.pk), "conversation": str(conversation.pk)}).json()
    )
    return found


def _form(
    server: OutgoingServer, conversation: Conversation | None, body: str, *, body_format: str = "html", **more: str
) -> dict[str, str]:
    form = {
        "letter_id": str(new_id()),
        "server": str(server.pk),
        "to": "Nina Berg <nina@customer.example>",
        "body": body,
        "body_format": body_format,
        **more,
    }
    if conversation is None:
        return form
    with tenant_scope(conversation.tenant_id):
        newest = str(conversation.messages.latest("received_at").pk)
    return {**form, "answers": newest, "seen": newest}


def _reply(cast: Cast, server: OutgoingServer, conversation: Conversation, body: str, *, with_quote: str) -> None:
    form = _form(server, conversation, body, with_quote=with_quote)
    signed_in(cast.owner).post(f"/inbox/{conversation.pk}/reply/", form)


def _deliver(server: OutgoingServer) -> None:
    """Deliver what is due once sending cannot be undone any more."""
    with tenant_scope(server.tenant_id):
        delivering.deliver_due(server.pk, now=lambda: clock.now() + timedelta(minutes=5))


def _received(sink: _Sink) -> tuple[str, str, str]:
    """Return subject, text and HTML of the one mail that came, as its bytes say them."""
    (raw,) = sink.taken
    mail = message_from_bytes(raw)
    parts = {one.get_content_type(): one.get_payload(decode=True) for one in mail.walk() if not one.is_multipart()}
    text, html = (_lines(parts[kind]) for kind in ("text/plain", "text/html"))
    return str(mail["Subject"]), text, html


def _lines(part: object) -> str:
    assert isinstance(part, bytes)
    # The line ends of the wire, and the last one that every part has.
    return part.decode("utf-8").replace("\r\n", "\n").removesuffix("\n")
