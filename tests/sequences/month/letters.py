"""What people and machines answer to a mail of a sequence, as it comes in."""

from datetime import date

from tests.sequences.month.sink import Arrival


def reply(arrival: Arrival) -> bytes:
    """A person answers."""
    return _mail(arrival, f"Re: {arrival.subject}", "Thanks, let us talk next week.")


def out_of_office(arrival: Arrival, *, back_on: date) -> bytes:
    """A machine answers for somebody who is away."""
    text = f"I am out of the office until {back_on.isoformat()}."
    return _mail(arrival, f"Out of office: {arrival.subject}", text, "Auto-Submitted: auto-replied\r\n")


def unsubscribe(arrival: Arrival) -> bytes:
    """What mail programs write for the address of List-Unsubscribe."""
    to, from_ = arrival.attempt.sender, arrival.attempt.recipient
    return f"From: {from_}\r\nTo: {to}\r\nSubject: unsubscribe\r\n\r\n".encode()


def bounce(arrival: Arrival) -> bytes:
    """A server reports that the address does not exist (RFC 3464)."""
    recipient = arrival.attempt.recipient
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n"
    )
    return _report(arrival, "Delivery report", "delivery-status", status, "Auto-Submitted: auto-replied\r\n")


def complaint(arrival: Arrival) -> bytes:
    """A provider reports that somebody called it spam (RFC 5965)."""
    feedback = (
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1.0\r\n"
        f"Version: 1\r\nOriginal-Rcpt-To: {arrival.attempt.recipient}\r\n"
    )
    return _report(arrival, "Complaint", "feedback-report", feedback, "")


def _mail(arrival: Arrival, subject: str, text: str, more: str = "") -> bytes:
    return (
        f"From: {arrival.attempt.recipient}\r\nTo: {arrival.attempt.sender}\r\nSubject: {subject}\r\n{more}"
        f"In-Reply-To: {arrival.message_id}\r\nReferences: {arrival.message_id}\r\n"
        f"Message-ID: <answer-to-{arrival.message_id[1:]}\r\n\r\n{text}\r\n"
    ).encode()


def _report(arrival: Arrival, subject: str, kind: str, part: str, more: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.customer.example\r\nTo: {arrival.attempt.sender}\r\nSubject: {subject}\r\n{more}"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        f"--b\r\n\r\nThis is a report.\r\n--b\r\n{part}\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {arrival.message_id}\r\nTo: {arrival.attempt.recipient}\r\n--b--\r\n"
    ).encode()
