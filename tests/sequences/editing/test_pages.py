"""A sequence as a whole in the browser: added, set, copied and deleted."""

import pytest
from django.test import Client

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.models import Enrollment, Sequence, Variant
from tests.factories import Cast, make_mailbox, make_outgoing, signed_in
from tests.sequences.editing.pages import ADD, INVALID, page_of
from tests.sequences.factories import enroll, make_contact
from tests.sequences.sending import send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def test_a_sequence_is_added_and_goes_on_with_its_first_mail(cast: Cast, browser: Client, mailbox: Mailbox) -> None:
    server = make_outgoing(mailbox)

    answer = browser.post(ADD, {"name": "Spring", "server": str(server.pk)})

    sequence = Sequence.objects.get(name="Spring")
    assert answer.headers["Location"] == page_of(sequence, "step-add")
    assert (sequence.state, sequence.server_id, sequence.author_id) == ("draft", server.pk, cast.owner.pk)


def test_servers_that_cannot_send_sequences_are_shown_with_the_reason_and_refused(
    browser: Client, mailbox: Mailbox
) -> None:
    off = make_outgoing(mailbox, is_active=False)

    page = browser.get(ADD).content.decode()
    answer = browser.post(ADD, {"name": "Spring", "server": str(off.pk)})

    assert "is switched off" in page
    assert "disabled" in page
    assert answer.status_code == INVALID
    assert not Sequence.objects.exists()


def test_a_server_of_a_mailbox_that_one_may_not_use_is_none(cast: Cast, mailbox: Mailbox) -> None:
    hidden = make_outgoing(mailbox)

    answer = signed_in(cast.member).post(ADD, {"name": "Spring", "server": str(hidden.pk)})

    assert answer.status_code == INVALID
    assert hidden.from_address not in answer.content.decode()


def test_an_account_without_a_marketing_mailbox_is_shown_the_way(cast: Cast, browser: Client, scope: None) -> None:
    make_outgoing(make_mailbox(cast.tenant, "Help"))

    page = browser.get(ADD).content.decode()

    assert "set its kind to “Marketing”" in page


def test_a_name_is_taken_once(browser: Client, sequence: Sequence) -> None:
    answer = browser.post(ADD, {"name": sequence.name})

    assert answer.status_code == INVALID
    assert "has this name" in answer.content.decode()


def test_another_default_server_leaves_contacts_where_they_are_and_says_so(
    cast: Cast, browser: Client, mailbox: Mailbox, sequence: Sequence
) -> None:
    enrollment = enroll(sequence, make_contact(cast.tenant))
    other = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")
    settings = {"name": "Renamed", "server": str(other.pk), "stops_company": "on"}

    page = browser.post(page_of(sequence, "sequence-settings"), settings, follow=True).content.decode()

    changed = sequence.refreshed()
    assert (changed.name, changed.server_id, changed.stops_company) == ("Renamed", other.pk, True)
    assert enrollment.refreshed().server_id == sequence.server_id
    assert "One contact keeps the outgoing server that it has" in page
    assert "1 of 1 contact on their way goes through another server" in page


def test_a_server_that_is_offered_no_more_stays_until_another_is_chosen(
    browser: Client, mailbox: Mailbox, sequence: Sequence
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(kind=Mailbox.Kind.SERVICE)
    url = page_of(sequence, "sequence-settings")

    page = browser.get(url).content.decode()
    answer = browser.post(url, {"name": "Renamed", "server": str(sequence.server_id)})

    assert "is no marketing mailbox any more" in page
    assert answer.status_code == 302
    assert sequence.refreshed().server_id == sequence.server_id


def test_settings_that_somebody_else_changed_are_not_overwritten(browser: Client, sequence: Sequence) -> None:
    url = page_of(sequence, "sequence-settings")
    seen = browser.get(url).context["form"]["seen"].value()
    values = {"name": "Mine", "server": str(sequence.server_id), "seen": seen}
    browser.post(url, {**values, "name": "Theirs"})

    answer = browser.post(url, values)

    assert answer.status_code == INVALID
    assert "Theirs" in answer.content.decode()
    assert sequence.refreshed().name == "Theirs"


def test_a_copy_is_a_draft_with_the_same_steps_and_without_contacts(
    cast: Cast, browser: Client, sequence: Sequence
) -> None:
    enroll(sequence, make_contact(cast.tenant))
    Sequence.objects.filter(pk=sequence.pk).update(stops_company=True, new_per_day=7)

    browser.post(page_of(sequence, "sequence-copy"), {"name": f"Copy of {sequence.name}"})

    copy = Sequence.objects.get(name=f"Copy of {sequence.name}")
    texts = Variant.objects.filter(step__sequence=copy).order_by("step__position")
    assert (copy.state, copy.stops_company, copy.new_per_day) == ("draft", True, 7)
    assert [one.subject for one in texts] == ["Hello {{ first_name }}", "", "One more thing"]
    assert not Enrollment.objects.filter(sequence=copy).exists()


def test_a_sequence_is_deleted_once_its_name_is_typed(cast: Cast, browser: Client, sequence: Sequence) -> None:
    contact = make_contact(cast.tenant)
    send_step(enroll(sequence, contact), now=clock.now())
    Sequence.objects.filter(pk=sequence.pk).update(state=Sequence.State.PAUSED)
    url = page_of(sequence, "sequence-delete")

    page = browser.get(url).content.decode()
    wrong = browser.post(url, {"confirm": "something else"})
    right = browser.post(url, {"confirm": sequence.name})

    assert "The way of 1 contact through it, 1 of them on their way" in page
    assert "Its reports on 1 mail" in page
    assert (wrong.status_code, right.status_code) == (INVALID, 302)
    assert not Sequence.objects.filter(pk=sequence.pk).exists()
    assert contact.refreshed()


def test_a_sequence_that_is_active_is_not_deleted(browser: Client, sequence: Sequence) -> None:
    answer = browser.post(page_of(sequence, "sequence-delete"), {"confirm": sequence.name})

    assert answer.status_code == INVALID
    assert Sequence.objects.filter(pk=sequence.pk).exists()


def test_where_nothing_can_be_deleted_no_form_asks_for_a_name(browser: Client, sequence: Sequence) -> None:
    page = browser.get(page_of(sequence, "sequence-delete")).text

    assert "Back to the sequence" in page
    assert "data-confirm-name" not in page
    assert 'name="confirm"' not in page
