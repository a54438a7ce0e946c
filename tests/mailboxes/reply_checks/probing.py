"""What tests of reply checks do: start one, settle its probes, report on them."""

from datetime import datetime

from mailboxes import claiming, reply_checking, settling
from mailboxes.models import (
    Mailbox,
    Message,
    ReplyCheck,
    ReplyProbe,
)
from mailboxes.reply_results import Result, results_of
from mailboxes.settling import outcome_of
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from servers.envelope import Reply
from servers.models import OutgoingServer

ASKED = ReplyCheck.Reason.ASKED


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
