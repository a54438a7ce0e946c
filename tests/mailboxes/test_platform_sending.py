"""Sending through the platform's own server: as whom, how much a day, and what the tenant hears of the server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as ParsedMail

import pytest
from pytest_django import Settings

from mailboxes import claiming, delivering, platform_sending, reply_checking, writing
from mailboxes.addresses import Address
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage, PlatformUsage, ReplyCheck, ReplyProbe
from mailboxes.platform import ensure_platform
from mailboxes.reply_tokens import answered_messages
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.models import OutgoingServer, ServerError
from servers.models.outgoing import Transport
from tests.factories import Cast, make_cast, make_incoming, make_outgoing
from tests.mailboxes.mail.factories import receive

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def cast(settings: Settings) -> Cast:
    settings.DIRECT_MAIL_DOMAIN = "in.platform.example"
    # Nobody listens there.
    ensure_platform("smtp://operator:hush-CANARY@127.0.0.1:1", "no-reply@platform.example")
    cast = make_cast()
    Tenant.objects.update(created_at=NOON - timedelta(days=100))
    cast.tenant.refresh_from_db()
    return cast


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    make_incoming(cast.mailbox)
    return make_platform_server(cast)


def make_platform_server(cast: Cast, **fields: object) -> OutgoingServer:
    values = {"from_address": "support@acme.example", "display_name": "Acme", "host": "", "authenticate": False}
    return make_outgoing(cast.mailbox, transport=Transport.PLATFORM, **{**values, **fields})


def send(cast: Cast, server: OutgoingServer, *to: str, now: datetime = NOON) -> OutgoingMessage:
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=tuple(Address("", one) for one in to or ("nina@customer.example",)),
        cc=(),
        subject="Hello",
        text="Hello.",
        html="",
        attachments=(),
        written_by=cast.owner,
    )
    return writing.send_new(letter, now=now)


def mail_of(outgoing: OutgoingMessage) -> ParsedMail:
    return message_from_bytes(outgoing.raw())


def prove(cast: Cast, server: OutgoingServer) -> None:
    probe = reply_checking.start(server, ReplyCheck.Reason.ASKED, now=NOON).probes.get(role=ReplyProbe.Role.FROM)
    assert probe.outgoing_message is not None
    receive(cast.mailbox, probe.outgoing_message.raw(), at=NOON)


def people(count: int) -> list[str]:
    return [f"p{number}@customer.example" for number in range(count)]


def hand_over(server: OutgoingServer, *, now: datetime = NOON) -> int:
    """Claim what may be claimed and bring it to the final dot; return for how many recipients."""
    attempts = claiming.claim(server, new_id(), now=now, limit=10)
    count = 0
    for attempt in attempts:
        recipients = [one.recipient for one in attempt.deliveries.all()]
        assert claiming.mark_dot_pending(attempt, recipients)
        count += len(recipients)
    return count


def test_address_that_is_not_proven_goes_out_as_the_direct_address(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(cast, server)

    direct = cast.mailbox.direct_address
    assert direct.endswith("@in.platform.example")
    assert mail_of(outgoing)["From"] == f"Acme <{direct}>"
    assert mail_of(outgoing)["Reply-To"] == "support@acme.example"
    # The bounce says by its recipient what bounced.
    assert answered_messages(cast.mailbox, [outgoing.mail_from]) == [outgoing.pk]


def test_proven_address_is_claimed(cast: Cast, server: OutgoingServer) -> None:
    prove(cast, server)

    outgoing = send(cast, server)

    assert mail_of(outgoing)["From"] == "Acme <support@acme.example>"
    assert mail_of(outgoing)["Reply-To"] is None
    assert outgoing.mail_from == "support@acme.example"


def test_reply_to_that_was_chosen_stays(cast: Cast) -> None:
    server = make_platform_server(cast, reply_to="answers@acme.example")

    assert mail_of(send(cast, server))["Reply-To"] == "answers@acme.example"


def test_proof_ends_when_a_later_check_sees_nothing(cast: Cast, server: OutgoingServer) -> None:
    prove(cast, server)
    later = NOON + timedelta(days=7)
    reply_checking.start(server, ReplyCheck.Reason.WEEKLY, now=later)
    with unscoped("the clock"):
        reply_checking.give_up_overdue(now=later + timedelta(minutes=10))

    assert cast.mailbox.direct_address in mail_of(send(cast, server))["From"]


def test_probe_shows_its_token_to_nobody_else(cast: Cast, server: OutgoingServer) -> None:
    """An out-of-office answer that reached the tenant would let them prove an address that is not theirs."""
    OutgoingServer.objects.update(from_address="ceo@victim.example")
    server = OutgoingServer.objects.select_related("mailbox").get()

    probe = reply_checking.start(server, ReplyCheck.Reason.ASKED, now=NOON).probes.get()

    outgoing = probe.outgoing_message
    assert outgoing is not None
    assert outgoing.mail_from == cast.mailbox.direct_address
    assert cast.mailbox.direct_address in mail_of(outgoing)["From"]
    assert mail_of(outgoing)["Reply-To"] is None


def test_letter_sent_twice_is_one_letter(cast: Cast, server: OutgoingServer) -> None:
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=(Address("", "nina@customer.example"),),
        cc=(),
        subject="Hello",
        text="Hello.",
        html="",
        attachments=(),
        written_by=cast.owner,
    )

    first, second = (writing.send_new(letter, now=NOON) for _ in range(2))

    assert first == second


def test_what_is_above_the_limit_waits_for_the_next_day(cast: Cast, server: OutgoingServer, settings: Settings) -> None:
    settings.PLATFORM_DAILY_LIMIT = 3
    send(cast, server, *people(2))
    send(cast, server, *people(2))

    assert [hand_over(server), hand_over(server)] == [3, 0]

    [waiting] = Delivery.objects.filter(state__in=Delivery.WAITING)
    assert (waiting.state, waiting.not_before) == (Delivery.State.DEFERRED, MIDNIGHT)
    assert "3 recipients a day" in waiting.reply_text
    assert hand_over(server, now=MIDNIGHT) == 1
    assert list(PlatformUsage.objects.order_by("on").values_list("recipient_count", flat=True)) == [3, 1]


def test_limit_holds_for_all_servers_of_the_account_and_survives_their_deletion(
    cast: Cast, server: OutgoingServer, settings: Settings
) -> None:
    settings.PLATFORM_DAILY_LIMIT = 3
    send(cast, server, *people(2))
    assert hand_over(server) == 2
    cast.mailbox.delete()
    second = make_outgoing(cast.hidden_mailbox, transport=Transport.PLATFORM, host="", authenticate=False)
    send(cast, second, *people(2))

    assert hand_over(second) == 1


def test_what_another_worker_has_claimed_counts(cast: Cast, server: OutgoingServer, settings: Settings) -> None:
    settings.PLATFORM_DAILY_LIMIT = 3
    send(cast, server, *people(2))
    send(cast, server, *people(2))
    claimed = claiming.claim(server, new_id(), now=NOON, limit=1)

    assert hand_over(server) == 1
    assert claiming.mark_dot_pending(claimed[0], people(2))
    assert PlatformUsage.objects.get().recipient_count == 3


def test_new_account_has_a_lower_limit(cast: Cast, settings: Settings) -> None:
    settings.PLATFORM_DAILY_LIMIT, settings.PLATFORM_NEW_TENANT_DAILY_LIMIT = 500, 50
    cast.tenant.created_at = NOON - timedelta(days=13)
    assert platform_sending.limit_of(cast.tenant, now=NOON) == 50

    cast.tenant.created_at = NOON - timedelta(days=14)

    assert platform_sending.limit_of(cast.tenant, now=NOON) == 500


def test_own_server_has_no_such_limit(cast: Cast, settings: Settings) -> None:
    settings.PLATFORM_DAILY_LIMIT = 1
    server = make_outgoing(cast.mailbox)
    send(cast, server, *people(5))

    assert hand_over(server) == 5
    assert not PlatformUsage.objects.exists()


def test_failure_of_the_platforms_server_is_told_to_the_operator(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(cast, server)

    delivering.deliver_due(server.pk, now=lambda: NOON)

    delivery = outgoing.deliveries.get()
    assert delivery.state == Delivery.State.DEFERRED
    assert "CANARY" not in delivery.reply_text
    kept = OutgoingServer.objects.get(pk=server.pk)
    assert (kept.failure_count, kept.last_failure) == (0, "")
    assert kept.not_before == delivery.not_before
    assert not ServerError.objects.exists()
    with unscoped("what the operator sees"):
        assert OutgoingServer.objects.get(tenant__is_platform=True).failure_count == 1
        assert ServerError.objects.filter(tenant__is_platform=True).count() == 1


def test_workers_of_all_accounts_share_the_places_at_the_platforms_server(
    cast: Cast, server: OutgoingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_sending, "MOST_SENDING", 1)
    send(cast, server)
    with tenant_scope(cast.other_tenant.pk):
        other = make_outgoing(cast.other_mailbox, transport=Transport.PLATFORM, host="", authenticate=False)
        other_message = OutgoingMessage.objects.create(
            tenant=cast.other_tenant,
            mailbox=cast.other_mailbox,
            server=other,
            message_id="a@globex.example",
            from_address="a@globex.example",
            size=1,
            created_at=NOON,
        )
        Delivery.objects.create(
            tenant=cast.other_tenant,
            outgoing_message=other_message,
            server=other,
            recipient="a@customer.example",
            not_before=NOON,
        )
        assert claiming.claim(other, new_id(), now=NOON, limit=1)

    delivering.deliver_due(server.pk, now=lambda: NOON)

    assert not DeliveryAttempt.objects.exists()
