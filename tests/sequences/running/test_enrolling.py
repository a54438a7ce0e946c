"""Adding contacts to a sequence, and through which server (SPEC S1, S2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox, MailboxAccess, ReplyCheck, ReplyProbe
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from sequences.enrolling import Reason, ServerRefused, enroll
from sequences.models import Contact, Enrollment, EnrollmentEvent, Sequence
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing
from tests.sequences.factories import make_contact, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now()
_Choice = Enrollment.Choice


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner)


def _alias(mailbox: Mailbox) -> OutgoingServer:
    return make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")


def test_contacts_go_through_the_server_of_the_sequence_unless_it_is_overridden(
    cast: Cast, mailbox: Mailbox, sequence: Sequence
) -> None:
    first, second, third = (make_contact(cast.tenant) for _ in range(3))
    for_all, for_one = _alias(mailbox), _alias(mailbox)

    done = enroll(sequence, [first], by=cast.owner, now=NOW)
    enroll(sequence, [second, third], server=for_all, overrides={third.pk: for_one}, by=cast.owner, now=NOW)

    found = {one.contact_id: (one.server_id, one.server_choice) for one in Enrollment.objects.all()}
    assert found == {
        first.pk: (sequence.server_id, _Choice.DEFAULT),
        second.pk: (for_all.pk, _Choice.OVERRIDE),
        third.pk: (for_one.pk, _Choice.OVERRIDE),
    }
    assert [one.contact_id for one in done.added] == [first.pk]
    assert EnrollmentEvent.objects.filter(kind=EnrollmentEvent.Kind.ADDED, membership=cast.owner).count() == 3


def test_who_is_in_the_sequence_or_may_not_be_written_to_is_skipped_with_the_reason(
    cast: Cast, sequence: Sequence
) -> None:
    there, gone, wrong, fine = (make_contact(cast.tenant) for _ in range(4))
    enroll(sequence, [there], by=cast.owner, now=NOW)
    changing.note_unsubscribe(gone.address, Occasion(cast.tenant.pk, NOW))
    changing.mark_incorrect(wrong.address, Occasion(cast.tenant.pk, NOW, "No such user"))

    done = enroll(sequence, [there, gone, wrong, fine, fine], by=cast.owner, now=NOW)

    assert {one.contact.pk: one.reason for one in done.skipped} == {
        there.pk: Reason.ALREADY_IN,
        gone.pk: Reason.UNSUBSCRIBED,
        wrong.pk: Reason.INCORRECT,
    }
    assert [one.contact_id for one in done.added] == [fine.pk]


def test_server_of_a_service_mailbox_is_refused(cast: Cast, sequence: Sequence) -> None:
    with pytest.raises(ServerRefused, match="no marketing mailbox"):
        enroll(sequence, [make_contact(cast.tenant)], server=make_outgoing(cast.mailbox), by=cast.owner, now=NOW)

    assert not Enrollment.objects.exists()


def test_server_that_this_person_may_not_use_is_refused(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    with pytest.raises(ServerRefused, match="may not use"):
        enroll(sequence, [make_contact(cast.tenant)], by=cast.member, now=NOW)

    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    assert enroll(sequence, [make_contact(cast.tenant)], by=cast.member, now=NOW).added


def test_server_whose_replies_nobody_receives_is_refused(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    server = sequence.server
    assert server is not None
    check = ReplyCheck.objects.create(
        tenant=cast.tenant, mailbox=mailbox, outgoing_server=server, started_at=NOW, finished_at=NOW
    )
    ReplyProbe.objects.create(
        tenant=cast.tenant,
        mailbox=mailbox,
        check_run=check,
        role=ReplyProbe.Role.FROM,
        address=server.from_address,
        token="0" * 32,
        state=ReplyProbe.State.MISSING,
    )

    with pytest.raises(ServerRefused, match="No mailbox receives the replies"):
        enroll(sequence, [make_contact(cast.tenant)], by=cast.owner, now=NOW)


def test_sequence_without_a_server_takes_nobody(cast: Cast, sequence: Sequence) -> None:
    Sequence.objects.update(server=None)

    with pytest.raises(ServerRefused, match="Choose one"):
        enroll(sequence.refreshed(), [make_contact(cast.tenant)], by=cast.owner, now=NOW)


def test_first_mails_are_drawn_apart_and_always_alike(cast: Cast, sequence: Sequence) -> None:
    contacts = [make_contact(cast.tenant) for _ in range(20)]

    done = enroll(sequence, contacts, by=cast.owner, now=NOW)

    due = [one.due_at - NOW for one in done.added if one.due_at is not None]
    assert len(set(due)) > 10
    assert all(timedelta(0) <= one <= timedelta(seconds=100) for one in due)
    before = {one.contact_id: one.due_at for one in done.added}
    Enrollment.objects.all().delete()
    again = enroll(sequence, contacts, by=cast.owner, now=NOW)
    assert before == {one.contact_id: one.due_at for one in again.added}


def test_number_of_queries_does_not_grow_with_the_contacts(cast: Cast, sequence: Sequence) -> None:
    few, many = [make_contact(cast.tenant) for _ in range(2)], [make_contact(cast.tenant) for _ in range(60)]

    assert _queries(sequence, many, cast) <= _queries(sequence, few, cast) + 2


def _queries(sequence: Sequence, contacts: list[Contact], cast: Cast) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        enroll(sequence, contacts, by=cast.owner, now=NOW)
    return len(queries)
