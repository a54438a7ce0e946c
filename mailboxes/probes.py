"""The mail of a reply check: how it is written, and how it is recognised when it comes back (SPEC M13)."""

import re
import secrets
from datetime import datetime

from mailboxes.addresses import Address
from mailboxes.composing import Composition
from mailboxes.parsing import Mail
from servers.models import OutgoingServer

HEADER = "X-Mailhub-Probe"


def new_token() -> str:
    """Return 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def composition(server: OutgoingServer, address: str, token: str, *, now: datetime) -> Composition:
    """Write the probe to `address`.

    The token stands in a field of its own, in the Message-ID and in the subject: some gateway rewrites each of them.
    """
    mark = f"{_MARK}{token}"
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=(Address("", address),),
        subject=f"Reply check, nothing to do: {mark}",
        text=_TEXT.format(address=address, mailbox=server.mailbox.name, sender=server.from_address, mark=mark),
        message_id=f"{mark}@{server.from_address.rpartition('@')[2]}",
        date=now,
        extra_headers=(
            (HEADER, mark),
            # RFC 3834 §5: nobody shall answer it automatically. Exchange asks for its own field; reports of failed
            # delivery are welcome, so it does not say "All".
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ),
    )


def tokens_in(raw: bytes) -> frozenset[str]:
    """Return every token that stands anywhere in a mail, readable without decoding."""
    return frozenset(match.decode("ascii").lower() for match in _MARKED_OCTETS.findall(raw))


def carried_token(mail: Mail) -> str:
    """Return the token of a mail that is itself a probe, "" for any other, also for one that answers a probe."""
    for name, value in mail.headers:
        if name.lower() == HEADER.lower():
            return _token_in(value)
    before, mark, _after = mail.subject.partition(_MARK)
    # Who answers or forwards a probe repeats its subject.
    is_original = bool(mark) and not mail.in_reply_to and not mail.references and not _ANSWERS.search(before)
    return _token_in(mail.message_id) or (_token_in(mail.subject) if is_original else "")


def _token_in(text: str) -> str:
    found = _MARKED.search(text)
    return found[1].lower() if found else ""


_MARK = "probe-"
_MARKED = re.compile(r"\bprobe-([0-9a-f]{32})\b", re.IGNORECASE)
_MARKED_OCTETS = re.compile(rb"\bprobe-([0-9a-f]{32})\b", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\b(?:re|aw|sv|vs|fwd?|wg|tr|rv|enc|antw|odp|automatic reply|auto)\s*(?:\[\d+\])?:", re.IGNORECASE
)
_TEXT = """\
This message was sent by a computer. Nothing has to be done.

It checks whether mail to {address} arrives in the mailbox "{mailbox}", so that answers to what is sent as {sender} are
seen by the people who work with that mailbox. When it arrives there, it is taken in and hidden.

If you find it somewhere else, mail to {address} arrives at your place instead. Whoever looks after {sender} may want to
know.

{mark}
"""
