"""The autoresponder: who is answered, with what, and where it ends (SPEC M26, SECURITY B083-B088)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from pathlib import Path

import pytest

from mailboxes import receiving
from mailboxes.automatic.letters import DEFAULT_SUBJECT
from mailboxes.models import AutomaticMail, Autoresponder, Mailbox, Message, OutgoingMessage, ReplyTemplate
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.standing import Standing
from servers.models import FolderRole
from tests.factories import make_mailbox, make_outgoing, make_tenant
from tests.mailboxes.automatic.post import letter, receive, store

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HTML = "<p>Thank you for writing to {{ mailbox_name }} at {{ company_name }}.</p>"


def make_autoresponder(
    mailbox: Mailbox, *, subject: str = "", html: str = HTML, is_active: bool = True
) -> Autoresponder:
    with tenant_scope(mailbox.tenant_id):
        template = ReplyTemplate.objects.create(
            tenant_id=mailbox.tenant_id,
            name=f"Answer {mailbox.pk}",
            subject=subject,
            html=html,
            created_at=NOON,
            changed_at=NOON,
        )
        autoresponder: Autoresponder = Autoresponder.objects.create(
            tenant_id=mailbox.tenant_id, mailbox=mailbox, is_active=is_active, template=template
        )
    return autoresponder


@pytest.fixture
def in_scope(mailbox: Mailbox) -> Iterator[None]:
    with tenant_scope(mailbox.tenant_id):
        yield


@pytest.fixture
def answering(mailbox: Mailbox, in_scope: None) -> Mailbox:
    """The mailbox with its autoresponder on."""
    make_autoresponder(mailbox)
    return mailbox


def _answers() -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.order_by("created_at", "id"))


def _read(outgoing: OutgoingMessage) -> Mail:
    return message_from_bytes(outgoing.raw(), policy=default)


def test_who_opens_a_conversation_gets_the_template_filled_in(answering: Mailbox) -> None:
    receive(answering, letter(answering.address, at=NOON), at=NOON)

    (answer,) = _answers()

    body = _read(answer).get_body(("plain",))  # type: ignore[attr-defined]
    assert body.get_content().strip() == f"Thank you for writing to {answering.name} at Acme."
    assert answer.subject == DEFAULT_SUBJECT


def test_a_read_only_account_answers_nobody_and_says_why(answering: Mailbox) -> None:
    Tenant.objects.filter(pk=answering.tenant_id).update(standing=Standing.READ_ONLY)
    mailbox = Mailbox.objects.get(pk=answering.pk)

    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert _answers() == []
    assert message.conversation_id is not None
    assert AutomaticMail.objects.get().suppressed_because == (
        "The account is read-only, because an invoice is overdue."
    )


def test_b086_nothing_that_the_visitor_wrote_is_in_the_answer(answering: Mailbox) -> None:
    raw = letter(answering.address, '"Cheap watches" <victim@visitors.example>', Subject="Cheap watches", at=NOON)

    receive(answering, raw, at=NOON)

    (answer,) = _answers()
    assert b"heap" not in answer.raw()
    assert answer.to == [["", "victim@visitors.example"]]


def test_a_reply_in_a_conversation_is_not_answered(answering: Mailbox) -> None:
    first = receive(answering, letter(answering.address, at=NOON), at=NOON)
    later = NOON + timedelta(days=2)

    reply = receive(answering, letter(answering.address, In_Reply_To=f"<{first.message_id}>", at=later), at=later)

    assert reply.conversation_id == first.conversation_id
    assert len(_answers()) == 1


def test_switched_off_it_answers_nobody_and_leaves_no_trace(mailbox: Mailbox, in_scope: None) -> None:
    make_autoresponder(mailbox, is_active=False)

    receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert _answers() == []
    assert not AutomaticMail.objects.exists()


def test_a_marketing_mailbox_answers_nobody(tenant: Tenant) -> None:
    marketing = make_mailbox(tenant, kind=Mailbox.Kind.MARKETING)
    make_outgoing(marketing)
    make_autoresponder(marketing)
    with tenant_scope(tenant.pk):
        receive(marketing, letter(marketing.address, at=NOON), at=NOON)

        assert _answers() == []


@pytest.mark.parametrize(
    "fields", [{"is_archived": True}, {"folder_role": FolderRole.SENT}, {"folder_role": FolderRole.JUNK}], ids=str
)
def test_archived_mail_own_mail_and_junk_are_not_answered(answering: Mailbox, fields: dict[str, object]) -> None:
    receive(answering, letter(answering.address, at=NOON), at=NOON, **fields)

    assert _answers() == []


def test_a_template_that_cannot_be_filled_in_stops_no_mail_and_is_on_record(mailbox: Mailbox, in_scope: None) -> None:
    make_autoresponder(mailbox, html="<p>{{ gone }}</p>")

    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert message.state == Message.State.RECEIVED
    assert "template" in AutomaticMail.objects.get().suppressed_because


@pytest.mark.parametrize("subject", ["=?utf-8?q?hi=0d=0aBcc:_e=40x.example?=", "Re: hi\x0bthere", "a\x1cb", "a\u2028b"])
def test_b043_b044_the_answer_has_one_recipient_and_its_marks_whatever_the_subject_was(
    answering: Mailbox, subject: str
) -> None:
    raw = letter(answering.address, at=NOON).replace(b"A broken lamp", subject.encode())

    receive(answering, raw, at=NOON)

    (answer,) = _answers()
    assert [one.recipient for one in answer.deliveries.all()] == ["vera@visitors.example"]
    assert _read(answer)["Auto-Submitted"] == "auto-replied"
    assert _read(answer)["Bcc"] is None


def test_b085_reports_receipts_complaints_and_vacations_bring_no_answer(answering: Mailbox) -> None:
    for kind in _MACHINE_MAIL:
        receive(answering, kind, at=NOON)
    for stored in sorted(Path(__file__).parents[2].glob("corpus/*report*.eml")):
        receive(answering, stored.read_bytes(), at=NOON)

    assert _answers() == []


def test_b083_two_autoresponders_facing_each_other_for_a_day_stop_at_one_mail_each() -> None:
    ours, theirs = _facing("Acme", "desk@outside.example"), _facing("Globex", "help@beyond.example")
    now = NOON
    # Each hears of the other by an address that neither knows to be hosted, as behind a service that forwards.
    _deliver(letter(ours.mailbox.address, theirs.outside, at=now), ours, now)
    _deliver(letter(theirs.mailbox.address, ours.outside, at=now), theirs, now)
    for _round in range(24 * 6):
        now += timedelta(minutes=10)
        for sender, reader in ((ours, theirs), (theirs, ours)):
            for raw in sender.new_mail():
                _deliver(raw.replace(sender.mailbox.address.encode(), sender.outside.encode()), reader, now)

    assert (ours.sent_count(), theirs.sent_count()) == (1, 1)


def test_b084_a_peer_without_any_mark_that_varies_its_address_gets_twenty_an_hour(answering: Mailbox) -> None:
    hour_counts = []
    for hour in range(3):
        now = NOON + timedelta(hours=hour, minutes=hour)
        for number in range(25):
            store(answering, letter(answering.address, f"peer{hour}.{number}@peers.example", at=now), at=now)
        receiving.receive_waiting(answering.pk, now=lambda at=now: at)  # type: ignore[misc]
        hour_counts.append(len(_answers()))

    assert hour_counts == [20, 40, 60]


class _Side:
    """One autoresponder with the address that the other one knows."""

    def __init__(self, mailbox: Mailbox, outside: str) -> None:
        self.mailbox, self.outside = mailbox, outside
        self._seen: set[object] = set()

    def new_mail(self) -> list[bytes]:
        """Return what stands in the outbox since the last look, without what would tell that a machine wrote it."""
        with tenant_scope(self.mailbox.tenant_id):
            fresh = [one for one in OutgoingMessage.objects.filter(mailbox=self.mailbox) if one.pk not in self._seen]
            self._seen |= {one.pk for one in fresh}
            return [one.raw() for one in fresh]

    def sent_count(self) -> int:
        with tenant_scope(self.mailbox.tenant_id):
            return OutgoingMessage.objects.filter(mailbox=self.mailbox).count()


def _facing(tenant_name: str, outside: str) -> _Side:
    mailbox = make_mailbox(make_tenant(tenant_name), address=f"support@{tenant_name.lower()}.example")
    make_outgoing(mailbox)
    make_autoresponder(mailbox)
    return _Side(mailbox, outside)


def _deliver(raw: bytes, reader: _Side, now: datetime) -> None:
    with tenant_scope(reader.mailbox.tenant_id):
        store(reader.mailbox, raw, at=now)
        receiving.receive_waiting(reader.mailbox.pk, now=lambda: now)


def _machine(**headers: str) -> bytes:
    return letter("support@acme.example", at=NOON, **headers)


def _report(report_type: str, part: str) -> bytes:
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={report_type}; boundary="b"\r\n'
    fields = "From: Mail System <mailer@relay.example>\r\nTo: support@acme.example\r\nSubject: Report\r\n"
    words = "--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"
    body = f"{words}--b\r\nContent-Type: {part}\r\n\r\nFinal-Recipient: rfc822;a@b.example\r\n--b--\r\n"
    return f"{fields}Date: Mon, 4 May 2026 11:00:00 +0000\r\n{head}\r\n{body}".encode()


_MACHINE_MAIL = (
    _report("delivery-status", "message/delivery-status"),
    _report("disposition-notification", "message/disposition-notification"),
    _report("feedback-report", "message/feedback-report"),
    _machine(Auto_Submitted="auto-replied", Subject="Out of office"),
    _machine(Subject="Automatic reply: your question"),
    _machine(Subject="Out of Office AutoReply: your question", X_Autoreply="yes"),
    _machine(Precedence="auto_reply", Subject="Vacation"),
    _machine(X_Auto_Response_Suppress="All", Subject="Abwesenheitsnotiz"),
    _machine(Return_Path="<>", Subject="Undelivered Mail Returned to Sender"),
    _machine(From="MAILER-DAEMON@relay.example", Subject="failure notice"),
)
