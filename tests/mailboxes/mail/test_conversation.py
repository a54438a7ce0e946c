"""Reading one conversation."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Conversation, Delivery, OutgoingMessage
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send, settle


def _page(browser: Client, conversation: Conversation, **query: str) -> str:
    """Return the pane of the conversation, as htmx asks for it."""
    url = reverse("mailboxes:conversation-detail", args=[conversation.pk])
    return browser.get(url, query, headers={"HX-Request": "true"}).content.decode()


def _exchange(cast: Cast, server: OutgoingServer, count: int) -> Conversation:
    """Let a customer ask and be answered `count` times."""
    message = receive(cast.mailbox, make_raw(text="Question 0"))
    conversation = conversation_of(message)
    for number in range(1, count):
        outgoing = send(server, cast.member, text=f"Answer {number}", conversation=conversation, answers=message)
        settle(outgoing, Delivery.State.SENT)
        message = receive(cast.mailbox, make_raw(text=f"Question {number}", in_reply_to=f"<{outgoing.message_id}>"))
    return conversation


def test_messages_stand_in_the_order_of_time_with_older_ones_folded(cast: Cast, server: OutgoingServer) -> None:
    conversation = _exchange(cast, server, 5)

    page = _page(signed_in(cast.member), conversation)

    assert page.index("Question 0") < page.index("Answer 1") < page.index("Question 4")
    assert page.count("letter-folded") == 5
    assert page.count('class="letter-text"') == 4


def test_reply_says_by_what_evidence_it_matched_and_leads_to_what_it_answers(
    cast: Cast, server: OutgoingServer
) -> None:
    conversation = _exchange(cast, server, 2)
    with tenant_scope(cast.tenant.pk):
        outgoing = OutgoingMessage.objects.get()
        reply = conversation.messages.get(evidence="in_reply_to")

    page = _page(signed_in(cast.member), conversation)
    why = signed_in(cast.member).get(reverse("mailboxes:message-why", args=[reply.pk])).content.decode()

    assert "In-Reply-To" in page
    assert f'href="#sent-{outgoing.pk}"' in page
    assert f'id="sent-{outgoing.pk}"' in page
    assert outgoing.message_id in why
    assert "which we sent: a reply, 90 % sure." in why
    assert "sure" in page


def test_conversation_takes_as_many_queries_for_thirty_messages_as_for_ten(cast: Cast, server: OutgoingServer) -> None:
    counts = []
    for exchanges in (5, 15):
        conversation = _exchange(cast, server, exchanges)
        browser = signed_in(cast.member)
        _page(browser, conversation)
        with CaptureQueriesContext(connection) as queries:
            _page(browser, conversation)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_real_address_stands_beside_the_name(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw(from_='"boss@acme.example" <thief@evil.example>'))

    page = _page(signed_in(cast.member), conversation_of(message))

    assert "&lt;thief@evil.example&gt;" in page


def test_text_is_escaped_with_links_and_its_quote_apart(cast: Cast) -> None:
    text = 'a@a.co?]<img/src="x"/onerror=alert(1)> see https://example.com/x\n\nOn Mon, Ada wrote:\n> old words'
    message = receive(cast.mailbox, make_raw(text=text))

    page = _page(signed_in(cast.member), conversation_of(message))

    assert "<img/src" not in page
    assert '<a href="https://example.com/x" rel="noopener noreferrer"' in page
    assert page.index('<details class="quote"') < page.index("old words")


def test_html_mail_is_shown_as_text_on_demand(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw(text="plain words", html="<p>rich words</p>"))
    browser, conversation = signed_in(cast.member), conversation_of(message)

    assert "<iframe" in _page(browser, conversation)

    page = _page(browser, conversation, open=str(message.pk), view="text")

    assert "<iframe" not in page
    assert "plain words" in page


def test_hostile_headers_are_escaped_wherever_they_are_shown(cast: Cast, server: OutgoingServer) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    mail = make_raw(from_=f'"\\">{hostile}" <evil@x.example>', subject=hostile, text=hostile)
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{hostile}.pdf")
    message = receive(cast.mailbox, mail)
    outgoing = send(server, cast.member, conversation=conversation_of(message), answers=message)
    settle(outgoing, Delivery.State.FAILED, words=hostile)
    browser = signed_in(cast.member)

    pages = [
        _page(browser, conversation_of(message)),
        browser.get(reverse("mailboxes:message-headers", args=[message.pk])).content.decode(),
        browser.get(reverse("mailboxes:message-why", args=[message.pk])).content.decode(),
        browser.get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode(),
        browser.get(reverse("mailboxes:conversation-reply", args=[message.conversation_id])).content.decode(),
    ]

    assert all("<img" not in page for page in pages)


def test_message_that_quotes_a_conversation_of_others_is_linked_to_it(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    stranger = receive(
        cast.mailbox,
        make_raw(from_="mallory@evil.example", subject="Me too", in_reply_to=f"<{outgoing.message_id}>"),
    )

    page = _page(signed_in(cast.member), conversation_of(stranger))

    assert "Quotes a conversation that mallory@evil.example has no part in" in page
    assert reverse("mailboxes:conversation-join", args=[stranger.conversation_id]) in page
    assert reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]) in page


def test_closing_takes_it_off_the_list_and_reopening_puts_it_back(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)

    browser.post(reverse("mailboxes:conversation-close", args=[conversation.pk]))
    with tenant_scope(cast.tenant.pk):
        assert conversation.refreshed().status == Conversation.Status.CLOSED

    browser.post(reverse("mailboxes:conversation-reopen", args=[conversation.pk]))
    with tenant_scope(cast.tenant.pk):
        assert conversation.refreshed().status == Conversation.Status.OPEN


def test_closing_goes_on_to_the_next_of_the_list_and_offers_to_take_it_back(cast: Cast) -> None:
    oldest, closed, newest = (conversation_of(receive(cast.mailbox, make_raw(subject=one))) for one in "abc")
    browser = signed_in(cast.member)
    url = reverse("mailboxes:conversation-close", args=[closed.pk]) + f"?mailbox={cast.mailbox.pk}"

    response = browser.post(url, follow=True)

    next_url = reverse("mailboxes:conversation-detail", args=[oldest.pk]) + f"?mailbox={cast.mailbox.pk}"
    reopen_url = reverse("mailboxes:conversation-reopen", args=[closed.pk])
    assert response.redirect_chain == [(next_url, 302)]
    assert f'hx-post="{reopen_url}?mailbox={cast.mailbox.pk}">Undo</button>' in response.content.decode()

    undone = browser.post(reopen_url, headers={"HX-Request": "true"})

    assert undone["HX-Redirect"] == reverse("mailboxes:conversation-detail", args=[closed.pk])
    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.filter(status="closed").count() == 0
    assert newest.pk != closed.pk


@pytest.mark.parametrize(("subjects", "values"), [("a", {}), ("ab", {"then": "list"})])
def test_closing_the_last_or_on_a_phone_leads_to_the_list(cast: Cast, subjects: str, values: dict[str, str]) -> None:
    rows = [conversation_of(receive(cast.mailbox, make_raw(subject=one))) for one in subjects]

    response = signed_in(cast.member).post(reverse("mailboxes:conversation-close", args=[rows[-1].pk]), values)

    assert response["Location"] == reverse("mailboxes:inbox")


def test_subject_of_a_closed_conversation_is_text_in_its_note(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw(subject="<b>Offer</b>")))

    url = reverse("mailboxes:conversation-close", args=[conversation.pk])
    page = signed_in(cast.member).post(url, follow=True).content.decode()

    assert "Closed: &lt;b&gt;Offer&lt;/b&gt;." in page


def test_opening_by_htmx_and_the_list_bring_the_count_of_unread(cast: Cast) -> None:
    first, _second = (conversation_of(receive(cast.mailbox, make_raw(subject=one))) for one in "ab")
    browser = signed_in(cast.member)
    htmx = {"HX-Request": "true"}

    before = browser.get(reverse("mailboxes:inbox-list"), headers=htmx).content.decode()
    opened = browser.get(reverse("mailboxes:conversation-detail", args=[first.pk]), headers=htmx).content.decode()

    assert '<span class="side-count">2<' in before
    assert '<span class="bottom-count">2<' in before
    assert '<span id="side-unread" hx-swap-oob="innerHTML"><span class="side-count">1<' in opened
