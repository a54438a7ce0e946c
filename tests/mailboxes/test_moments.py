"""Moments in the history are those of who reads it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from mailboxes import moments
from mailboxes.queue import acting
from mailhub import clock
from mailhub.lib import times
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.queue.factories import make_conversation

TOKYO = ZoneInfo("Asia/Tokyo")


def test_kept_moment_is_read_in_another_zone() -> None:
    words = f"Vera put it off until {moments.kept(datetime(2026, 3, 3, 9, 12, tzinfo=UTC))}"

    assert words.endswith("3 Mar 2026, 09:12 UTC")
    assert moments.as_read_in(words, TOKYO) == "Vera put it off until Tue 3 Mar 2026, 18:12 JST"


@pytest.mark.parametrize("words", ["Closed", "31 Feb 2026, 09:12 UTC", "3 Mar 2026, 99:99 UTC", "3 März 2026"])
def test_what_only_looks_like_a_moment_stays(words: str) -> None:
    assert moments.as_read_in(words, TOKYO) == words


def test_history_shows_until_when_it_was_put_off_in_the_time_of_the_reader(db: None) -> None:
    cast: Cast = make_cast()
    conversation, until = make_conversation(cast.mailbox), clock.now() + timedelta(days=3)
    cast.member.user.time_zone = "Asia/Tokyo"
    cast.member.user.save()
    with tenant_scope(cast.tenant.pk):
        acting.snooze([conversation], until, by=cast.owner, now=clock.now())

    page = signed_in(cast.member).get(reverse("mailboxes:conversation-detail", args=[conversation.pk]))

    assert f"put it off until {times.exact(until, TOKYO)}" in page.content.decode()
