"""The steps of a sequence and their texts in the browser, as people write them."""

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox, ReplyTemplate
from mailhub import clock
from sequences.models import Sequence, Step, Variant
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.editing.pages import INVALID, Counting, page_of, text_page, variant_at, written
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence, make_step
from tests.sequences.sending import send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def test_the_steps_stand_in_their_order_with_their_waits_and_threads(browser: Client, sequence: Sequence) -> None:
    page = browser.get(page_of(sequence)).content.decode()

    places = [page.index(words) for words in ("Hello {{ first_name }}", "wait 3 days", "same thread:", "wait 2 days")]
    assert places == sorted(places)
    assert "Re: Hello {{ first_name }}" in page
    assert "day 5" in page


def test_the_steps_cost_the_same_for_one_and_for_ten(
    cast: Cast, browser: Client, mailbox: Mailbox, django_assert_max_num_queries: Counting
) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail()])
    enroll(sequence, make_contact(cast.tenant))
    browser.get(page_of(sequence))
    with django_assert_max_num_queries(25) as few:
        browser.get(page_of(sequence))
    for position in range(2, 11):
        make_step(sequence, Mail(delay=1), position=position)
        enroll(sequence, make_contact(cast.tenant))

    with django_assert_max_num_queries(25) as many:
        browser.get(page_of(sequence))

    assert len(many) == len(few)


def test_numbers_of_what_was_sent_and_who_waits_stand_at_a_step(
    cast: Cast, browser: Client, sequence: Sequence
) -> None:
    send_step(enroll(sequence, make_contact(cast.tenant)), now=clock.now())
    enroll(sequence, make_contact(cast.tenant))

    page = browser.get(page_of(sequence)).content.decode()

    assert "1 sent · 0 replied (0 %)" in page
    assert page.count("1 waits for it") == 2


def test_a_sequence_without_steps_leads_to_the_first_mail(cast: Cast, browser: Client, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[])

    page = browser.get(page_of(sequence)).content.decode()

    assert "Write the first mail" in page


def test_a_stranger_finds_nothing(cast: Cast, sequence: Sequence) -> None:
    stranger = signed_in(cast.stranger)

    assert stranger.get(page_of(sequence)).status_code == 404
    assert stranger.post(page_of(sequence, "step-add"), {}).status_code == 404


def test_a_step_is_added_where_it_is_wanted(browser: Client, sequence: Sequence) -> None:
    wanted = {"subject": "Between", "body": "Some words", "delay": "4", "unit": "sending_days", "at": "2"}

    answer = browser.post(page_of(sequence, "step-add"), wanted)

    assert answer.status_code == 302
    steps = Step.objects.filter(sequence=sequence).order_by("position")
    assert [(one.position, one.variants.get().subject) for one in steps] == [
        (1, "Hello {{ first_name }}"),
        (2, "Between"),
        (3, ""),
        (4, "One more thing"),
    ]
    assert (steps[1].delay, steps[1].unit) == (4, "sending_days")


