"""The mail that a report, a complaint or an automatic answer is about: enclosed, pasted, or named in its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailboxes.addresses import normalise, parse_address_list
from mailboxes.classifying.inspected import MAX_TEXT, Inspected
from mailboxes.identifiers import identifiers_in
from mailboxes.mime.charsets import decode_header_bytes
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.structure import Fields, Part, read_fields, read_structure

ENCLOSED_TYPES = (
    "message/rfc822",
    "message/rfc822-headers",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822",
)


@dataclass(frozen=True)
class Original:
    """What is known of a mail that another one reports on. Identifiers without <>, addresses normalised."""

    message_id: str = ""
    from_: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""


def original_of(inspected: Inspected) -> Original:
    """Return what the mail tells of the one it reports on; an empty Original where it tells nothing."""
    for fields in _candidates(inspected):
        found = _read(fields)
        if found.message_id or found.recipients:
            return found if found.message_id else _with_identifier(found, inspected)
    return _with_identifier(Original(), inspected)


def notice_of(text: str) -> str:
    """Return the text of a report above the copy of the mail that it is about."""
    return text[: _start_of_copy(text)[0]]


def _candidates(inspected: Inspected) -> Iterator[Fields]:
    for octets in inspected.part_octets(*ENCLOSED_TYPES):
        yield _header(decode_header_bytes(octets[:_MAX_COPY]))
    for text in inspected.texts:
        yield from _pasted(text)
    if inspected.content_type.startswith("multipart/"):
        # Some programs write the original's header where the header of a part belongs.
        yield from _strays(read_structure(inspected.raw))


def _pasted(text: str) -> Iterator[Fields]:
    _notice_end, start = _start_of_copy(text)
    copy = text[start : start + _MAX_COPY]
    first = _FIELD_LINE.search(copy)
    if first is None:
        return
    yield _header(copy[first.start() :])


def _header(text: str) -> Fields:
    """Read a header section that may be indented, and stand below empty lines."""
    lines = text.lstrip("\r\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    octets = "\n".join(line[indent:] if line[:indent].isspace() else line for line in lines).encode("utf-8", "replace")
    return read_fields(octets, 0, len(octets))[0]


def _strays(part: Part) -> Iterator[Fields]:
    for child in part.children:
        if child.fields.all("message-id") and child.fields.all("from"):
            yield child.fields
        yield from _strays(child)


def _start_of_copy(text: str) -> tuple[int, int]:
    """Return where the report ends, and where the copy begins; the end of the text twice if there is none."""
    mark = _MARK.search(text)
    bare = _BARE_HEADER.search(text)
    if mark and (bare is None or mark.start() <= bare.start()):
        return mark.start(), mark.end()
    if bare:
        return bare.start(), bare.start()
    return len(text), len(text)


def _read(fields: Fields) -> Original:
    addresses = [
        normalise(one.addr_spec)
        for name in ("to", "cc", "x-original-to", "x-envelope-to")
        for value in fields.all(name)[:1]
        for one in parse_address_list(decode_header_bytes(value))
    ]
    identifiers = identifiers_in(decode_header_bytes(value) for value in fields.all("message-id")[:1])
    return Original(
        message_id=next(iter(identifiers), ""),
        from_=tuple(normalise(one.addr_spec) for one in parse_address_list(fields.text("from"))),
        recipients=tuple(dict.fromkeys(one for one in addresses if "@" in one)),
        subject=decode_words(fields.text("subject"))[:998],
    )


def _with_identifier(found: Original, inspected: Inspected) -> Original:
    """Take the identifier from the words of the report, or from what a mail server says that it answers."""
    named = (match[1] for text in inspected.texts if (match := _NAMED_IDENTIFIER.search(text)))
    identifiers = identifiers_in(named)
    identifiers = identifiers or inspected.mail.in_reply_to or inspected.mail.references[-1:]
    return Original(next(iter(identifiers), ""), found.from_, found.recipients, found.subject)


_MAX_COPY = MAX_TEXT // 2
_MARK = re.compile(
    r"^[ \t>|]{0,6}[-*_=~|#+ ]{0,80}(?:(?:below this line|this) is a copy of (?:the|"
    r"your) (?:original )?message|"
    r"(?:below|included|attached|here|following) is (?:a|the) (?:full )?copy of (?:the|"
    r"your) (?:original )?(?:message|mail|e-?mail)|"
    r"(?:the )?original (?:e-?mail |mail )?message(?: headers?| text)?(?: follows|"
    r" as follows)?[ \t]{0,3}(?:[-.:*=|]|$)|original (?:mail|e-mail|letter)(?: as)?(?: follows|:)|"
    r"(?:original |your )?message (?:header|headers|text|contents?|body)[ \t]{0,3}(?:follows?|"
    r"below)?[ \t]{0,3}[-.:*=|]|(?:your|original) message follows|"
    r"(?:the )?(?:header|headers|text|body) of (?:the|your) (?:original )?message|"
    r"the (?:first|following) .{0,30}(?:of|is) the (?:original )?(?:message|header)|unsent message follows|"
    r"no message was collected|message header follows|"
    r"(?:(?:start of|begin) )?(?:returned|undelivered|undeliverable|non-delivered|rejected|failed|bounced|"
    r"forwarded) (?:message|mail|e-mail|text)(?: follows|[ \t]{0,3}(?:--|[:.*=|]))|kopfzeilen der|"
    r"ursprüngliche nachricht|originalnachricht|nachricht im original|der header der|"
    r"en-t[eê]tes? (?:de |du )?message|message d'origine|encabezados del mensaje|mensaje original|"
    r"messaggio originale|intestazioni (?:del )?messaggio|mensagem original|oorspronkelijk bericht|"
    r"исходное сообщение|заголовк|元のメッセージ)[^\n]{0,120}\n",
    re.IGNORECASE | re.MULTILINE,
)
_BARE_HEADER = re.compile(
    r"^(?:Received|Return-Path|X-Received|Delivered-To|DKIM-Signature|X-Originating-IP): ", re.MULTILINE
)
_FIELD_LINE = re.compile(
    r"^[ \t]{0,8}(?:Received|Return-Path|Message-ID|From|To|Date|Subject|MIME-Version|X-[\w-]{1,40}|"
    r"[A-Z][a-z]+-[\w-]{1,40}):[ \t]",
    re.IGNORECASE | re.MULTILINE,
)
_NAMED_IDENTIFIER = re.compile(
    r"\bmessage[ -]?id(?:entifier)?[ \t]{0,5}(?:[:=]|is:?)[ \t]{0,10}(<[^<>\s]{3,255}>)", re.IGNORECASE
)
