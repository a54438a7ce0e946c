"""May this mail set off another one? Looks at the mail alone, and says in words what speaks against it (RFC 3834 §2).

Nothing in a mail proves that a person wrote it, least of all Authentication-Results (SECURITY B082); many things prove
that none did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.addresses import InvalidAddress, normalise, valid_addr_spec
from mailboxes.automatic.marks import LOOP_HEADER
from mailboxes.classifying import Kind
from mailboxes.models import Message
from mailboxes.parsing import Mail

# Redirected by people, nothing passes so many hosts (SECURITY B088).
MOST_RECEIVED = 30
# What lay somewhere for longer is a backlog, and an answer to it surprises.
MOST_AGE = timedelta(days=3)


@dataclass(frozen=True)
class Trigger:
    """The mail that would set something off. `envelope_from` is None where nobody told it, "" for the null sender."""

    mail: Mail
    kind: Kind
    received_at: datetime
    envelope_from: str | None = None
    is_archived: bool = False
    is_found_in_junk: bool = False
    is_written_by_us: bool = False
    # Why it counts as spam; "" for mail that does not.
    spam_because: str = ""

    @classmethod
    def of(cls, message: Message, mail: Mail, kind: Kind) -> Trigger:
        """Return what the guard looks at in a message that was parsed as `mail`."""
        return cls(
            mail=mail,
            kind=kind,
            received_at=message.received_at,
            envelope_from=message.envelope_from if message.arrived_by == Message.Arrival.DIRECT else None,
            is_archived=message.is_archived,
            is_found_in_junk=message.is_found_in_junk,
            is_written_by_us=message.is_written_by_us,
            spam_because=message.spam_because,
        )

    def values(self, name: str) -> list[str]:
        """Return the values of the fields with this lower-case name, in lower case."""
        return [value.strip().lower() for given, value in self.mail.headers if given.lower() == name]

    @property
    def senders(self) -> list[str]:
        """From, and the envelope sender where it is known, normalised."""
        found = [normalise(one.addr_spec) for one in self.mail.from_]
        found += [normalise(value.strip("<> ")) for value in self.values("return-path")]
        return [one for one in (*found, normalise(self.envelope_from or "")) if one]


def obstacle_to_answer(trigger: Trigger, *, to: str, own_addresses: Collection[str], now: datetime) -> str:
    """Return why nothing may answer the sender at `to`, "" when nothing speaks against it."""
    found = obstacle_to_passing_on(trigger, to=to, own_addresses=own_addresses, now=now)
    return found or _first(check(trigger) for check in _ABOUT_THE_SENDER) or _about_recipient(trigger, to)


def sign_of_program(trigger: Trigger) -> str:
    """Return what shows that no person waits for an answer to this mail; "" if nothing does."""
    if trigger.values(LOOP_HEADER.lower()):
        return f"It is automatic mail of mailhub itself: it carries {LOOP_HEADER}."
    return _first(check(trigger) for check in _ABOUT_THE_SENDER)


def obstacle_to_passing_on(trigger: Trigger, *, to: str, own_addresses: Collection[str], now: datetime) -> str:
    """Return why nothing may be sent to `to`, one of our own people, because of this mail; "" if nothing."""
    if trigger.is_archived:
        return "It was in the inbox before the server was added."
    if trigger.is_written_by_us:
        return "A person of this mailbox wrote it."
    if trigger.spam_because and not trigger.is_found_in_junk:
        return f"It counts as spam: {trigger.spam_because}."
    if trigger.values(LOOP_HEADER.lower()):
        return f"It is automatic mail of mailhub itself: it carries {LOOP_HEADER}."
    if len(trigger.values("received")) > MOST_RECEIVED:
        return f"It went through more than {MOST_RECEIVED} hosts: mail that goes in a circle does."
    if now - min(trigger.received_at, trigger.mail.sent_at or trigger.received_at) > MOST_AGE:
        return f"It is older than {MOST_AGE.days} days."
    if normalise(to) in own_addresses:
        return f"{to} is an address of this mailbox."
    if not _is_valid(to):
        return f"{to or 'The sender'} is no address that mail can be sent to."
    return ""


def _first(found: Iterable[str]) -> str:
    return next((reason for reason in found if reason), "")


def _kind(trigger: Trigger) -> str:
    if trigger.kind in (Kind.NORMAL, Kind.REPLY):
        return ""
    return f"It is no mail that waits for an answer: {trigger.kind.label.lower()}."


def _junk(trigger: Trigger) -> str:
    return "It was found in the Junk folder." if trigger.is_found_in_junk else ""


def _auto_submitted(trigger: Trigger) -> str:
    if trigger.mail.auto_submitted == "no":
        return ""
    return f"A program sent it: Auto-Submitted is {trigger.mail.auto_submitted}."


def _machine_fields(trigger: Trigger) -> str:
    for name, expected in _MACHINE_FIELDS.items():
        for value in trigger.values(name):
            if expected.search(value[:_MAX_VALUE]):
                return f"A program sent it, or its sender wants no automatic answer: {name}: {value[:60]}."
    return ""


def _list(trigger: Trigger) -> str:
    for name, _value in trigger.mail.headers:
        if name.lower().startswith("list-") or name.lower() in _LIST_FIELDS:
            return f"It came through a mailing list, or to many people at once: it has {name}."
    return ""


def _report(trigger: Trigger) -> str:
    content_type = next(iter(trigger.values("content-type")), "")
    is_report = content_type.startswith("multipart/report") or any(
        part.content_type in _REPORT_PARTS for part in trigger.mail.attachments
    )
    return "It is the report of a mail system." if is_report else ""


def _null_sender(trigger: Trigger) -> str:
    told = [value for value in trigger.values("return-path") if not value.strip("<> \t")]
    if not told and trigger.envelope_from != "":
        return ""
    return "It came from the null sender: nobody wants to hear of it any more (RFC 5321 §4.5.5)."


def _from_is_clear(trigger: Trigger) -> str:
    if len(trigger.mail.from_) != 1:
        return f"Its From names {len(trigger.mail.from_) or 'no'} addresses."
    defects = [one for one in trigger.mail.defects if one in _DEFECTS_OF_SENDER]
    return f"Its header is damaged ({defects[0]}), so its sender is not certain." if defects else ""


def _sender_is_program(trigger: Trigger) -> str:
    for sender in trigger.senders:
        if _PROGRAM.fullmatch(sender.rpartition("@")[0] or sender):
            return f"Nobody reads answers at {sender}."
    return ""


def _about_recipient(trigger: Trigger, to: str) -> str:
    """An answer goes to the sender alone; Reply-To may repeat it, and lead nowhere else (SECURITY B087)."""
    wanted = normalise(to)
    if [normalise(one.addr_spec) for one in trigger.mail.from_] != [wanted]:
        return f"{to} is not who sent it."
    reply_to = {normalise(one.addr_spec) for one in trigger.mail.reply_to}
    if trigger.values("reply-to") and reply_to != {wanted}:
        return "Answers to it should go elsewhere than to its sender (Reply-To)."
    return ""


def _is_valid(addr_spec: str) -> bool:
    try:
        valid_addr_spec(addr_spec)
    except InvalidAddress:
        return False
    return True


_ABOUT_THE_SENDER: tuple[Callable[[Trigger], str], ...] = (
    _junk,
    _auto_submitted,
    _machine_fields,
    _list,
    _report,
    _null_sender,
    _from_is_clear,
    _sender_is_program,
    # The marks say more, so they speak first.
    _kind,
)
_MAX_VALUE = 400
# "X-Autoreply: no" is written by people.
_YES = re.compile(r"^(?!(?:no|false|0|off|none)\b)\S")
_MACHINE_FIELDS = {
    "precedence": re.compile(r"^(?:bulk|junk|list|auto[-_]?reply)\b"),
    "x-precedence": re.compile(r"^(?:bulk|junk|list|auto[-_]?reply)\b"),
    # [MS-OXCMAIL] §2.2.3.2.14: DR, NDR, RN and NRN are about reports, not about answers.
    "x-auto-response-suppress": re.compile(r"\b(?:all|oof|autoreply)\b"),
    "x-autoreply": _YES,
    "x-auto-reply": _YES,
    "x-autorespond": _YES,
    "x-autoresponse": _YES,
    "x-autoresponder": _YES,
    "x-auto-responder": _YES,
    "x-autoreply-from": _YES,
    "x-mail-autoreply": _YES,
    "x-autogenerated": re.compile(r"^(?:repl|vacation|bulk|group)"),
    "x-vacation": _YES,
    "x-loop": _YES,
    "delivered-to": re.compile(r"^<?autoresponder\b"),
    "feedback-id": _YES,
    "x-spam-flag": re.compile(r"^yes\b"),
    # Exchange: a rule or a program of the server wrote it.
    "x-ms-exchange-inbox-rules-loop": _YES,
    "x-failed-recipients": _YES,
}
_LIST_FIELDS = frozenset({"mailing-list", "x-mailing-list", "x-list", "x-beenthere", "x-mailman-version", "x-campaign"})
_REPORT_PARTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/tracking-status",
    }
)
_DEFECTS_OF_SENDER = frozenset({"several_from", "no_from", "header_cut", "header_broken"})
# RFC 3834 §2: owners, requests and programs of lists; mail systems; and whoever says that nobody reads there.
_PROGRAM = re.compile(
    r"(?:mailer|mail)[-_.]?daemon|daemon|mdaemon|post[-_.]?master|mail[-_.]?system|majordomo|mailman|listserv|sympa"
    r"|list[-_.]?(?:serv|owner|manager)|(?:.{0,60}[-_.+])?(?:no|do[-_.]?not|never)[-_.]?(?:reply|respond|answer)(?:[-_.+].{0,100})?"
    r"|owner-.{1,200}|.{1,200}-(?:owner|request|bounces?|errors|subscribe|unsubscribe)(?:[+=].{0,200})?"
    r"|bounces?(?:[-_.+=].{0,200})?|auto[-_.]?(?:reply|responder?|confirm)|noreply.{0,20}|nobody|uucp|root"
)
