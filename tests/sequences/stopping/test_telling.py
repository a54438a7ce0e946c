"""Who is told that a sequence paused by itself."""

from datetime import timedelta

import pytest

from mailboxes.models import Mailbox, MailboxAccess, Notification, NotificationSwitch
from mailboxes.notifying import mailing
from mailboxes.platform import ensure_platform
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import unscoped
from sequences.models import Sequence, StepSend
from sequences.stopping import shield
from sequences.stopping.sequences import pause_sequence
from tests.factories import Cast, signed_in
from tests.sequences.factories import enroll, make_contact, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

BECAUSE = "1 of the last 20 mails bounced, more than 2 %: look at the addresses first."


def _told(person: Membership) -> list[tuple[str, str]]:
    return list(Notification.objects.filter(recipient=person).values_list("subject", "words"))


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    return make_sequence(mailbox, author=cast.member, name="Autumn")


def test_the_shield_tells_the_author_once(cast: Cast, sequence: Sequence) -> None:
    now = clock.now()
    for number in range(shield.FEWEST):
        enrollment = enroll(sequence, make_contact(cast.tenant))
        StepSend.objects.create(
            tenant=cast.tenant,
            enrollment=enrollment,
            sequence=sequence,
            contact=enrollment.contact,
            step=enrollment.step,
            submitted_at=now,
            sent_at=now,
            bounced_at=None if number else now,
        )

    for minute in range(3):
        shield.look(sequence.pk, now=now + timedelta(minutes=minute))

    assert _told(cast.member) == [("Autumn", BECAUSE)]
    assert _told(cast.owner) == []


def test_the_owners_are_told_where_the_author_may_not_send_any_more(cast: Cast, sequence: Sequence) -> None:
    MailboxAccess.objects.all().delete()

    pause_sequence(sequence, because="Its author may not send from Sales any more.", now=clock.now())

    assert _told(cast.member) == []
    assert len(_told(cast.owner)) == 1


def test_nobody_is_told_of_what_a_person_paused(cast: Cast, sequence: Sequence) -> None:
    pause_sequence(sequence, now=clock.now())

    assert Notification.objects.count() == 0


def test_who_wants_to_hear_nothing_of_it_does_not(cast: Cast, sequence: Sequence) -> None:
    NotificationSwitch.objects.create(
        tenant=cast.tenant,
        membership=cast.member,
        kind=Notification.Kind.SEQUENCE_PAUSED,
        in_browser=False,
        by_mail=False,
    )

    pause_sequence(sequence, because=BECAUSE, now=clock.now())

    assert Notification.objects.count() == 0


def test_a_second_pause_takes_the_place_of_one_that_nobody_read(cast: Cast, sequence: Sequence) -> None:
    pause_sequence(sequence, because="The first.", now=clock.now())
    Sequence.objects.update(state=Sequence.State.ACTIVE)

    pause_sequence(sequence, because="The second.", now=clock.now())

    assert _told(cast.member) == [("Autumn", "The second.")]


def test_it_stands_behind_the_bell_and_is_read_by_opening_the_check_list(cast: Cast, sequence: Sequence) -> None:
    pause_sequence(sequence, because=BECAUSE, now=clock.now())
    client, path = signed_in(cast.member), f"/sequences/{sequence.pk}/start/"

    listed = client.get("/notifications/").text
    client.get(path)

    assert "A sequence paused by itself" in listed
    assert path in listed
    assert BECAUSE in listed
    assert Notification.objects.get().read_at is not None


def test_a_mail_says_why_and_leads_there(cast: Cast, sequence: Sequence) -> None:
    ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")
    now = clock.now()
    pause_sequence(sequence, because=BECAUSE, now=now)
    (told,) = Notification.objects.select_related("mailbox", "recipient__user", "recipient__tenant")

    mail = mailing.letter(told.recipient, [told])
    with unscoped("the clock comes by"):
        mailing.mail_due(now=now + timedelta(minutes=5))

    assert mail.subject == "A sequence paused by itself: Autumn"
    assert BECAUSE in mail.body
    assert f"/sequences/{sequence.pk}/start/" in mail.body
    assert told.refreshed().mailed_at is not None


def test_who_lost_the_mailbox_meanwhile_sees_and_gets_nothing(cast: Cast, sequence: Sequence) -> None:
    now = clock.now()
    pause_sequence(sequence, because=BECAUSE, now=now)
    MailboxAccess.objects.all().delete()

    listed = signed_in(cast.member).get("/notifications/").text
    with unscoped("the clock comes by"):
        mailing.mail_due(now=now + timedelta(minutes=5))

    assert "Autumn" not in listed
    assert Notification.objects.get().mailed_at is None
