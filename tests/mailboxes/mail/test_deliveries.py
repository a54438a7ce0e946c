"""How far our own messages have come."""

import re

import pytest
from django.urls import reverse

from mailboxes.models import ConversationEvent, Delivery
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import send, settle

State = Delivery.State


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.QUEUED, "Queued"),
        (State.CLAIMED, "Sending"),
        (State.DOT_PENDING, "Sending"),
        (State.SENT, "Sent"),
        (State.DEFERRED, "Trying again"),
        (State.FAILED, "Failed"),
        (State.UNCERTAIN, "Uncertain"),
        (State.WITHDRAWN, "Not sent"),
    ],
)
def test_each_recipient_has_its_state_and_the_words_behind_it(
    cast: Cast, server: OutgoingServer, state: Delivery.State, word: str
) -> None:
    outgoing = send(server, cast.member)
    settle(outgoing, state, words="5.1.1 As the server said")

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert f"<span>{word}</span>" in page
    without_words = (State.QUEUED, State.CLAIMED, State.DOT_PENDING, State.WITHDRAWN)
    assert ("As the server said" in page) == (state not in without_words)


@pytest.mark.parametrize("state", State)
def test_card_asks_again_until_everyone_is_settled(cast: Cast, server: OutgoingServer, state: Delivery.State) -> None:
    outgoing = send(server, cast.member)
    settle(outgoing, state)

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert ("hx-trigger" in page) == (state not in Delivery.SETTLED)


def test_uncertain_message_is_sent_again_when_a_person_says_so(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    delivery = settle(outgoing, State.UNCERTAIN)
    browser = signed_in(cast.member)
    page = browser.get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode()

    response = browser.post(reverse("mailboxes:delivery-retry", args=[delivery.pk]))

    assert "it arrives twice" in page
    assert response.status_code == 302
    with tenant_scope(cast.tenant.pk):
        assert delivery.refreshed().state == State.QUEUED


def test_sent_message_is_not_sent_again(cast: Cast, server: OutgoingServer) -> None:
    delivery = settle(send(server, cast.member), State.SENT)

    signed_in(cast.member).post(reverse("mailboxes:delivery-retry", args=[delivery.pk]))

    with tenant_scope(cast.tenant.pk):
        assert delivery.refreshed().state == State.SENT


def test_message_of_a_switched_off_server_is_not_sent_again(cast: Cast, server: OutgoingServer) -> None:
    delivery = settle(send(server, cast.member), State.FAILED)
    with tenant_scope(cast.tenant.pk):
        OutgoingServer.objects.update(is_active=False)

    signed_in(cast.member).post(reverse("mailboxes:delivery-retry", args=[delivery.pk]))

    with tenant_scope(cast.tenant.pk):
        assert delivery.refreshed().state == State.FAILED


def test_delivery_that_is_tried_again_leads_those_who_may_to_the_settings(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    settle(outgoing, State.DEFERRED, words="535 5.7.8 Wrong password")
    url = reverse("mailboxes:delivery-list", args=[outgoing.pk])
    settings_url = reverse("mailboxes:outgoing-change", args=[cast.mailbox.pk, server.pk])

    for_owner = signed_in(cast.owner).get(url).content.decode()
    for_member = signed_in(cast.member).get(url).content.decode()

    assert f'href="{settings_url}"' in for_owner
    assert settings_url not in for_member


def test_many_recipients_are_counted_and_stand_in_natural_order(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member, to="p10@customer.example")
    settle(outgoing, State.FAILED)
    with tenant_scope(cast.tenant.pk):
        for number in (2, 1, 30, 4, 3):
            Delivery.objects.create(
                tenant_id=cast.tenant.pk,
                outgoing_message=outgoing,
                server=server,
                recipient=f"p{number}@customer.example",
                state=State.SENT,
                not_before=outgoing.created_at,
            )

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert "5 sent, 1 failed" in page
    assert re.findall(r"delivery-recipient\">(p\d+)@", page) == ["p1", "p2", "p3", "p4", "p10", "p30"]


def test_few_recipients_are_not_counted(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert "delivery-summary" not in page


def test_uncertain_message_is_marked_as_sent_by_who_knows(cast: Cast, server: OutgoingServer) -> None:
    delivery = settle(send(server, cast.member), State.UNCERTAIN)
    browser = signed_in(cast.member)

    browser.post(reverse("mailboxes:delivery-mark-sent", args=[delivery.pk]))

    with tenant_scope(cast.tenant.pk):
        marked = delivery.refreshed()
        assert (marked.state, marked.settled_by) == (State.SENT, cast.member)
        [event] = ConversationEvent.objects.filter(kind=ConversationEvent.Kind.SETTLED_BY_PERSON)
        assert event.membership == cast.member
    page = browser.get(reverse("mailboxes:delivery-list", args=[delivery.outgoing_message_id])).content.decode()
    assert f"{cast.member.user} said so" in page


@pytest.mark.parametrize("state", [one for one in State if one != State.UNCERTAIN])
def test_only_what_is_uncertain_is_marked_as_sent(cast: Cast, server: OutgoingServer, state: Delivery.State) -> None:
    delivery = settle(send(server, cast.member), state)

    signed_in(cast.member).post(reverse("mailboxes:delivery-mark-sent", args=[delivery.pk]))

    with tenant_scope(cast.tenant.pk):
        assert (delivery.refreshed().state, delivery.refreshed().settled_by) == (state, None)


def test_all_that_failed_is_sent_again_and_what_is_uncertain_is_not(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member, to="p1@customer.example")
    settle(outgoing, State.FAILED)
    with tenant_scope(cast.tenant.pk):
        for number, state in ((2, State.FAILED), (3, State.UNCERTAIN), (4, State.SENT)):
            Delivery.objects.create(
                tenant_id=cast.tenant.pk,
                outgoing_message=outgoing,
                server=server,
                recipient=f"p{number}@customer.example",
                state=state,
                not_before=outgoing.created_at,
            )
    browser = signed_in(cast.member)
    page = browser.get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    browser.post(reverse("mailboxes:outgoing-retry", args=[outgoing.pk]))

    assert "Send again to all 2 that failed" in page
    with tenant_scope(cast.tenant.pk):
        states = dict(outgoing.deliveries.values_list("recipient", "state"))
    assert [states[f"p{number}@customer.example"] for number in (1, 2, 3, 4)] == [
        State.QUEUED,
        State.QUEUED,
        State.UNCERTAIN,
        State.SENT,
    ]


def test_words_of_the_server_stand_as_it_said_them(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    settle(outgoing, State.FAILED, words="No such user <b>nina</b>")
    with tenant_scope(cast.tenant.pk):
        outgoing.deliveries.update(reply_code=550, enhanced_status="5.1.1")

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert '<code class="delivery-code">550 5.1.1 No such user &lt;b&gt;nina&lt;/b&gt;</code>' in page
