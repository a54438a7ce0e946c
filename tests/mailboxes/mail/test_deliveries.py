"""How far our own messages have come."""

import re

import pytest
from django.urls import reverse

from mailboxes.models import Delivery
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
    ],
)
def test_each_recipient_has_its_state_and_the_words_behind_it(
    cast: Cast, server: OutgoingServer, state: Delivery.State, word: str
) -> None:
    outgoing = send(server, cast.member)
    settle(outgoing, state, words="5.1.1 As the server said")

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert f"<span>{word}</span>" in page
    assert ("As the server said" in page) == (state not in (State.QUEUED, State.CLAIMED, State.DOT_PENDING))


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
