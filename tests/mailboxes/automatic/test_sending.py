"""What the one guard lets out, and what it leaves on record. Stored mail goes through the pipeline here."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from pytest_django import Settings

from mailboxes import alarms, receiving
from mailboxes.automatic import ledger, limits
from mailboxes.automatic.marks import LOOP_HEADER
from mailboxes.models import Alarm, AutomaticMail, Autoresponder, ConversationEvent, Mailbox, Message, OutgoingMessage
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import make_mailbox, make_outgoing, make_tenant
from tests.mailboxes.automatic.handlers import KEEPER
from tests.mailboxes.automatic.post import letter, receive, store

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
_FILED = ("classify_mail", "match", "file_in_conversation")


def _with(settings: Settings, handler: str) -> None:
    received = (*(f"mailboxes.handlers.{name}" for name in _FILED), f"tests.mailboxes.automatic.handlers.{handler}")
    settings.PIPELINES = {**settings.PIPELINES, "received": received}


@pytest.fixture
def answering(settings: Settings) -> None:
    """Every mail is answered, if the guard lets it."""
    _with(settings, "answer")


@pytest.fixture
def forwarding(settings: Settings) -> None:
    """Every mail is passed on to KEEPER, if the guard lets it."""
    _with(settings, "forward")


def _sent() -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.order_by("created_at", "id"))


def _reasons() -> list[str]:
    return list(AutomaticMail.objects.exclude(suppressed_because="").values_list("suppressed_because", flat=True))


@pytest.mark.usefixtures("answering")
def test_an_answer_goes_to_the_sender_with_the_null_sender_and_every_mark(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

        (sent,) = _sent()

        written = message_from_bytes(sent.raw())
        assert sent.mail_from == ""
        assert sent.origin == OutgoingMessage.Origin.AUTOMATIC
        assert list(sent.deliveries.values_list("recipient", flat=True)) == ["vera@visitors.example"]
        assert written["Auto-Submitted"] == "auto-replied"
        assert written["X-Auto-Response-Suppress"] == "All"
        assert written["Precedence"] == "auto_reply"
        assert len(written[LOOP_HEADER]) == 32
        assert written["In-Reply-To"] == f"<{message.message_id}>" == written["References"]
        assert sent.conversation_id == message.conversation_id


@pytest.mark.usefixtures("answering")
def test_an_answer_stands_in_its_conversation_the_ledger_and_the_trace(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

        entry = AutomaticMail.objects.get()
        assert (entry.trigger, entry.recipient, entry.suppressed_because) == (message, "vera@visitors.example", "")
        assert entry.outgoing_message == _sent()[0]
        assert message.conversation is not None
        assert message.conversation.message_count == 2
        assert message.conversation.events.get().kind == ConversationEvent.Kind.ANSWERED_AUTOMATICALLY
        assert message.trace[-1] == {"step": "autoresponder", "did": "Sent to vera@visitors.example."}


@pytest.mark.usefixtures("answering")
def test_what_the_guard_finds_is_on_record_and_nothing_is_sent(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        message = receive(mailbox, letter(mailbox.address, List_Id="<news.visitors.example>", at=NOON), at=NOON)

        assert _sent() == []
        assert "List-Id" in AutomaticMail.objects.get().suppressed_because
        assert message.trace[-1]["did"].startswith("Not sent: ")


@pytest.mark.usefixtures("answering")
def test_a_sender_is_answered_once_in_24_hours(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        for hours in (0, 1, 23, 25):
            at = NOON + timedelta(hours=hours)
            receive(mailbox, letter(mailbox.address, at=at), at=at)

        assert len(_sent()) == 2
        assert _reasons() == ["vera@visitors.example got this answer within the last 24 hours."] * 2


@pytest.mark.usefixtures("answering")
def test_b086_a_thousand_mails_in_the_name_of_a_victim_bring_one_answer(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        for _ in range(1000):
            store(
                mailbox,
                letter(mailbox.address, "Victim <victim@visitors.example>", Subject="Buy gold", at=NOON),
                at=NOON,
            )
        while receiving.receive_waiting(mailbox.pk, now=lambda: NOON):
            pass

        (sent,) = _sent()

        assert b"gold" not in sent.raw()
        assert AutomaticMail.objects.count() == 1000


@pytest.mark.usefixtures("answering")
def test_a_domain_gets_twenty_answers_an_hour_from_all_mailboxes_of_the_account(
    tenant: Tenant, mailbox: Mailbox
) -> None:
    second = make_mailbox(tenant)
    make_outgoing(second)
    with tenant_scope(tenant.pk):
        for number in range(15):
            for box in (mailbox, second):
                receive(box, letter(box.address, f"peer{number}.{box.pk}@peers.example", at=NOON), at=NOON)

        assert len(_sent()) == limits.MOST_TO_DOMAIN
        assert set(_reasons()) == {"20 automatic answers went to peers.example within the last hour."}


@pytest.mark.usefixtures("answering")
def test_after_two_hundred_mails_in_an_hour_the_autoresponder_is_off_and_an_alarm_is_raised(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        Autoresponder.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, is_active=True)
        for number in range(205):
            store(mailbox, letter(mailbox.address, f"anna@d{number}.example", at=NOON), at=NOON)
        while receiving.receive_waiting(mailbox.pk, now=lambda: NOON):
            pass

        assert len(_sent()) == limits.MOST_OF_MAILBOX
        autoresponder = Autoresponder.objects.get()
    assert not autoresponder.is_active
    assert autoresponder.stopped_at == NOON
    with unscoped("a test looks at all tenants"):
        alarms.look(now=NOON)
        assert Alarm.objects.get().kind == Alarm.Kind.ANSWERS_STOPPED
        Autoresponder.objects.update(is_active=True, stopped_at=None, stopped_because="")
        alarms.look(now=NOON)
        assert Alarm.objects.get().cleared_at == NOON


@pytest.mark.usefixtures("answering")
def test_mail_of_a_mailbox_of_any_account_is_not_answered_and_the_reason_names_no_account(mailbox: Mailbox) -> None:
    other = make_mailbox(make_tenant("Globex"), address="Sales@globex.example")
    with tenant_scope(mailbox.tenant_id):
        receive(mailbox, letter(mailbox.address, "sales@globex.example", at=NOON), at=NOON)
        receive(mailbox, letter(mailbox.address, other.direct_address, at=NOON), at=NOON)

        assert _sent() == []
        assert set(_reasons()) == {"Mail of this address gets no automatic answer: another computer may read it."}


@pytest.mark.usefixtures("answering")
def test_it_answers_from_the_address_that_was_written_to(mailbox: Mailbox) -> None:
    make_outgoing(mailbox, from_address="orders@acme.example", is_default=False)
    with tenant_scope(mailbox.tenant_id):
        receive(mailbox, letter("orders@acme.example", at=NOON), at=NOON)

        assert _sent()[0].from_address == "orders@acme.example"


@pytest.mark.usefixtures("answering")
def test_a_mailbox_without_an_outgoing_server_says_so(tenant: Tenant) -> None:
    silent = make_mailbox(tenant)
    with tenant_scope(tenant.pk):
        receive(silent, letter(silent.address, at=NOON), at=NOON)

        assert _reasons() == ["The mailbox has no active outgoing server."]


def test_a_mail_that_cannot_be_written_is_on_record(mailbox: Mailbox, settings: Settings) -> None:
    _with(settings, "refuse_to_write")
    with tenant_scope(mailbox.tenant_id):
        message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

        assert message.state == Message.State.RECEIVED
        assert _reasons() == ["The template is broken."]


@pytest.mark.usefixtures("answering")
def test_a_message_that_is_received_once_more_sends_nothing_again(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)
        Message.objects.update(state=Message.State.STORED)
        receiving.receive_waiting(mailbox.pk, now=lambda: NOON + timedelta(hours=48))

        assert len(_sent()) == 1
        assert AutomaticMail.objects.filter(trigger=message).count() == 1


@pytest.mark.usefixtures("forwarding")
def test_a_forward_is_marked_as_generated_and_is_in_no_conversation(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        receive(mailbox, letter(mailbox.address, Auto_Submitted="auto-generated", at=NOON), at=NOON)

        (sent,) = _sent()

        written = message_from_bytes(sent.raw())
        assert sent.origin == OutgoingMessage.Origin.FORWARD
        assert sent.to == [["", KEEPER]]
        assert written["Auto-Submitted"] == "auto-generated"
        assert written["In-Reply-To"] is None
        assert sent.conversation is None


@pytest.mark.usefixtures("forwarding")
def test_what_was_forwarded_once_is_not_forwarded_again(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

        receive(mailbox, _sent()[0].raw(), at=NOON)

        assert len(_sent()) == 1
        assert LOOP_HEADER in _reasons()[0]


@pytest.mark.usefixtures("answering")
def test_entries_are_kept_for_90_days_and_the_mail_stays(mailbox: Mailbox) -> None:
    with tenant_scope(mailbox.tenant_id):
        receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    with unscoped("a test looks at all tenants"):
        assert ledger.forget_old(now=NOON + timedelta(days=90)) == 0
        assert ledger.forget_old(now=NOON + timedelta(days=91)) == 1
        assert OutgoingMessage.objects.count() == 1
