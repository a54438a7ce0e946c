"""A mailbox that is deleted is gone for people at once; its rows are removed in the background, whatever happens."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import subscribing
from mailboxes import adding, alarms, changing, claiming, deleting, emptying, notices, segments, sweeping
from mailboxes.models import (
    Alarm,
    Conversation,
    Delivery,
    Mailbox,
    MailboxAccess,
    Message,
    OutgoingMessage,
)
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.models import IncomingServer, OutgoingServer, ServerError
from servers.standing import PauseReason
from tests.factories import Cast, make_cast, make_incoming, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send

pytestmark = pytest.mark.django_db

NOW = clock.now()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def incoming(cast: Cast) -> IncomingServer:
    return make_incoming(cast.mailbox)


@pytest.fixture
def outgoing(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox)


@pytest.fixture
def conversation(cast: Cast, incoming: IncomingServer, outgoing: OutgoingServer) -> Conversation:
    """A conversation of two messages in the mailbox that goes."""
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    send(outgoing, cast.owner, conversation=conversation)
    return conversation


def delete(cast: Cast) -> None:
    deleting.delete(cast.mailbox, successor=cast.hidden_mailbox, now=NOW)


def fill(cast: Cast, count: int) -> None:
    Conversation.objects.bulk_create(
        Conversation(tenant=cast.tenant, mailbox=cast.mailbox, created_at=NOW, last_at=NOW) for _ in range(count)
    )


def rows_of(mailbox_id: uuid.UUID) -> int:
    return Mailbox.with_deleted.filter(pk=mailbox_id).count() + Conversation.objects.filter(mailbox=mailbox_id).count()


def _counts() -> dict[str, int]:
    rows: Any = segments.with_counts()
    return dict(rows.values_list("name", "mailbox_count"))


def test_the_request_removes_no_mail_and_says_that_the_rest_happens_later(
    cast: Cast, conversation: Conversation
) -> None:
    owner = signed_in(cast.owner)

    answer = owner.post(
        reverse("mailboxes:mailbox-delete", args=[cast.mailbox.pk]),
        {"confirm": "Support", "successor": str(cast.hidden_mailbox.pk)},
        follow=True,
    )

    assert "Support is deleted in the background" in answer.content.decode()
    assert Conversation.objects.filter(pk=conversation.pk).exists()
    assert not Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


@pytest.mark.parametrize("who", ["owner", "member"])
def test_nobody_sees_it_from_then_on(cast: Cast, conversation: Conversation, who: str) -> None:
    browser: Client = signed_in(getattr(cast, who))
    before = browser.get(reverse("mailboxes:inbox")).content.decode()
    message, sent = Message.objects.get(), OutgoingMessage.objects.get()
    pages = [
        reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]),
        reverse("mailboxes:conversation-detail", args=[conversation.pk]),
        reverse("mailboxes:message-raw", args=[message.pk]),
        reverse("mailboxes:outgoing-detail", args=[sent.pk]),
    ]
    were_there = [browser.get(page).status_code for page in pages]

    delete(cast)

    assert conversation.subject in before
    assert were_there == [200] * 4
    assert [browser.get(page).status_code for page in pages] == [404] * 4
    lists = [browser.get(reverse(f"mailboxes:{name}")).content.decode() for name in ("inbox", "mailbox-list")]
    assert not [page for page in lists if conversation.subject in page or "Support" in page]


def test_its_name_and_its_accounts_are_free_at_once(cast: Cast, incoming: IncomingServer) -> None:
    delete(cast)

    again = Mailbox(tenant=cast.tenant, name="Support", address="support@acme.example")
    adding.add_mailbox(again, incoming=None, outgoing=None, now=NOW)
    make_incoming(again, host=incoming.host, username=incoming.username)

    assert Mailbox.objects.filter(name="Support").get() == again


def test_it_ceases_to_count_once(cast: Cast) -> None:
    before = subscribing.first_subscription().active_count

    delete(cast)
    delete(cast)

    assert subscribing.first_subscription().active_count == before - 1


def test_it_is_not_switched_on_again_by_whoever_still_has_its_page(cast: Cast) -> None:
    delete(cast)

    changing.activate(cast.mailbox, now=NOW)

    assert not Mailbox.with_deleted.get(pk=cast.mailbox.pk).is_active


def test_secrets_of_its_servers_are_gone_at_once(
    cast: Cast, incoming: IncomingServer, outgoing: OutgoingServer
) -> None:
    delete(cast)

    assert (incoming.refreshed().password, outgoing.refreshed().password) == (None, None)


def test_a_poll_under_way_stores_nothing_more_and_none_begins(cast: Cast, incoming: IncomingServer) -> None:
    IncomingServer.objects.update(next_poll_at=NOW)
    [leased] = IncomingServer.objects.claim_due(NOW)
    assert leased.poll_token is not None
    assert leased.begin_poll(leased.poll_token)

    delete(cast)

    assert not leased.holds_poll(leased.poll_token)
    assert IncomingServer.objects.claim_due(NOW) == []


def test_a_run_under_way_claims_nothing_more(cast: Cast, conversation: Conversation, outgoing: OutgoingServer) -> None:
    later = clock.now() + timedelta(minutes=1)
    delete(cast)

    assert claiming.claim(outgoing, new_id(), now=later, limit=10) == []
    assert Delivery.objects.due(later).exists()


def test_nobody_is_told_of_its_servers_and_no_alarm_is_raised(
    cast: Cast, incoming: IncomingServer, mailoutbox: list[object]
) -> None:
    incoming.pause(PauseReason.CERTIFICATE, now=NOW)
    Alarm.objects.create(
        tenant=cast.tenant, mailbox=cast.mailbox, kind=Alarm.Kind.NOTHING_FETCHED, raised_at=NOW - timedelta(hours=1)
    )

    delete(cast)
    # Such as by a plan that is changed before the rows are removed.
    incoming.pause(PauseReason.PLAN, now=NOW)

    with unscoped("a test looks at all tenants"):
        notices.tell(now=NOW)
        alarms.look(now=NOW + timedelta(hours=1))
    assert mailoutbox == []
    assert not Alarm.objects.filter(cleared_at=None).exists()


def test_its_segment_counts_it_no_more_and_can_be_deleted(cast: Cast) -> None:
    segment = segments.first_segment()
    before = _counts()[segment.name]
    heir = segments.add(cast.tenant, "Wholesale", now=NOW)

    delete(cast)

    assert _counts()[segment.name] == before - 1
    segments.delete(segment, heir=heir)
    assert Mailbox.with_deleted.get(pk=cast.mailbox.pk).segment == heir


def test_everything_in_it_is_removed_and_nothing_of_others(cast: Cast, conversation: Conversation) -> None:
    others = receive(cast.hidden_mailbox, make_raw(subject="Of others"))
    delete(cast)

    assert emptying.empty(cast.mailbox.pk) is False

    assert rows_of(cast.mailbox.pk) == 0
    assert [message.pk for message in Message.objects.all()] == [others.pk]
    for model in (OutgoingMessage, Delivery, ServerError, IncomingServer, OutgoingServer):
        assert not model.objects.exists()
    assert not MailboxAccess.objects.filter(mailbox=cast.mailbox).exists()


def test_what_is_stopped_goes_on_where_it_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emptying, "BATCH", 10)
    fill(cast, 25)
    delete(cast)

    left = [(emptying.empty(cast.mailbox.pk, seconds=0), rows_of(cast.mailbox.pk)) for _ in range(4)]

    assert left == [(True, 16), (True, 6), (False, 0), (False, 0)]


def test_it_takes_as_many_statements_for_many_rows_as_for_few(cast: Cast) -> None:
    counts = []
    for mailbox, count in ((cast.mailbox, 2), (cast.hidden_mailbox, 90)):
        Conversation.objects.bulk_create(
            Conversation(tenant=cast.tenant, mailbox=mailbox, created_at=NOW, last_at=NOW) for _ in range(count)
        )
        successor = segments.others_in(mailbox).first()
        deleting.delete(mailbox, successor=successor, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            emptying.empty(mailbox.pk)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_mailbox_that_is_there_is_left_alone(cast: Cast, conversation: Conversation) -> None:
    assert emptying.empty(cast.mailbox.pk) is False

    assert rows_of(cast.mailbox.pk) == 2


def test_the_sweep_finds_what_a_lost_bell_left(cast: Cast) -> None:
    delete(cast)

    with unscoped("a test sweeps"):
        found = sweeping.forgotten_work(now=NOW)

    assert found.mailboxes_to_empty == {(cast.tenant.pk, cast.mailbox.pk)}
