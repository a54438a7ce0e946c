"""Signatures stand below what was written, once, and a form that came twice is one letter all the same (SPEC M21)."""

from dataclasses import replace

import pytest

from mailboxes import writing
from mailboxes.addresses import Address
from mailboxes.composing import CompositionRefused
from mailboxes.models import Mailbox, MailboxSignature, OutgoingMessage, PersonalSignature
from mailboxes.parsing import parse
from mailboxes.quoting import reply_text, split_quote
from mailboxes.writing.signatures import signed_off
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing

pytestmark = pytest.mark.django_db

QUOTE = "On Mon, 04 May 2026 at 10:00 UTC, Luc wrote:\n> Can you help?\n>\n> -- \n> Luc"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign_mailbox(mailbox: Mailbox, html: str) -> None:
    MailboxSignature.objects.update_or_create(
        mailbox=mailbox, defaults={"html": html, "changed_at": clock.now(), "tenant_id": mailbox.tenant_id}
    )


def sign_person(author: Membership, html: str) -> None:
    PersonalSignature.objects.update_or_create(
        membership=author, defaults={"html": html, "changed_at": clock.now(), "tenant_id": author.tenant_id}
    )


def _letter(cast: Cast, text: str = "Here it is.") -> writing.Letter:
    return writing.Letter(
        id=new_id(),
        server=make_outgoing(cast.mailbox),
        to=(Address("", "first@customers.example"),),
        cc=(),
        subject="Your quote",
        text=text,
        html=f"<p>{text}</p>",
        attachments=(),
        written_by=cast.owner,
    )


def test_the_persons_signature_stands_above_the_mailboxs_and_the_separator_stands_once(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>Acme<br>Port Road 1</p>")
        sign_person(cast.owner, "<p><b>Anna Berg</b></p>")

        text, html = signed_off("Yes.\n\n", "<p>Yes.</p>", mailbox=cast.mailbox, author=cast.owner)

    assert text == "Yes.\n\n-- \nAnna Berg\n\nAcme\nPort Road 1"
    assert html.index("Yes.") < html.index("<b>Anna Berg</b>") < html.index("Port Road 1")
    assert html.count("-- ") == 1


def test_what_mailhub_writes_has_the_mailboxs_signature_alone(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, '<p>{{ my_name | default: "The team" }} of {{ mailbox_name }}</p>')
        sign_person(cast.owner, "<p>Anna Berg</p>")

        text, _html = signed_off("Yes.", "", mailbox=cast.mailbox, author=None)

    assert text == "Yes.\n\n-- \nThe team of Support"


@pytest.mark.parametrize("html", ["", "<p></p>", "<div><br></div>", "<p>{{ my_name }}</p>"])
def test_without_a_signature_nothing_is_added(cast: Cast, html: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, html)

        assert signed_off("Yes. ", "<p>Yes.</p>", mailbox=cast.mailbox, author=None) == ("Yes. ", "<p>Yes.</p>")


def test_fields_of_a_signature_are_filled_in_escaped_and_only_once(cast: Cast) -> None:
    cast.owner.user.name = "<b>Anna</b> {{ company_name }}"
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>{{ my_name }}, {{ mailbox_address }}, {{ company_name }}</p>")

        text, html = signed_off("", "<p></p>", mailbox=cast.mailbox, author=cast.owner, address="two@acme.example")

    assert text == "-- \n<b>Anna</b> {{ company_name }}, two@acme.example, Acme"
    assert "&lt;b&gt;Anna&lt;/b&gt; {{ company_name }}, two@acme.example, Acme" in html


def test_a_signature_that_cannot_be_filled_in_is_refused_with_words(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>{% include 'x' %}</p>")

        with pytest.raises(CompositionRefused, match="signature"):
            signed_off("Yes.", "", mailbox=cast.mailbox, author=None)


def test_the_signature_stands_between_what_was_typed_and_the_quotation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>Acme</p>")
        outgoing = writing.send_new(replace(_letter(cast), quote=QUOTE), now=clock.now())
        mail = parse(outgoing.raw())

    assert mail.text.startswith("Here it is.\n\n-- \nAcme\n\nOn Mon, 04 May")
    assert mail.html.index("Here it is.") < mail.html.index("Acme") < mail.html.index("<blockquote")


def test_when_it_comes_back_our_own_cutters_leave_the_signature_out(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>Acme<br>Port Road 1</p>")
        sign_person(cast.owner, "<p>Anna Berg</p>")
        outgoing = writing.send_new(replace(_letter(cast), quote=QUOTE), now=clock.now())
        mail = parse(outgoing.raw())

    assert reply_text(mail.text, mail.html) == "Here it is."
    assert reply_text("", mail.html) == "Here it is."
    assert split_quote(mail.text)[1].startswith("On Mon, 04 May")


@pytest.mark.parametrize("quote", ["", QUOTE])
@pytest.mark.parametrize(("before", "after"), [("", "<p>New</p>"), ("<p>Old</p>", ""), ("<p>Old</p>", "<p>New</p>")])
@pytest.mark.parametrize("text", ["Here it is.", "Here it is.\n\n", "", "Grüße -- \n\n-- \nme"])
def test_a_letter_that_comes_again_after_the_signature_changed_is_the_same(
    cast: Cast, quote: str, before: str, after: str, text: str
) -> None:
    letter = replace(_letter(cast, text), quote=quote)
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, before)
        first = writing.send_new(letter, now=clock.now())
        sign_mailbox(cast.mailbox, after)

        assert writing.send_new(letter, now=clock.now()).pk == first.pk
        assert OutgoingMessage.objects.count() == 1


@pytest.mark.parametrize("after", ["<p>Old</p>", "<p>New</p>"])
def test_a_letter_that_was_rewritten_is_another_also_when_the_signature_changed(cast: Cast, after: str) -> None:
    letter = _letter(cast)
    tail = "\n\n-- \nOld"
    with tenant_scope(cast.tenant.pk):
        sign_mailbox(cast.mailbox, "<p>Old</p>")
        writing.send_new(letter, now=clock.now())
        sign_mailbox(cast.mailbox, after)

        for text, html in (
            ("Here it is. More.", "<p>Here it is. More.</p>"),
            ("Here", "<p>Here it is.</p>"),
            ("Here it is.", "<p>Here it <b>is</b>.</p>"),
            (f"Here it is.{tail}", f"<p>Here it is.{tail}</p>"),
        ):
            with pytest.raises(writing.AnotherWasSent):
                writing.send_new(replace(letter, text=text, html=html), now=clock.now())
