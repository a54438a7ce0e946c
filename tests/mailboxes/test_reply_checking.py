"""Reply checks: what is sent, what counts as arrived, and what people see of it (nothing)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from mailboxes import changing, claiming, reply_checking, settling
from mailboxes.activity import activity_of
from mailboxes.models import (
    Conversation,
    Delivery,
    Mailbox,
    Message,
    MessageOrigin,
    OutgoingMessage,
    ReplyCheck,
    ReplyProbe,
)
from mailboxes.reply_checking import CannotCheck, TooManyChecks
from mailboxes.reply_results import Outcome, Result, is_proven, results_of
from mailboxes.settling import outcome_of
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.envelope import Reply
from servers.models import Folder, FolderRole, IncomingServer, OutgoingServer
from tests.factories import Cast, make_cast, make_incoming, make_outgoing
from tests.mailboxes.mail.factories import make_raw, receive

pytestmark = pytest.mark.django_db

ASKED = ReplyCheck.Reason.ASKED


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def incoming(cast: Cast) -> IncomingServer:
    return make_incoming(cast.mailbox)


@pytest.fixture
def server(cast: Cast, incoming: IncomingServer) -> OutgoingServer:
    return make_outgoing(cast.mailbox, display_name="Acme Support")


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def now() -> datetime:
    return clock.now()


def start(server: OutgoingServer, now: datetime) -> ReplyCheck:
    return reply_checking.start(server, ASKED, now=now)


def raw_of(probe: ReplyProbe) -> bytes:
    assert probe.outgoing_message is not None
    return probe.outgoing_message.raw()


def deliver(probe: ReplyProbe, reply: Reply, now: datetime) -> None:
    """Settle the delivery of a probe as if the server had answered."""
    outgoing = probe.outgoing_message
    assert outgoing is not None
    assert outgoing.server is not None
    attempts = claiming.claim(outgoing.server, new_id(), now=now, limit=10)
    [attempt] = [one for one in attempts if one.outgoing_message_id == outgoing.pk]
    delivery = attempt.deliveries.select_related("outgoing_message").get()
    settling.settle(attempt, {delivery.recipient: outcome_of(reply, delivery, now=now)}, now=now)


def result(server: OutgoingServer, now: datetime) -> Result:
    return results_of([server], now=now)[server.pk]


def store(mailbox: Mailbox, raw: bytes, now: datetime, **values: object) -> Message:
    return Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=now,
        received_at=now,
        **values,
    )


def report(original: bytes, *, action: str = "failed", to: str = "support@acme.example") -> bytes:
    """Return a delivery status notification (RFC 3464) that encloses the header of what it reports on."""
    header = original.partition(b"\r\n\r\n")[0]
    return b"\r\n".join(
        [
            b"From: Mail Delivery System <mailer-daemon@mx.example>",
            b"To: " + to.encode(),
            b"Subject: Undelivered Mail Returned to Sender",
            b"Message-ID: <%s@mx.example>" % new_id().hex.encode(),
            b"Auto-Submitted: auto-replied",
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            b"",
            b"--b",
            b"Content-Type: text/plain",
            b"",
            b"It could not be delivered.",
            b"--b",
            b"Content-Type: message/delivery-status",
            b"",
            b"Reporting-MTA: dns; mx.example",
            b"",
            b"Final-Recipient: rfc822; support@acme.example",
            b"Action: " + action.encode(),
            b"Status: 5.1.1",
            b"Diagnostic-Code: smtp; 550 5.1.1 no such user",
            b" here",
            b"",
            b"--b",
            b"Content-Type: text/rfc822-headers",
            b"",
            header,
            b"",
            b"--b--",
            b"",
        ]
    )


def test_each_address_gets_one_probe(cast: Cast, incoming: IncomingServer, now: datetime) -> None:
    server = make_outgoing(
        cast.mailbox,
        from_address="support@acme.example",
        reply_to="SUPPORT@acme.example",
        envelope_from="bounces@acme.example",
    )

    check = start(server, now)

    roles = dict(check.probes.values_list("role", "address"))
    assert roles == {"from": "support@acme.example", "envelope_from": "bounces@acme.example"}
    assert Delivery.objects.count() == 2


def test_probe_says_what_it_is_in_every_place(server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()

    text = raw_of(probe).decode("ascii")

    header = text.partition("\r\n\r\n")[0]
    assert f"X-Mailhub-Probe: probe-{probe.token}" in header
    assert f"Message-ID: <probe-{probe.token}@" in header
    assert f"Subject: Reply check, nothing to do: probe-{probe.token}" in header
    assert "Auto-Submitted: auto-generated" in header
    assert "From: Acme Support <" in header or 'From: "Acme Support" <' in header
    assert "Nothing has to be done." in text
    assert len(probe.token) == 32


def test_probe_that_arrives_is_settled_and_hidden(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    raw = raw_of(probe)
    deliver(probe, Reply(250, "OK"), now)

    message = receive(cast.mailbox, raw, at=now + timedelta(seconds=4))

    assert message.state == Message.State.PROBE
    assert message.conversation is None
    assert not Conversation.objects.exists()
    found = result(server, now)
    assert (found.outcome, found.seconds) == (Outcome.ARRIVED, 4)
    assert is_proven(server)
    assert Mailbox.objects.get(pk=cast.mailbox.pk).first_mail_at is None
    activity = activity_of(cast.mailbox, now=now + timedelta(hours=1), zone=now.tzinfo)  # type: ignore[arg-type]
    assert (activity.received_count, activity.sent_count) == (0, 0)


def test_bytes_of_a_probe_are_forgotten_once_it_is_sent(server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()

    deliver(probe, Reply(250, "OK"), now)

    outgoing = OutgoingMessage.objects.get()
    assert (outgoing.raw_sha256, outgoing.subject, outgoing.is_confidential) == ("", "", True)


def test_arrival_names_server_and_junk_folder(
    cast: Cast, incoming: IncomingServer, server: OutgoingServer, now: datetime
) -> None:
    probe = start(server, now).probes.get()
    folder = Folder.objects.create(tenant=cast.tenant, server=incoming, name="Spam", role=FolderRole.JUNK)
    message = store(cast.mailbox, raw_of(probe), now, folder_role=FolderRole.JUNK)
    MessageOrigin.objects.create(
        tenant=cast.tenant, message=message, server=incoming, folder=folder, uidvalidity=1, identity="1"
    )

    receive(cast.mailbox, make_raw(), at=now)

    probe = probe.refreshed()
    assert (probe.arrived_through, probe.folder_role) == (incoming, FolderRole.JUNK)
    assert result(server, now).is_in_junk


def test_copy_in_the_sent_folder_proves_nothing(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    copy = store(cast.mailbox, raw_of(probe), now, folder_role=FolderRole.SENT)

    receive(cast.mailbox, make_raw(), at=now)

    assert copy.refreshed().state in Message.HIDDEN
    assert probe.refreshed().state == ReplyProbe.State.WAITING


@pytest.mark.parametrize("lost", ["X-Mailhub-Probe", "X-Mailhub-Probe Message-ID"], ids=["field", "field and id"])
def test_probe_survives_a_gateway(cast: Cast, server: OutgoingServer, now: datetime, lost: str) -> None:
    probe = start(server, now).probes.get()
    lines = raw_of(probe).split(b"\r\n")
    kept = [one for one in lines if not any(one.startswith(name.encode()) for name in lost.split())]
    raw = b"\r\n".join(kept).replace(b"Subject: ", b"Subject: [EXTERNAL] ")

    receive(cast.mailbox, b"Message-ID: <other@gateway.example>\r\n" + raw, at=now)

    assert probe.refreshed().state == ReplyProbe.State.ARRIVED


def test_second_copy_is_hidden_and_changes_nothing(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    raw = raw_of(probe)
    receive(cast.mailbox, raw, at=now + timedelta(seconds=2))

    copy = receive(cast.mailbox, b"Received: by second\r\n" + raw, at=now + timedelta(seconds=60))

    assert copy.state == Message.State.PROBE
    assert probe.refreshed().arrived_at == now + timedelta(seconds=2)


@pytest.mark.parametrize("whose", ["another mailbox", "another account", "nobody"])
def test_forged_token_is_ordinary_mail(cast: Cast, server: OutgoingServer, now: datetime, whose: str) -> None:
    probe = start(server, now).probes.get()
    mailbox = {"another mailbox": cast.hidden_mailbox, "another account": cast.other_mailbox}.get(whose, cast.mailbox)
    mail = make_raw(subject="Look")
    mail["X-Mailhub-Probe"] = f"probe-{probe.token if whose != 'nobody' else '0' * 32}"

    message = receive(mailbox, mail, at=now)

    assert message.state == Message.State.RECEIVED
    assert message.conversation_id is not None
    assert probe.refreshed().state == ReplyProbe.State.WAITING


def test_person_who_answers_a_probe_is_heard(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    mail = make_raw(
        subject=f"Re: Reply check, nothing to do: probe-{probe.token}",
        text=f"What is this?\n> probe-{probe.token}",
        in_reply_to=f"<probe-{probe.token}@acme.example>",
    )

    message = receive(cast.mailbox, mail, at=now)

    assert message.state == Message.State.RECEIVED
    assert probe.refreshed().state == ReplyProbe.State.WAITING


def test_automatic_answer_to_a_probe_is_hidden(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    mail = make_raw(subject="Out of office", in_reply_to=f"<probe-{probe.token}@acme.example>")
    mail["Auto-Submitted"] = "auto-replied"

    message = receive(cast.mailbox, mail, at=now)

    assert message.state == Message.State.PROBE
    assert probe.refreshed().state == ReplyProbe.State.WAITING


def test_report_of_failed_delivery_is_hidden_and_quoted(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()

    message = receive(cast.mailbox, report(raw_of(probe)), at=now)

    assert message.state == Message.State.PROBE
    found = result(server, now)
    assert (found.outcome, found.words) == (Outcome.MISSING, "550 5.1.1 no such user here")
    assert found.check is not None
    assert found.check.finished_at == now


def test_report_of_a_delay_says_nothing_yet(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()

    message = receive(cast.mailbox, report(raw_of(probe), action="delayed"), at=now)

    assert message.state == Message.State.PROBE
    assert probe.refreshed().state == ReplyProbe.State.WAITING


def test_bounce_in_words_alone_is_taken_too(cast: Cast, server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()
    mail = make_raw(
        from_="MAILER-DAEMON@mx.example", subject="failure notice", text=f"No mailbox here.\n\nprobe-{probe.token}"
    )

    receive(cast.mailbox, mail, at=now)

    assert "No mailbox here." in result(server, now).words


def test_refused_probe_is_told_in_the_servers_words(server: OutgoingServer, now: datetime) -> None:
    probe = start(server, now).probes.get()

    deliver(probe, Reply(550, "relaying denied"), now)

    found = result(server, now)
    assert (found.outcome, found.words) == (Outcome.NOT_SENT, "relaying denied")
    assert found.has_failed


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
