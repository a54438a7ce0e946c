"""Reply checks: what is sent, what counts as arrived, and what people see of it (nothing)."""

from datetime import datetime, timedelta

import pytest

from mailboxes.activity import activity_of
from mailboxes.models import (
    Conversation,
    Delivery,
    Mailbox,
    Message,
    MessageOrigin,
    OutgoingMessage,
    ReplyProbe,
)
from mailboxes.reply_results import Outcome, is_proven
from servers.envelope import Reply
from servers.models import Folder, FolderRole, IncomingServer, OutgoingServer
from tests.factories import Cast, make_outgoing
from tests.mailboxes.mail.factories import make_raw, receive
from tests.mailboxes.reply_checks.probing import deliver, raw_of, report, result, start, store

pytestmark = pytest.mark.django_db


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
