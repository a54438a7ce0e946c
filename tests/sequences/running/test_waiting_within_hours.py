"""Until when mail waits is a moment at which it may leave: limits, servers and hours together (SPEC S3)."""

from datetime import UTC, datetime, timedelta

import pytest

from mailboxes.models import Mailbox
from sequences.models import Enrollment, SendingLimit, Sequence, StepSend
from servers.models import OutgoingServer
from tests.factories import Cast
from tests.sequences.factories import enroll, make_contact, make_sequence
from tests.sequences.schedule.factories import OFFICE
from tests.sequences.sending import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

# A Friday afternoon, of an account whose days are those of UTC.
FRIDAY = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
_HOURS_BEGIN = "Monday 9:00 in UTC, when the hours begin"


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, week=OFFICE)


def _enroll(cast: Cast, sequence: Sequence, **fields: object) -> Enrollment:
    return enroll(sequence, make_contact(cast.tenant), added_at=FRIDAY, **{"due_at": FRIDAY, **fields})


def test_limit_of_a_day_is_waited_for_until_the_hours_open_too(cast: Cast, sequence: Sequence) -> None:
    SendingLimit.objects.create(tenant=cast.tenant, server=sequence.server, per_day=1, changed_at=FRIDAY)
    waiting = [_enroll(cast, sequence) for _ in range(2)]

    run(cast.tenant, now=FRIDAY)

    assert StepSend.objects.count() == 1
    (left,) = [found for one in waiting if (found := one.refreshed()).due_at is not None]
    assert left.due_at == MONDAY
    assert "the 1 of today through" in left.due_because
    assert left.due_because.endswith(_HOURS_BEGIN)


def test_server_that_is_unreachable_until_the_evening_is_tried_when_the_hours_open(
    cast: Cast, sequence: Sequence
) -> None:
    enrollment = _enroll(cast, sequence)
    OutgoingServer.objects.update(not_before=FRIDAY + timedelta(hours=2))

    run(cast.tenant, now=FRIDAY)

    found = enrollment.refreshed()
    assert found.due_at == MONDAY
    assert "could not be reached" in found.due_because
    assert found.due_because.endswith(_HOURS_BEGIN)


def test_wait_that_ends_within_the_hours_stays_as_it_is(cast: Cast, sequence: Sequence) -> None:
    enrollment = _enroll(cast, sequence)
    OutgoingServer.objects.update(not_before=FRIDAY + timedelta(minutes=10))

    run(cast.tenant, now=FRIDAY)

    found = enrollment.refreshed()
    assert found.due_at == FRIDAY + timedelta(minutes=10)
    assert "hours" not in found.due_because
