"""The frame of the pages: what it counts, for whom, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import Alarm, Conversation, Mailbox
from mailboxes.queue.counts import MOST_UNREAD
from mailhub import clock
from mailhub.shell.frame import Frame
from mailhub.tenancy.models import Membership
from mailhub.tenancy.principal import Principal
from mailhub.tenancy.scope import tenant_scope
from servers.failures import FailureKind
from servers.standing import PauseReason
from tests.mailhub.shell.conftest import Cast

AddMailbox = Callable[..., Mailbox]
SignedIn = Callable[[Membership], Client]


def _frame(membership: Membership) -> Frame:
    return Frame(Principal(membership, (membership,)))


def _receive(mailbox: Mailbox, count: int) -> None:
    now = clock.now()
    Conversation.objects.bulk_create(
        Conversation(tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=now, last_at=now, last_received_at=now)
        for _ in range(count)
    )


def test_frame_costs_two_queries_however_many_mailboxes(
    cast: Cast, add_mailbox: AddMailbox, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        add_mailbox(f"Mailbox{number}")
    frame = _frame(cast.owner)

    with tenant_scope(cast.tenant.pk), django_assert_num_queries(2):
        seen = [frame.unread, frame.accounts, frame.mailboxes, frame.condition, frame.needs_someone, frame.is_starting]

    assert len(seen) == 6


def test_member_sees_only_mailboxes_with_access(cast: Cast, add_mailbox: AddMailbox) -> None:
    add_mailbox("Support", for_member=True)
    hidden = add_mailbox("Board", failures=3)

    with tenant_scope(cast.tenant.pk):
        _receive(hidden, 2)
        frame = _frame(cast.member)

        assert [mailbox.name for mailbox in frame.mailboxes] == ["Support"]
        assert frame.unread == ""
        assert not frame.needs_someone


def test_unread_counts_open_conversations_nobody_looked_at(cast: Cast, add_mailbox: AddMailbox) -> None:
    mailbox = add_mailbox("Support")

    with tenant_scope(cast.tenant.pk):
        _receive(mailbox, 3)
        Conversation.objects.all()[0].mark_read(cast.owner)
        closed = Conversation.objects.all()[1]
        closed.status = Conversation.Status.CLOSED
        closed.save()

        assert _frame(cast.owner).unread == "1"


def test_unread_stops_counting_at_the_most_that_is_shown(cast: Cast, add_mailbox: AddMailbox) -> None:
    mailbox = add_mailbox("Support")

    with tenant_scope(cast.tenant.pk):
        _receive(mailbox, MOST_UNREAD + 5)

        assert _frame(cast.owner).unread == "99+"


def test_condition_of_an_account_without_mailboxes(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        condition = _frame(cast.owner).condition

    assert (condition.kind, condition.words) == ("off", "No mailbox yet")


def test_condition_names_how_many_mailboxes_need_someone(cast: Cast, add_mailbox: AddMailbox) -> None:
    add_mailbox("Support", worked_at=clock.now())
    add_mailbox("Sales", failures=1)

    with tenant_scope(cast.tenant.pk):
        condition = _frame(cast.owner).condition

    assert (condition.kind, condition.words) == ("needs", "1 mailbox needs you")


def test_condition_of_working_servers(cast: Cast, add_mailbox: AddMailbox) -> None:
    add_mailbox("Support", worked_at=clock.now())

    with tenant_scope(cast.tenant.pk):
        condition = _frame(cast.owner).condition

    assert (condition.kind, condition.words) == ("works", "All servers work")


def test_failing_server_of_an_inactive_mailbox_needs_nobody(cast: Cast, add_mailbox: AddMailbox) -> None:
    mailbox = add_mailbox("Support", failures=3)

    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=mailbox.pk).update(is_active=False)

        assert not _frame(cast.owner).needs_someone


@pytest.mark.parametrize("path", ["/settings/account/", "/settings/profile/", "/accounts/password/change/"])
def test_every_page_leads_to_the_first_steps_until_a_mailbox_works(cast: Cast, signed_in: SignedIn, path: str) -> None:
    page = signed_in(cast.owner).get(path)

    assert "Steps to the first message" in page.content.decode()


def test_pages_say_nothing_of_first_steps_once_a_mailbox_worked(
    cast: Cast, signed_in: SignedIn, add_mailbox: AddMailbox
) -> None:
    add_mailbox("Support", worked_at=clock.now())

    page = signed_in(cast.owner).get("/settings/profile/")

    assert "Steps to the first message" not in page.content.decode()


def _fail(mailbox: Mailbox, **fields: Any) -> None:
    with tenant_scope(mailbox.tenant_id):
        mailbox.incoming_servers.update(**{"failure_count": 1, "last_failure_kind": FailureKind.TRANSIENT, **fields})


def test_failure_that_passes_by_itself_is_retried_and_needs_nobody(cast: Cast, add_mailbox: AddMailbox) -> None:
    _fail(add_mailbox("Support", worked_at=clock.now()), failing_since=clock.now() - timedelta(minutes=14))

    with tenant_scope(cast.tenant.pk):
        frame = _frame(cast.owner)

        assert not frame.needs_someone
        assert (frame.condition.kind, frame.condition.words) == ("waits", "Retrying 1 mailbox")


@pytest.mark.parametrize(
    "fields",
    [
        {"failing_since": clock.now() - timedelta(minutes=16)},
        {"last_failure_kind": FailureKind.CERTIFICATE},
        {"last_failure_kind": FailureKind.PERMANENT},
        {"paused_at": clock.now(), "pause_reason": PauseReason.CERTIFICATE, "failure_count": 0},
    ],
    ids=["fails for a while", "certificate", "permanent", "paused"],
)
def test_what_does_not_pass_by_itself_needs_someone(
    cast: Cast, add_mailbox: AddMailbox, fields: dict[str, Any]
) -> None:
    mailbox = add_mailbox("Support", worked_at=clock.now())
    _fail(mailbox, **fields)

    with tenant_scope(cast.tenant.pk):
        assert _frame(cast.owner).needs_someone
        # The row says the same of itself.
        assert mailbox.incoming_servers.get().needs_someone(clock.now())


def test_open_alarm_needs_someone_and_a_cleared_one_does_not(cast: Cast, add_mailbox: AddMailbox) -> None:
    mailbox = add_mailbox("Support", worked_at=clock.now())
    with tenant_scope(cast.tenant.pk):
        alarm = Alarm.objects.create(
            tenant=cast.tenant, mailbox=mailbox, kind=Alarm.Kind.SENDS_UNSENT, raised_at=clock.now()
        )

        assert _frame(cast.owner).needs_someone
        Alarm.objects.filter(pk=alarm.pk).update(cleared_at=clock.now())
        assert not _frame(cast.owner).needs_someone
