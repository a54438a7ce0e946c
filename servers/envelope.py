"""What SMTP carries around a message: envelope, replies, receipt (RFC 5321)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import idna

from servers.failures import FailureKind, Operation, ServerFailure

# At the start of a reply, for example "5.1.1" (RFC 2034, RFC 3463 §2).
_ENHANCED_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")

# What would end the path or the command.
_UNSAFE_IN_PATH = re.compile(r"[\x00-\x20\x7f-\xa0<>\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


@dataclass(frozen=True)
class Envelope:
    """Sender and recipients of one transaction; `mail_from` is "" for the null sender."""

    mail_from: str
    rcpt_to: tuple[str, ...]

    @property
    def is_null_sender(self) -> bool:
        """Tell whether failures of this mail are reported to nobody (RFC 5321 §4.5.5)."""
        return self.mail_from == ""


@dataclass(frozen=True)
class Reply:
    """One reply of an SMTP server."""

    code: int
    text: str
    enhanced_status: str = ""

    @property
    def is_positive(self) -> bool:
        """Tell whether the server said yes (2yz)."""
        return 200 <= self.code < 300

    @property
    def is_transient(self) -> bool:
        """Tell whether the same may succeed later (4yz)."""
        return 400 <= self.code < 500

    @property
    def is_permanent(self) -> bool:
        """Tell whether the server will say no again (5yz)."""
        return 500 <= self.code < 600

    def failure(self, operation: Operation = Operation.FINAL_DOT) -> ServerFailure:
        """Return what a negative reply means, as a failure of `operation`."""
        kind = FailureKind.PROTOCOL
        if self.is_transient:
            kind = FailureKind.TRANSIENT
        elif self.is_permanent:
            kind = FailureKind.SIGN_IN_REFUSED if operation == Operation.SIGN_IN else FailureKind.PERMANENT
        return ServerFailure(
            operation,
            kind,
            f"{self.code} {self.text}",
            reply_code=self.code,
            enhanced_status=self.enhanced_status,
        )


@dataclass(frozen=True)
class RcptReply(Reply):
    """A reply to RCPT, where a 552 means "too many recipients" and is transient (RFC 5321 §4.5.3.1.10)."""

    @property
    def is_transient(self) -> bool:
        """Tell whether this recipient may be accepted later."""
        return super().is_transient or self.code == 552

    @property
    def is_permanent(self) -> bool:
        """Tell whether this recipient is refused for good."""
        return super().is_permanent and self.code != 552

    def failure(self, operation: Operation = Operation.RCPT_TO) -> ServerFailure:
        """Return what a negative reply means, as a failure of `operation`."""
        return super().failure(operation)


@dataclass(frozen=True)
class Accepted:
    """The body is with the server and only the final dot is missing.

    `recipients` have been accepted; `replies` holds the reply to each RCPT, also of those refused.
    """

    recipients: tuple[str, ...]
    replies: Mapping[str, Reply]


@dataclass(frozen=True)
class Receipt:
    """What became of one transaction: the reply to each RCPT, and the one to DATA or to the final dot.

    `final` is None when nothing was sent: no recipient was accepted, or the caller stopped before the dot. A negative
    `final` holds for every accepted recipient.
    """

    recipients: Mapping[str, Reply]
    final: Reply | None

    @property
    def accepted(self) -> tuple[str, ...]:
        """The recipients that the server accepted."""
        return tuple(address for address, reply in self.recipients.items() if reply.is_positive)


class UncertainDelivery(Exception):
    """The final dot was, or may have been, written, and no reply came: nobody knows whether the mail was taken.

    `words` say what happened instead; `recipients` are those that had been accepted; `replies` are all to RCPT.
    """

    def __init__(self, words: str, accepted: Accepted) -> None:
        self.words = words
        self.recipients = accepted.recipients
        self.replies = accepted.replies
        super().__init__(words)


class MessageTooLarge(Exception):
    """The server says in advance that it does not take messages of this size (RFC 1870)."""


def mail_parameters(envelope: Envelope, raw: bytes, octets: int, extensions: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the parameters of MAIL that are advertised and needed (RFC 1870, RFC 6152, RFC 6531).

    `octets` is the size on the wire; `extensions` are those of the EHLO reply, in lower case. Raises MessageTooLarge.
    """
    parameters = []
    if "size" in extensions:
        largest = extensions["size"].strip()[:20]
        if largest.isdecimal() and 0 < int(largest) < octets:
            raise MessageTooLarge(f"The message has {octets} octets; the server takes {int(largest)} at most.")
        parameters.append(b"SIZE=%d" % octets)
    if "8bitmime" in extensions and not raw.isascii():
        parameters.append(b"BODY=8BITMIME")
    if "smtputf8" in extensions:
        paths = [path(address) or "" for address in (envelope.mail_from, *envelope.rcpt_to)]
        if not "".join(paths).isascii():
            parameters.append(b"SMTPUTF8")
    return tuple(parameters)


def enhanced_status_of(text: str) -> str:
    """Return the enhanced status code at the start of a reply, or ""."""
    match = _ENHANCED_STATUS.match(text)
    return match[1] if match else ""


def path(address: str) -> str | None:
    """Return `address` as it goes on the wire, without angle brackets; None when it cannot go there.

    An internationalised domain becomes A-labels (RFC 5891), so that only a local part beyond ASCII needs SMTPUTF8.
    """
    if _UNSAFE_IN_PATH.search(address):
        return None
    local_part, at, domain = address.rpartition("@")
    if not at or not local_part or not domain:
        return None
    if domain.isascii():
        return address
    try:
        return f"{local_part}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return None


def to_wire(raw: bytes) -> bytes:
    """Return a message as DATA sends it, without the final dot: lines end in CRLF, leading dots are doubled.

    Bare CR and bare LF become CRLF (RFC 5321 §2.3.8), so that no server sees an end of data where we sent none.
    """
    line_ends = raw.count(b"\r\n")
    if raw.count(b"\n") != line_ends or raw.count(b"\r") != line_ends:
        raw = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    # Transparency, RFC 5321 §4.5.2.
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
