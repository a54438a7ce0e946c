"""Whom a conversation is with: the panel beside it."""

from django.urls import reverse

from mailboxes.models import Conversation
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive


def _panel(cast: Cast, conversation: Conversation, *, by_owner: bool = False) -> str:
    url = reverse("mailboxes:conversation-panel", args=[conversation.pk])
    person = cast.owner if by_owner else cast.member
    return signed_in(person).get(url, headers={"HX-Request": "true"}).content.decode()


def test_it_names_who_writes_and_what_was_spoken_of_before(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(subject="Invoice of May"))
    conversation = conversation_of(
        receive(cast.mailbox, make_raw(subject="Invoice of June", cc="boss@customer.example"))
    )

    panel = _panel(cast, conversation)

    assert "Nina Berg" in panel
    assert "nina@customer.example" in panel
    assert "Invoice of May" in panel
    assert "Invoice of June" not in panel
    assert "boss@customer.example" in panel


def test_it_tells_nothing_of_mailboxes_that_one_may_not_see(cast: Cast) -> None:
    receive(cast.hidden_mailbox, make_raw(subject="Takeover"))
    conversation = conversation_of(receive(cast.mailbox, make_raw()))

    assert "Takeover" not in _panel(cast, conversation)
    assert "Takeover" in _panel(cast, conversation, by_owner=True)


def test_older_ones_than_the_newest_five_are_behind_a_link(cast: Cast) -> None:
    for number in range(7):
        receive(cast.mailbox, make_raw(subject=f"Order {number}"))
    conversation = conversation_of(receive(cast.mailbox, make_raw(subject="The newest")))

    panel = _panel(cast, conversation)

    assert panel.count("Order ") == 5
    assert "All of nina@customer.example" in panel
