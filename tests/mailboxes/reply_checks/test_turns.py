"""Reply checks: how long they wait, whose turn it is, and what proves nothing any more."""

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from mailboxes import changing, reply_checking
from mailboxes.models import (
    Delivery,
    Mailbox,
    Message,
    ReplyCheck,
)
from mailboxes.reply_checking import CannotCheck, TooManyChecks
from mailboxes.reply_results import Outcome, is_proven
from mailhub.tenancy.scope import unscoped
from servers.envelope import Reply
from servers.models import IncomingServer, OutgoingServer
from tests.factories import Cast, make_outgoing
from tests.mailboxes.mail.factories import receive
from tests.mailboxes.reply_checks.probing import deliver, raw_of, result, start

pytestmark = pytest.mark.django_db


def test_nothing_within_ten_minutes_is_missing_and_late_arrival_mends_it(
    cast: Cast, server: OutgoingServer, now: datetime
) -> None:
    probe = start(server, now).probes.get()
    raw = raw_of(probe)
    deliver(probe, Reply(250, "OK"), now)
    later = now + timedelta(minutes=10)
    assert result(server, later).outcome == Outcome.MISSING

    with unscoped("the clock"):
        reply_checking.give_up_overdue(now=later)

    found = result(server, later)
    assert found.words == "Nothing arrived within 10 minutes."
    assert found.check is not None
    assert found.check.finished_at == later
    assert not is_proven(server)
    receive(cast.mailbox, raw, at=later + timedelta(hours=1))
    assert result(server, later).outcome == Outcome.ARRIVED
    assert is_proven(server)


def test_probe_that_still_waits_to_be_sent_is_withdrawn(server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    deliver(probe, Reply(451, "greylisted"), now)

    with unscoped("the clock"):
        reply_checking.give_up_overdue(now=now + timedelta(minutes=10))

    found = result(server, now)
    assert (found.outcome, found.words) == (Outcome.NOT_SENT, "greylisted")
    assert Delivery.objects.get().state == Delivery.State.FAILED


def test_one_check_runs_at_a_time(server: OutgoingServer, now: datetime) -> None:
    first = start(server, now)

    assert start(server, now) == first
    assert Delivery.objects.count() == 1


def test_eleventh_start_within_the_hour_is_refused(server: OutgoingServer, now: datetime) -> None:
    for minute in range(10):
        start(server, now + timedelta(minutes=minute))
        ReplyCheck.objects.update(finished_at=now)

    with pytest.raises(TooManyChecks):
        start(server, now + timedelta(minutes=11))
    start(server, now + timedelta(minutes=61))


def test_mailbox_that_only_sends_is_told_why(cast: Cast, now: datetime) -> None:
    server = make_outgoing(cast.mailbox)

    with pytest.raises(CannotCheck, match="only sends"):
        start(server, now)


@pytest.mark.parametrize("what", ["mailbox", "server", "incoming"])
def test_what_is_switched_off_is_not_checked(
    cast: Cast, incoming: IncomingServer, server: OutgoingServer, now: datetime, what: str
) -> None:
    rows = {
        "mailbox": Mailbox.objects.filter(pk=cast.mailbox.pk),
        "server": OutgoingServer.objects.filter(pk=server.pk),
        "incoming": IncomingServer.objects.filter(pk=incoming.pk),
    }
    rows[what].update(is_active=False)

    with pytest.raises(CannotCheck):
        start(OutgoingServer.objects.get(), now)
    with unscoped("the clock"):
        assert due_within_a_week(now) == []


def due_within_a_week(now: datetime) -> list[tuple[int, object]]:
    return [
        found for hours in range(0, 168, 6) for found in reply_checking.due_weekly(now=now + timedelta(hours=hours))
    ]


def test_every_server_has_its_turn_in_the_week(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    servers = {server.pk} | {make_outgoing(cast.mailbox, is_default=False).pk for _ in range(19)}
    with unscoped("the clock"):
        turns = [
            {pk for _tenant, pk in reply_checking.due_weekly(now=now + timedelta(hours=hours))}
            for hours in range(0, 168, 6)
        ]

    assert set().union(*turns) == servers
    assert all(len(turn) < 10 for turn in turns)


def test_server_that_was_checked_waits_for_its_next_week(server: OutgoingServer, now: datetime) -> None:
    with unscoped("the clock"):
        [turn, *_later] = [
            now + timedelta(hours=hours)
            for hours in range(0, 168, 6)
            if reply_checking.due_weekly(now=now + timedelta(hours=hours))
        ]
    reply_checking.start_weekly(server.pk, now=turn)
    reply_checking.start_weekly(server.pk, now=turn)

    assert ReplyCheck.objects.get().reason == ReplyCheck.Reason.WEEKLY
    with unscoped("the clock"):
        assert due_within_a_week(turn)[1:] == []
        assert reply_checking.due_weekly(now=turn + timedelta(days=7))


def test_changed_address_is_checked_anew(server: OutgoingServer, now: datetime) -> None:
    first = start(server, now)
    server = OutgoingServer.objects.select_related("mailbox").get()
    server.reply_to = "answers@acme.example"

    changing.change_outgoing(server, now=now)

    assert first.refreshed().finished_at == now
    newest = ReplyCheck.objects.get(finished_at=None)
    assert newest.reason == ReplyCheck.Reason.ADDED
    assert newest.probes.count() == 2
    assert result(server, now).outcome == Outcome.RUNNING


def test_unchanged_way_back_is_not_checked_again(server: OutgoingServer, now: datetime) -> None:
    server = OutgoingServer.objects.select_related("mailbox").get()
    server.name = "Second"

    changing.change_outgoing(server, now=now)

    assert not ReplyCheck.objects.exists()


def test_check_of_former_addresses_proves_nothing(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    receive(cast.mailbox, raw_of(probe), at=now)
    OutgoingServer.objects.update(from_address="ceo@elsewhere.example")
    server = OutgoingServer.objects.get()

    assert result(server, now).outcome == Outcome.UNCHECKED
    assert not is_proven(server)


def test_mail_that_is_no_probe_costs_no_look(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "nina@customer.example", "About probe-things"
    mail.set_content("Your probe-1 is here.")

    assert receive(cast.mailbox, mail, at=now).state == Message.State.RECEIVED
