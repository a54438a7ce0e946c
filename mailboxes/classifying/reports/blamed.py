"""Whom a report in words blames, and with which words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailboxes.addresses import normalise
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.original import Original

MAX_BLAMED = 100


@dataclass
class Blamed:
    """A recipient whom a mail did not reach, and what stands there about it; `alias_of` was written to instead."""

    address: str
    words: list[str] = field(default_factory=list)
    alias_of: str = ""


def recipients_blamed(inspected: Inspected, original: Original, notice: str) -> list[Blamed]:
    """Return whom the words of a report blame, at most MAX_BLAMED: the best evidence that names anybody decides."""
    innocent, text = _innocent(inspected, original), notice
    if below := _REPEATED_HEADER.search(text):
        text = text[below.end() :]
    lines = text.split("\n")
    found = _merged(_at_line_starts(lines), innocent)
    named = [one for value in inspected.fields.get("x-failed-recipients", ()) for one in _ADDRESS.findall(value)]
    if named:
        return [found.get(normalise(one)) or Blamed(one) for one in dict.fromkeys(named)][:MAX_BLAMED]
    if found:
        return list(found.values())[:MAX_BLAMED]
    bare, domain = _BARE_NAME.search(text), inspected.sender.rpartition("@")[2]
    if bare and domain:
        # America Online names its own users by their names alone.
        return [Blamed(f"{bare[1]}@{domain}", [text])]
    listed = _merged((Blamed(one[1]) for one in map(_TO.match, lines) if one), innocent)
    if listed:
        return list(listed.values())
    mentioned = _merged(_in_sentences(text), innocent)
    meant = (
        [one for key, one in mentioned.items() if key in original.recipients]
        or [one for one in mentioned.values() if _REFUSED.match(one.words[0])][:1]
        or list(mentioned.values())[:1]
    )
    return meant or [Blamed(one) for one in original.recipients[:1] if len(original.recipients) <= _FEW]


def _innocent(inspected: Inspected, original: Original) -> frozenset[str]:
    """Return who is not to blame: the sender of the mail, who gets the report, and the server that sends it."""
    senders = {normalise(one.addr_spec) for one in inspected.mail.to} | set(original.from_) | {inspected.sender}
    return frozenset(senders - set(original.recipients))


def _merged(blamed: Iterator[Blamed], innocent: frozenset[str]) -> dict[str, Blamed]:
    found: dict[str, Blamed] = {}
    for one in blamed:
        key = normalise(one.address)
        if key in innocent or _SERVICE.match(key):
            continue
        known = found.get(key)
        if known is None:
            if len(found) < MAX_BLAMED:
                found[key] = one
        else:
            known.words.extend(one.words)
            known.alias_of = known.alias_of or one.alias_of
    return found


def _at_line_starts(lines: list[str]) -> Iterator[Blamed]:
    """Yield each address that begins a line, or follows a label, with the lines up to the next one."""
    current: Blamed | None = None
    empty_lines = 0
    for number, line in enumerate(lines[:_MAX_LINES]):
        starting = _blamed_by(line)
        if starting is not None:
            if current is not None:
                yield current
            current, empty_lines = starting, 0
            if number and not any(current.words):
                _take_reason_above(current, lines[max(0, number - 3) : number])
        elif current is not None:
            empty_lines += not line.strip()
            if alias := _GENERATED_FROM.match(line):
                current.alias_of = alias[1]
            elif empty_lines < _MAX_EMPTY and len(current.words) < _MAX_LINES_OF_WORDS:
                current.words.append(line.strip())
    if current is not None:
        yield current


def _blamed_by(line: str) -> Blamed | None:
    line = line[:_MAX_LINE]
    for shape in (_LINE, _LABEL, _TRANSCRIPT, _X400):
        if found := shape.match(line):
            address = found["address"].rstrip(".")
            if "@" in address:
                words = line[found.end("address") :].strip(" <>:\t\"'") if found["rest"] else ""
                alias = _GENERATED_FROM.match(f" {words}")
                return Blamed(address, [words] if words else [], alias_of=alias[1] if alias else "")
    return None


def _take_reason_above(current: Blamed, lines: list[str]) -> None:
    """A transcript quotes the server's reply (`<<< 550 …`) before it names the recipient."""
    current.words.extend(line.strip() for line in lines if _REPLY.match(line))


def _in_sentences(text: str) -> Iterator[Blamed]:
    for found in _ADDRESS.finditer(text[:_BEGINNING]):
        rest = text[found.end() : found.end() + 400]
        yield Blamed(found[0].rstrip("."), [rest])


_MAX_LINES = 1500
_MAX_LINE = 1000
_MAX_EMPTY = 3
_MAX_LINES_OF_WORDS = 20
_BEGINNING = 6000
_FEW = 3

