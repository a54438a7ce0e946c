"""The sequences of the demonstration: alive, and able to go on."""

from datetime import timedelta

import pytest

from mailboxes.models import Notification
from mailhub import clock
from mailhub.demo.banner import OWNER_EMAIL
from mailhub.demo.seeding import WorldAddress, seed
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from sequences.listing.filters import SequenceFilters
from sequences.listing.rows import page_of
from sequences.listing.standing import Part
from sequences.models import Enrollment, Sequence, StepSend
from sequences.running import working
from sequences.running.threads import thread_of
from sequences.starting.checks import Verdict, checks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    seed(WorldAddress("127.0.0.1", imap=1, pop3=2, smtp=3), now=clock.now())
    return Membership.objects.select_related("user", "tenant").get(user__email=OWNER_EMAIL)


def test_the_sequences_stand_in_every_state_and_nothing_speaks_against_them(owner: Membership) -> None:
    now = clock.now()
    with tenant_scope(owner.tenant_id):
        rows = {one.sequence.name: one for one in page_of(SequenceFilters(), owner, now=now).rows}
        running = rows["Tasting box for cafés"]
        found = [one for row in rows.values() for one in checks_of(row.sequence, by=owner, now=now)]

        assert {name: row.sequence.state for name, row in rows.items()} == {
            "Tasting box for cafés": Sequence.State.ACTIVE,
            "Office coffee after the fair": Sequence.State.PAUSED,
            "Winter blend for hotels": Sequence.State.DRAFT,
        }
        assert set(running.standing.counts) == set(Part)
        assert running.sent.replied == 10
        assert [one.words for one in found if one.verdict == Verdict.REFUSED] == []
        assert Notification.objects.filter(recipient=owner, kind=Notification.Kind.SEQUENCE_PAUSED).count() == 1


def test_what_is_due_leaves_and_no_sequence_pauses_over_it(owner: Membership) -> None:
    with tenant_scope(owner.tenant_id):
        waiting = Enrollment.objects.filter(sequence__state="active", state="active", last_send__isnull=False)
        assert all(thread_of(one).subject for one in waiting)
        monday = clock.now().replace(hour=10) + timedelta(days=-clock.now().weekday() % 7 + 7)
        before = StepSend.objects.count()

        while working.run_due(owner.tenant_id, now=lambda: monday):
            pass

        assert StepSend.objects.count() > before
        assert Sequence.objects.filter(state=Sequence.State.ACTIVE).count() == 1
