from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailboxes.activity import DAYS, activity_of
from mailboxes.models import Delivery, Message, OutgoingMessage
from mailboxes.views.setup.sparklines import HEIGHT, sparkline
from tests.factories import Cast, make_outgoing

pytestmark = pytest.mark.usefixtures("scope")

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def receive(cast: Cast, at: datetime) -> None:
    digest = f"{at.timestamp()}"
    Message.objects.create(
        tenant=cast.tenant, mailbox=cast.mailbox, raw_sha256=digest, size=1, stored_at=at, received_at=at
    )


def send(cast: Cast, at: datetime, *recipients: str, state: Delivery.State = Delivery.State.SENT) -> None:
    server = cast.mailbox.outgoing_servers.first() or make_outgoing(cast.mailbox)
    message = OutgoingMessage.objects.create(
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        server=server,
        message_id=f"<{at.timestamp()}@example.com>",
        from_address="support@example.com",
        size=1,
        created_at=at,
    )
    for recipient in recipients:
        Delivery.objects.create(
            tenant=cast.tenant,
            outgoing_message=message,
            server=server,
            recipient=recipient,
            state=state,
            not_before=at,
            settled_at=at,
        )


def test_every_day_has_a_row_and_only_the_last_thirty_count(cast: Cast) -> None:
    receive(cast, NOW)
    receive(cast, NOW - timedelta(days=29))
    receive(cast, NOW - timedelta(days=30))

    activity = activity_of(cast.mailbox, now=NOW, zone=UTC)

    assert len(activity.received) == DAYS
    assert activity.received_count == 2
    assert activity.received[0].count == activity.received[-1].count == 1


def test_a_day_is_one_of_the_persons_time_zone(cast: Cast) -> None:
    receive(cast, datetime(2026, 3, 30, 23, 30, tzinfo=UTC))

    activity = activity_of(cast.mailbox, now=NOW, zone=ZoneInfo("Europe/Berlin"))

    assert activity.received[-1].count == 1


def test_message_to_several_people_counts_once(cast: Cast) -> None:
    send(cast, NOW, "ada@example.org", "grace@example.org")

    assert activity_of(cast.mailbox, now=NOW, zone=UTC).sent_count == 1


def test_message_that_failed_does_not_count_as_sent(cast: Cast) -> None:
    send(cast, NOW, "ada@example.org", state=Delivery.State.FAILED)

    assert activity_of(cast.mailbox, now=NOW, zone=UTC).sent_count == 0


def test_sparkline_scales_to_the_highest_day_and_shows_the_smallest(cast: Cast) -> None:
    for minute in range(100):
        receive(cast, NOW - timedelta(minutes=minute))
    receive(cast, NOW - timedelta(days=1))

    bars = sparkline(activity_of(cast.mailbox, now=NOW, zone=UTC).received).bars

    assert bars[-1].height == HEIGHT
    assert bars[-2].height == 2
