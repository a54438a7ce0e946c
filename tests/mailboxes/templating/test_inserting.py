"""Templates in the composer: found, and filled in for the letter that is being written (SPEC M27)."""

from typing import Any
from uuid import UUID

import pytest

from mailboxes.models import Conversation, Mailbox
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive
from tests.mailboxes.templating.rows import make_template

GREETING = "<p>Hello {{ contact_first_name }}, about {{ subject }}. {{ my_name }}, {{ mailbox_address }}</p>"


def _insert(person: Membership, template_id: UUID, server: OutgoingServer, **fields: Any) -> Any:
    url = f"/compose/templates/{template_id}/insert/"
    return signed_in(person).post(url, {"server": str(server.pk), **fields})


def _conversation(mailbox: Mailbox, **fields: str) -> Conversation:
    return conversation_of(receive(mailbox, make_raw(**fields)))


def test_a_template_is_filled_in_with_the_conversation(cast: Cast, server: OutgoingServer) -> None:
    cast.member.user.name = "Anna Lund"
    cast.member.user.save()
    template = make_template(cast.tenant, GREETING, subject="For {{ contact_name }}")
    conversation = _conversation(cast.mailbox)

    filled = _insert(cast.member, template.pk, server, conversation=conversation.pk, to="").json()

    assert filled["html"] == "<p>Hello Nina, about Quote for 40 seats. Anna Lund, support@acme.example</p>"
    assert filled["text"] == "Hello Nina, about Quote for 40 seats. Anna Lund, support@acme.example"
    assert filled["subject"] == "For Nina Berg"
    assert (filled["unfilled"], filled["words"]) == ([], "")


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("Nina Berg <nina@customer.example>", "Nina"),
        ("other@customer.example, NINA@customer.example", "Nina"),
        ("Luc Petit <luc@other.example>", "Luc"),
        ("luc@other.example", "{{ contact_first_name }}"),
        ("no address", "Nina"),
    ],
)
def test_it_speaks_to_whom_the_letter_goes(cast: Cast, server: OutgoingServer, to: str, name: str) -> None:
    template = make_template(cast.tenant, "<p>Hello {{ contact_first_name }}</p>")
    conversation = _conversation(cast.mailbox)

    filled = _insert(cast.member, template.pk, server, conversation=conversation.pk, to=to).json()

    assert filled["html"] == f"<p>Hello {name}</p>"


def test_what_has_no_value_stays_as_a_mark_and_is_said(cast: Cast, server: OutgoingServer) -> None:
    template = make_template(cast.tenant, GREETING)

    filled = _insert(cast.member, template.pk, server, to="nina@customer.example", subject="Hi").json()

    assert filled["html"].startswith("<p>Hello {{ contact_first_name }}, about Hi.")
    assert filled["unfilled"] == ["contact_first_name"]
    assert filled["words"].startswith("contact_first_name has no value here")


def test_b105_what_a_stranger_calls_himself_is_text(cast: Cast, server: OutgoingServer) -> None:
    template = make_template(cast.tenant, "<p>Hello {{ contact_name }}</p>", subject="{{ contact_name }}")
    name = "{{ company_name }} <script>alert(1)</script>"
    conversation = _conversation(cast.mailbox, from_=f'"{name}" <x@customer.example>')

    filled = _insert(cast.member, template.pk, server, conversation=conversation.pk).json()

    assert filled["html"] == "<p>Hello {{ company_name }} &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert filled["subject"] == name


@pytest.mark.parametrize(
    "html", ["<p>{% include 'x' %}</p>", "<p>{{ contact.delete }}</p>", "{{ contact_name }}" * 100_000]
)
def test_b101_to_b104_a_stored_template_that_cannot_be_filled_in_is_refused_with_words(
    cast: Cast, server: OutgoingServer, html: str
) -> None:
    template = make_template(cast.tenant, html)

    answer = _insert(cast.member, template.pk, server)

    assert answer.status_code == 422
    assert "Thanks" in answer.json()["words"]


def test_templates_conversations_and_servers_of_others_are_not_found(cast: Cast, server: OutgoingServer) -> None:
    template = make_template(cast.tenant, GREETING)
    hidden = _conversation(cast.hidden_mailbox, to="directors@acme.example")

    assert _insert(cast.stranger, template.pk, server).status_code == 404
    assert _insert(cast.member, new_id(), server).status_code == 404
    assert _insert(cast.member, template.pk, server, conversation=hidden.pk).status_code == 404
    assert _insert(cast.member, template.pk, server, conversation=new_id()).status_code == 404


def test_the_picker_lists_the_templates_of_the_account_by_name(cast: Cast) -> None:
    make_template(cast.tenant, "<p>Yes</p>", name="Shipping times")
    make_template(cast.tenant, "<p>Yes</p>", name="A refund")
    make_template(cast.other_tenant, "<p>No</p>", name="Of others")

    page = signed_in(cast.member).get("/compose/templates/").content.decode()

    assert page.index("A refund") < page.index("Shipping times")
    assert "Of others" not in page
