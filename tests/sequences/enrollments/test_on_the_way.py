"""The page of a contact in a sequence, and moving contacts to another server."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.batches import starting
from sequences.models import Enrollment, EnrollmentBatch, Sequence, StepSend
from sequences.running import losing
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import LOST_AT_DOT, run, send_step, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now() + timedelta(hours=1)
_State = Enrollment.State


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=[Mail(), Mail(subject="", delay=1)])


@pytest.fixture
def enrollment(cast: Cast, sequence: Sequence) -> Enrollment:
    return enroll(sequence, make_contact(cast.tenant))


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.owner)


def page_of(enrollment: Enrollment, name: str = "detail") -> str:
    return reverse(f"sequences:enrollment-{name}", args=[enrollment.pk])


def move_page(sequence: Sequence, query: str = "") -> str:
    return f"{reverse('sequences:enrollment-move', args=[sequence.pk])}{query}"


def test_the_page_shows_each_mail_with_what_the_server_said_and_its_conversation(
    enrollment: Enrollment, cast: Cast, browser: Client
) -> None:
    send_step(enrollment, now=NOW)
    conversation_id = enrollment.refreshed().conversation_id

    page = browser.get(page_of(enrollment))

    steps = page.context["portrait"].steps
    assert [(one.place, one.is_next, one.mail.word if one.mail else None) for one in steps] == [
        (1, False, "Sent"),
        (2, True, None),
    ]
    assert "250 2.0.0 Ok" in page.content.decode()
    assert reverse("mailboxes:conversation-detail", args=[conversation_id]) in page.content.decode()


def test_what_a_server_of_a_hidden_mailbox_said_is_not_shown(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(is_open=True)
    hidden = make_outgoing(make_marketing_mailbox(cast.tenant, "Board"), from_address="board@acme.example")
    enrollment = enroll(sequence, make_contact(cast.tenant), server_id=hidden.pk)
    send = send_step(enrollment, now=NOW)
    Enrollment.objects.filter(pk=enrollment.pk).update(server=sequence.server)

    page = signed_in(cast.member).get(page_of(enrollment))

    mail = page.context["portrait"].steps[0].mail
    assert (mail.server, mail.words, mail.conversation_id) == ("", "", None)
    assert "board@acme.example" not in page.content.decode()
    assert send.server_id == hidden.pk


def test_going_on_with_an_uncertain_mail_says_that_it_counts_as_sent_and_does_so(
    cast: Cast, enrollment: Enrollment, browser: Client
) -> None:
    run(cast.tenant, now=NOW)
    settle(StepSend.objects.get(), LOST_AT_DOT, now=NOW)

    page = browser.get(page_of(enrollment)).content.decode()
    browser.post(page_of(enrollment, "do"), {"deed": "resume"})

    assert "The mail counts as sent" in page
    assert enrollment.refreshed().state == _State.ACTIVE
    assert StepSend.objects.get().sent_at is not None


@pytest.mark.parametrize(("deed", "state"), [("pause", _State.PAUSED), ("stop", _State.STOPPED)])
def test_a_contact_is_paused_and_stopped_from_its_page(
    enrollment: Enrollment, browser: Client, deed: str, state: str
) -> None:
    browser.post(page_of(enrollment, "do"), {"deed": deed})

    assert enrollment.refreshed().state == state


def test_a_contact_whose_server_is_gone_is_led_to_moving_instead_of_going_on(
    enrollment: Enrollment, browser: Client
) -> None:
    OutgoingServer.objects.filter(pk=enrollment.server_id).update(is_active=False)
    losing.pause_lost(now=NOW)

    page = browser.get(page_of(enrollment)).content.decode()

    assert 'value="resume"' not in page
    assert move_page(enrollment.sequence, f"?contact={enrollment.contact_id}") in page


def test_moving_those_who_lost_their_server_says_in_numbers_what_happens_and_does_it(
    cast: Cast, mailbox: Mailbox, sequence: Sequence, enrollment: Enrollment, browser: Client
) -> None:
    send_step(enrollment, now=NOW)
    waiting = enroll(sequence, make_contact(cast.tenant))
    other = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")
    elsewhere = enroll(sequence, make_contact(cast.tenant), server_id=other.pk, due_at=NOW + timedelta(days=9))
    OutgoingServer.objects.filter(pk=sequence.server_id).update(is_active=False)
    losing.pause_lost(now=NOW)

    notice = browser.get(reverse("sequences:enrollment-list", args=[sequence.pk])).content.decode()
    effect = browser.get(move_page(sequence, f"?from=lost&to={other.pk}")).context["effect"]
    unmoved = Enrollment.objects.filter(server=other).count()
    browser.post(move_page(sequence, "?from=lost"), {"to": str(other.pk)})

    assert "2 contacts wait, as their outgoing server is gone" in notice
    assert (effect.moved, effect.resumed, effect.in_thread, effect.from_other_mailbox) == (2, 2, 1, 0)
    assert unmoved == 1
    found = {one.pk: (one.server_id, one.server_choice, one.state) for one in Enrollment.objects.all()}
    assert found[enrollment.pk] == found[waiting.pk] == (other.pk, "moved", _State.ACTIVE)
    assert found[elsewhere.pk] == (other.pk, "default", _State.ACTIVE)


def test_selected_contacts_are_led_to_moving_and_only_they_are_moved(
    cast: Cast, mailbox: Mailbox, sequence: Sequence, enrollment: Enrollment, browser: Client
) -> None:
    other_contact = enroll(sequence, make_contact(cast.tenant))
    other = make_outgoing(mailbox, is_default=False)
    bulk = reverse("sequences:enrollment-bulk", args=[sequence.pk])

    led = browser.post(bulk, {"deed": "move", "contact": str(enrollment.contact_id)})
    browser.post(led["Location"], {"to": str(other.pk)})

    assert enrollment.refreshed().server_id == other.pk
    assert other_contact.refreshed().server_id == sequence.server_id


def test_mail_that_has_not_left_is_counted_as_taken_back(
    cast: Cast, mailbox: Mailbox, sequence: Sequence, enrollment: Enrollment, browser: Client
) -> None:
    run(cast.tenant, now=NOW)
    other = make_outgoing(make_marketing_mailbox(cast.tenant, "Partners"))

    page = browser.get(move_page(sequence, f"?from={sequence.server_id}&to={other.pk}"))

    effect = page.context["effect"]
    assert (effect.moved, effect.taken_back, effect.from_other_mailbox) == (1, 1, 1)


def test_many_are_moved_in_the_background(
    cast: Cast,
    mailbox: Mailbox,
    sequence: Sequence,
    enrollment: Enrollment,
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starting, "MOST_CHANGED_AT_ONCE", 0)
    other = make_outgoing(mailbox, is_default=False)

    answer = browser.post(move_page(sequence, f"?from={sequence.server_id}"), {"to": str(other.pk)})

    assert answer["Location"] == reverse("sequences:enrollment-batch", args=[EnrollmentBatch.objects.get().pk])
    assert enrollment.refreshed().server_id == sequence.server_id


@pytest.mark.parametrize("to", ["", "x\x00", "11111111-1111-1111-1111-111111111111"])
def test_nobody_is_moved_to_what_is_no_server_of_ones_own(
    sequence: Sequence, enrollment: Enrollment, browser: Client, to: str
) -> None:
    answer = browser.post(move_page(sequence, f"?from={sequence.server_id}"), {"to": to})

    assert answer.status_code == 422
    assert enrollment.refreshed().server_id == sequence.server_id