def test_the_first_mail_needs_a_subject_and_nothing_that_was_typed_is_lost(
    cast: Cast, browser: Client, mailbox: Mailbox
) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[])

    answer = browser.post(page_of(sequence, "step-add"), {"body": "My words", "delay": "0", "unit": "days"})

    page = answer.content.decode()
    assert answer.status_code == INVALID
    assert "The first mail begins the thread, so it needs a subject." in page
    assert "My words" in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hello {{ fist_name }}", "There is no field “fist_name” here"),
        ("Hello {{ first_name", "cannot be understood"),
        ("{% if company %}at {{ company }}", "cannot be understood"),
        ("", "Write what"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused_in_words(
    browser: Client, sequence: Sequence, body: str, words: str
) -> None:
    variant = variant_at(sequence, 1)

    answer = browser.post(text_page(variant), written(variant, body=body))

    assert answer.status_code == INVALID
    assert words in answer.content.decode()
    assert variant.refreshed().html == variant.html


def test_what_is_kept_is_sanitised(browser: Client, sequence: Sequence) -> None:
    variant = variant_at(sequence, 1)
    body = '<p onclick="x()">Hello {{ first_name }}<script>x()</script></p>'

    browser.post(text_page(variant), written(variant, body=body, body_format="html"))

    kept = variant.refreshed()
    assert (kept.subject, kept.html) == ("New", "<p>Hello {{ first_name }}</p>")


def test_b123_a_link_that_runs_a_script_is_none(browser: Client, sequence: Sequence) -> None:
    variant = variant_at(sequence, 1)
    body = '<p><a href="javascript:alert(1)">Look</a> <a href="data:text/html,x">here</a></p>'

    browser.post(text_page(variant), written(variant, body=body, body_format="html"))

    kept = variant.refreshed()
    assert kept.subject == "New"
    assert "Look" in kept.html
    assert not any(word in kept.html for word in ("javascript:", "data:", "href"))


def test_a_text_that_somebody_else_changed_is_not_overwritten(browser: Client, sequence: Sequence) -> None:
    variant = variant_at(sequence, 1)
    browser.post(text_page(variant), written(variant, subject="Theirs", body="Their words"))

    answer = browser.post(text_page(variant), written(variant, subject="Mine", body="My words"))

    page = answer.content.decode()
    theirs = variant.refreshed()
    assert answer.status_code == INVALID
    assert theirs.subject == "Theirs"
    assert all(words in page for words in ("Mine", "My words", "Theirs", "Their words"))
    # Whoever saves again has seen it.
    assert browser.post(text_page(variant), written(theirs, subject="Mine", body="My words")).status_code == 302
    assert variant.refreshed().subject == "Mine"


def test_a_template_of_the_account_is_where_a_step_begins(cast: Cast, browser: Client, sequence: Sequence) -> None:
    now = clock.now()
    template = ReplyTemplate.objects.create(
        tenant=cast.tenant,
        name="Hello",
        subject="For {{ contact_name }}",
        html="<p>Dear {{ contact_first_name }}</p>",
        created_at=now,
        changed_at=now,
    )

    page = browser.get(page_of(sequence, "step-add"), {"template": template.pk}).content.decode()

    assert "For {{ full_name }}" in page
    assert "Dear {{ first_name }}" in page


def test_the_wait_before_a_step_is_changed_unless_somebody_else_just_did(browser: Client, sequence: Sequence) -> None:
    step = variant_at(sequence, 2).step
    url = reverse("sequences:step-change", args=[sequence.pk, step.pk])

    first = browser.post(url, {"delay": "5", "unit": "hours", "seen": "3 days"})
    second = browser.post(url, {"delay": "9", "unit": "days", "seen": "3 days"})

    assert (first.status_code, second.status_code) == (302, INVALID)
    assert "5 hours meanwhile" in second.content.decode()
    assert (step.refreshed().delay, step.refreshed().unit) == (5, "hours")


def test_a_step_is_moved_only_after_asking_where_somebody_would_miss_a_mail(
    cast: Cast, browser: Client, mailbox: Mailbox
) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail("one"), Mail("two", delay=3)])
    send_step(enroll(sequence, make_contact(cast.tenant)), now=clock.now())
    step = variant_at(sequence, 2).step
    url = reverse("sequences:step-move", args=[sequence.pk, step.pk])

    asked = browser.post(url, {"to": "up"})
    meant = browser.post(url, {"to": "up", "is_meant": "yes"})

    assert asked.status_code == INVALID
    assert "1 contact is between the two" in asked.content.decode()
    assert meant.status_code == 302
    assert step.refreshed().position == 1


def test_a_variant_begins_as_a_copy_and_shares_the_contacts_by_weight(browser: Client, sequence: Sequence) -> None:
    first = variant_at(sequence, 1)
    browser.post(reverse("sequences:variant-add", args=[sequence.pk, first.step_id]))
    second = Variant.objects.get(step=first.step_id, label="B")

    browser.post(text_page(second), written(second, subject="Another", weight="3"))

    page = browser.get(page_of(sequence)).content.decode()
    assert second.html == first.html
    assert "25 %" in page
    assert "75 %" in page


def test_the_last_text_of_a_step_stays_switched_on(browser: Client, sequence: Sequence) -> None:
    variant = variant_at(sequence, 1)
    off = written(variant)
    del off["is_active"]

    switched = browser.post(text_page(variant), off)
    removed = browser.post(text_page(variant, "variant-remove"))

    assert (switched.status_code, removed.status_code) == (INVALID, INVALID)
    assert variant.refreshed().is_active


def test_a_variant_that_was_sent_is_switched_off_and_one_that_was_not_is_deleted(
    cast: Cast, browser: Client, sequence: Sequence
) -> None:
    sent = variant_at(sequence, 1)
    send_step(enroll(sequence, make_contact(cast.tenant)), now=clock.now())
    for _ in range(2):
        browser.post(reverse("sequences:variant-add", args=[sequence.pk, sent.step_id]))
    unsent = Variant.objects.get(step=sent.step_id, label="B")

    browser.post(text_page(sent, "variant-remove"))
    browser.post(text_page(unsent, "variant-remove"))

    assert not sent.refreshed().is_active
    assert not Variant.objects.filter(pk=unsent.pk).exists()


def test_the_servers_of_hidden_mailboxes_are_not_offered_beside_the_steps(cast: Cast) -> None:
    shown, hidden = (make_marketing_mailbox(cast.tenant, name) for name in ("Shown", "Hidden"))
    make_outgoing(hidden, from_address="hidden@acme.example")
    shown.accesses.create(tenant=cast.tenant, membership=cast.member)
    sequence = make_sequence(shown, author=cast.member)

    page = signed_in(cast.member).get(page_of(sequence)).content.decode()

    assert "hidden@acme.example" not in page