# Not only what parts words in English: an address may follow a label of Chinese or Japanese without a space.
_PARTING = r"\s<>\"'():;,\[\]|=（）：；，。、！？＜＞「」『』【】《》“”"
_ATOM = rf"[^{_PARTING}]{{1,64}}@[^{_PARTING}]{{1,255}}"
_ADDRESS = re.compile(rf"{_ATOM}(?<![.*])")
_SERVICE = re.compile(
    r"(?:mailer-daemon|postmaster|abuse|support|helpdesk|help|hostmaster|webmaster|noreply|no-reply)[@+.-]"
)
# `<anna@example.com>: host said …`, `  anna@example.com`, ` * anna@…`, `550 <anna@…>... User unknown`, `"anna@…":`
_LINE = re.compile(
    rf"[ \t]{{0,40}}(?:[-*>|•·:]{{1,3}}[ \t]{{1,5}})?(?:To[ \t]?:[ \t]?)?(?:smtp:|"
    rf"mailto:)?[<\"'\[(]{{0,2}}(?:smtp:|"
    rf"mailto:)?(?P<address>{_ATOM})(?P<rest>[>\"'\])]{{0,2}}(?:[ \t]*+$|[ \t]*+[:;,(\[<.-]|[ \t]++on |"
    rf"[ \t]++\S))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[ \t]{0,20}(?:(?:final |original |failed |intended |rejected |invalid |unknown )?recipient(?:s|"
    r"\(s\))?(?: e-?mail)?(?: address(?:es)?)?|addressed to|rcpt to|target mail address|address|"
    r"e-?mail(?: address)?|failed address|user|username|mailbox|"
    r"(?:(?:could|can) ?not be|unable to(?: be)?|not|failed|undeliverable|could not) deliver(?:ed|able|"
    r"y)?(?: (?:the |your )?(?:message|mail|e-?mail))?(?: to)?|undeliverable(?: to)?|"
    r"unknown (?:user|recipient|address|mailbox|local part)|"
    r"invalid (?:recipient|address|user|final delivery userid)|"
    r"(?:delivery|message|mail|sending|rcpt|transfer)[a-z ]{0,30} (?:failed|to)(?: \d{1,4} attempts)?|"
    r"delivery failed(?: \d{1,4} attempts)?|user mailbox exceeds allowed size|no such user|user unknown|"
    r"destinataire|empfänger|empfaenger|destinatario|destinatário|geadresseerde|ontvanger|mottagare|"
    r"получатель|адрес|宛先|送信先|收件人(?:/to)?|收件者|受信者|あて先|받는 ?사람|수신자)"
    rf"[ \t\u3000]{{0,4}}[:：=]?[ \t\u3000]{{0,12}}[<\"'\[(]{{0,2}}(?P<address>{_ATOM})(?P<rest>.?)",
    re.IGNORECASE,
)
_TRANSCRIPT = re.compile(
    r"[ \t]{0,20}(?:[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}[ ])?|(?:sent )?(?:>>>|<<<)[ ]?rcpt to:[ ]?|(?:>>>)[ ])"
    rf"[<\"']{{0,2}}(?P<address>{_ATOM})(?P<rest>.?)",
    re.IGNORECASE,
)
# Exchange repeats who the mail was written to before it says whom it did not reach.
_REPEATED_HEADER = re.compile(r"did not reach the following recipient(?:\(?s\)?)?", re.IGNORECASE)
_X400 = re.compile(rf"[^\n]{{0,300}}?dda:smtp=(?P<address>{_ATOM})(?P<rest>.?)", re.IGNORECASE)
_BARE_NAME = re.compile(
    r"(?:could not be delivered|not accepting mail)[^\n]{0,200}:[ \t]*\n\s{1,20}([\w.+-]{1,64})[ \t]*$", re.MULTILINE
)
_REFUSED = re.compile(
    r"[>\"')\].,:]{0,3}\s{0,3}(?:did not|does not|doesn't|could not|couldn't|cannot|can't|was not|wasn't|"
    r"is not|isn't|has not|is un|failed|was rejected|for the following reason|because)",
    re.IGNORECASE,
)
# The header of the mail, as some reports repeat it.
_TO = re.compile(rf"[ \t]{{0,20}}to[ \t]?:[^@\n]{{0,80}}?<?({_ATOM})>?", re.IGNORECASE)
_GENERATED_FROM = re.compile(rf"[ \t]{{1,20}}\(?(?:generated|expanded) (?:from|by):? <?({_ATOM})>?\)?", re.IGNORECASE)
_REPLY = re.compile(r"[ \t]{0,8}(?:<<<[ ]?|received >>>[ ]?)?[45]\d\d[ -]", re.IGNORECASE)
