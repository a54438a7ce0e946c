"""The preview of a mail is the mail (SPEC S1)."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from mailboxes.composing import Composition
from mailboxes.models import Mailbox, OutgoingMessage
from mailhub import clock
from mailhub.tenancy import blobs
from sequences.models import Contact, Enrollment, SendingSettings, Sequence, StepSend, Variant
from sequences.unsubscribing.tokens import read_token
from tests.factories import Cast, make_outgoing, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence
from tests.sequences.sending import send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now()
INVALID = 422


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def url_of(sequence: Sequence, name: str = "step-preview") -> str:
    return reverse(f"sequences:{name}", args=[sequence.pk])


def variant_at(sequence: Sequence, position: int) -> Variant:
    found: Variant = Variant.objects.get(step__sequence=sequence, step__position=position)
    return found


def shown_in(answer: Any) -> Composition:
    composition: Composition = answer.context["preview"].composition
    return composition


def without_links(text: str) -> str:
    """Cut the links to unsubscribe, which name one enrollment each."""
    return "\n".join(line.partition("/u/")[0] for line in text.splitlines())


def text_of(outgoing: OutgoingMessage) -> str:
    parsed = message_from_bytes(blobs.get(outgoing.tenant_id, outgoing.raw_sha256), policy=default)
    part = parsed.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_preview_says_what_is_sent_afterwards(cast: Cast, browser: Client, sequence: Sequence) -> None:
    SendingSettings.objects.create(tenant=cast.tenant, sender_line="Acme, 1 Main Street", changed_at=NOW)
    contact = make_contact(cast.tenant, first_name="Zoë")
    enrollment = enroll(sequence, contact)

    for position in (1, 2, 3):
        now = NOW + timedelta(days=position)
        chosen = {"variant": str(variant_at(sequence, position).pk), "contact": str(contact.pk)}
        shown = shown_in(browser.get(url_of(sequence), chosen))
        sent = send_step(enrollment, now=now).outgoing_message
        assert sent is not None

        assert (shown.subject, shown.from_.addr_spec) == (sent.subject, sent.from_address)
        assert [one.addr_spec for one in shown.to] == [contact.written_address]
        assert without_links(shown.text).strip() == without_links(text_of(sent)).strip()


def test_a_step_of_the_same_thread_shows_the_subject_of_the_mail_before(
    cast: Cast, browser: Client, sequence: Sequence
) -> None:
    contact = make_contact(cast.tenant, first_name="Zoë")

    answer = browser.get(url_of(sequence), {"variant": str(variant_at(sequence, 2).pk), "contact": str(contact.pk)})

    assert shown_in(answer).subject == "Re: Hello Zoë"


def test_what_is_being_written_is_shown_before_it_is_saved(cast: Cast, browser: Client, sequence: Sequence) -> None:
    contact = make_contact(cast.tenant, first_name="Zoë")
    typed = {"subject": "", "body": "<p>Still, {{ first_name }}?</p>", "body_format": "html", "at": "2"}

    answer = browser.post(url_of(sequence), {**typed, "contact": str(contact.pk)})

    assert shown_in(answer).subject == "Re: Hello Zoë"
    assert "<p>Still, Zoë?</p>" in shown_in(answer).html


def test_fields_without_a_value_are_named_and_marked(cast: Cast, browser: Client, sequence: Sequence) -> None:
    contact = make_contact(cast.tenant, first_name="")

    answer = browser.get(url_of(sequence), {"variant": str(variant_at(sequence, 1).pk), "contact": str(contact.pk)})

    page = answer.content.decode()
    assert shown_in(answer).subject == "Hello [first_name]"
    assert "first_name has no value" in page


def test_an_account_without_contacts_is_shown_an_invented_one(browser: Client, sequence: Sequence) -> None:
    answer = browser.get(url_of(sequence), {"variant": str(variant_at(sequence, 1).pk)})

    assert shown_in(answer).subject == "Hello Nina"
    assert "invented" in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_contact_is_searched_and_another_one_is_chosen(cast: Cast, browser: Client, sequence: Sequence) -> None:
    zoe, zora = make_contact(cast.tenant, first_name="Zoë"), make_contact(cast.tenant, first_name="Zora")
    make_contact(cast.tenant, first_name="Ada")
    asked = {"variant": str(variant_at(sequence, 1).pk), "q": "zo"}

    chosen = browser.get(url_of(sequence), {**asked, "contact": str(zora.pk), "choose": str(zoe.pk)})
    kept = browser.get(url_of(sequence), {**asked, "contact": str(zora.pk)})

    assert shown_in(chosen).subject == "Hello Zoë"
    assert shown_in(kept).subject == "Hello Zora"


def test_it_says_which_text_a_contact_gets(cast: Cast, browser: Client, sequence: Sequence) -> None:
    first = variant_at(sequence, 1)
    contact = make_contact(cast.tenant)
    enroll(sequence, contact)
    second = Variant.objects.create(
        tenant=cast.tenant, step=first.step, label="B", subject="B", html="<p>B</p>", is_active=False, changed_at=NOW
    )

    page = browser.get(url_of(sequence), {"variant": str(second.pk), "contact": str(contact.pk)}).content.decode()

    assert "gets text A of this step, not B" in page


def test_the_link_of_a_preview_names_nobody(cast: Cast, browser: Client, sequence: Sequence) -> None:
    contact = make_contact(cast.tenant)
    enroll(sequence, contact)

    page = browser.get(url_of(sequence), {"variant": str(variant_at(sequence, 1).pk), "contact": str(contact.pk)})

    links = re.findall(r"/u/([\w-]+)", page.content.decode())
    assert links
    assert {read_token(one) for one in links} == {None}
    assert Enrollment.objects.count() == 1


def test_a_test_goes_to_who_asks_for_it_and_is_no_step(cast: Cast, browser: Client, sequence: Sequence) -> None:
    contact = make_contact(cast.tenant, first_name="Zoë")
    enrollment = enroll(sequence, contact)
    asked = {"variant": str(variant_at(sequence, 1).pk), "contact": str(contact.pk)}

    answer = browser.post(url_of(sequence, "step-test"), asked)

    outgoing = OutgoingMessage.objects.get()
    assert answer.status_code == 200
    assert outgoing.subject == "[Test] Hello Zoë"
    assert [one.recipient for one in outgoing.deliveries.all()] == [cast.owner.user.email]
    assert outgoing.origin != OutgoingMessage.Origin.SEQUENCE
    raw = blobs.get(cast.tenant.pk, outgoing.raw_sha256)
    assert b"/u/test" in raw
    assert b"List-Unsubscribe" not in raw
    assert not StepSend.objects.exists()
    assert enrollment.refreshed().due_at == enrollment.due_at


def test_tests_are_limited(browser: Client, sequence: Sequence) -> None:
    asked = {"variant": str(variant_at(sequence, 1).pk)}

    answers = [browser.post(url_of(sequence, "step-test"), asked).status_code for _ in range(25)]

    assert answers[0] == 200
    assert answers[-1] == INVALID
    assert OutgoingMessage.objects.count() == answers.count(200)


def test_no_test_leaves_through_a_server_that_sends_no_sequences(cast: Cast, browser: Client, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, server=make_outgoing(mailbox, is_active=False))

    answer = browser.post(url_of(sequence, "step-test"), {"variant": str(variant_at(sequence, 1).pk)})

    assert answer.status_code == INVALID
    assert "is switched off" in answer.content.decode()
    assert not OutgoingMessage.objects.exists()


def test_texts_of_other_sequences_are_not_found(
    cast: Cast, browser: Client, mailbox: Mailbox, sequence: Sequence
) -> None:
    other = make_sequence(mailbox, author=cast.owner, steps=[Mail()])

    assert browser.get(url_of(sequence), {"variant": str(variant_at(other, 1).pk)}).status_code == 404
    assert browser.get(url_of(sequence)).status_code == INVALID
    assert browser.get(url_of(sequence), {"variant": "garbage"}).status_code == INVALID
    assert signed_in(cast.stranger).get(url_of(sequence)).status_code == 404
