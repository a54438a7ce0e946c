"""Quoted text in replies: written, and found again in the languages and clients that people use."""

import re
from datetime import datetime

from mailboxes.addresses import Address

# More is not looked through (SECURITY TC5); what lies behind belongs to the part that was being read.
MAX_SEARCHED = 64 * 1024


def quote_for_reply(text: str, from_: Address, sent_at: datetime | None) -> str:
    """Return `text` quoted below a line that says who wrote it and when, in the time zone of `sent_at`."""
    who = from_.display_name or from_.addr_spec
    attribution = f"On {sent_at:%a, %d %b %Y at %H:%M %Z}, {who} wrote:" if sent_at else f"{who} wrote:"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    return "\n".join([attribution, *(_quoted_line(line) for line in lines)])


def split_quote(text: str) -> tuple[str, str]:
    """Return what the sender wrote, and what he quoted.

    Answers between quoted lines stay together with them, since they make no sense alone. Both parts are without blank
    lines at their ends. Takes linear time for any input.
    """
    searched, rest = text[:MAX_SEARCHED], text[MAX_SEARCHED:]
    lines = searched.split("\n")
    is_quoted, hard_start = _marks(lines)
    end = hard_start
    while end > 0 and (is_quoted[end - 1] or not lines[end - 1].strip()):
        end -= 1
    start = _end_of_leading_quote(lines, is_quoted, end)
    if start == end:
        # Nothing but a quotation.
        return "", text.strip("\n")
    if rest and end == len(lines):
        return _trimmed(lines[start:]) + rest.rstrip("\n"), _trimmed(lines[:start])
    quoted = [part for part in (_trimmed(lines[:start]), _trimmed(lines[end:]) + rest) if part]
    return _trimmed(lines[start:end]), "\n\n".join(quoted)


def _marks(lines: list[str]) -> tuple[list[bool], int]:
    """Return which lines are quoted, and the line from which on all is."""
    is_quoted = [line.lstrip().startswith(">") for line in lines]
    for number, line in enumerate(lines):
        if is_quoted[number] or not line.strip():
            continue
        if _is_separator(lines, number):
            return is_quoted, number
        length = _attribution_length(lines, number)
        if not length:
            continue
        following = _next_written(lines, number + length)
        if following == len(lines) or not is_quoted[following]:
            if not _is_sure(line):
                continue
            # The client quotes by layout, so all below is the other's.
            return is_quoted, number
        is_quoted[number : number + length] = [True] * length
    return is_quoted, len(lines)


def _end_of_leading_quote(lines: list[str], is_quoted: list[bool], end: int) -> int:
    """Return where the answer begins if it stands below a single quotation; else 0."""
    start = 0
    while start < end and (is_quoted[start] or not lines[start].strip()):
        start += 1
    return 0 if any(is_quoted[start:end]) else start


def _is_separator(lines: list[str], number: int) -> bool:
    line = lines[number].strip()[:_MAX_LINE]
    if _ORIGINAL_MESSAGE.fullmatch(line):
        return True
    if _UNDERSCORES.fullmatch(line):
        following = _next_written(lines, number + 1)
        return following < len(lines) and _is_header_block(lines, following)
    return _is_header_block(lines, number)


def _is_header_block(lines: list[str], number: int) -> bool:
    """True where Outlook repeats the header of the quoted message: From, and two of date, To and Subject below it."""
    if not _HEADER_FROM.match(lines[number]):
        return False
    below = lines[number + 1 : number + 7]
    return sum(1 for line in below if _HEADER_OTHER.match(line)) >= _HEADER_LINES


def _attribution_length(lines: list[str], number: int) -> int:
    """Return how many lines from `number` on say "On … wrote:"; 0 if they do not."""
    first = lines[number].strip()
    if not _is_sure(first) and not first.endswith(":"):
        return 0
    joined = ""
    for length in range(1, _MAX_ATTRIBUTION_LINES + 1):
        if number + length > len(lines):
            return 0
        line = lines[number + length - 1].strip()
        if not line or len(line) > _MAX_LINE:
            return 0
        joined = f"{joined} {line}" if joined else line
        if joined.endswith((":", "：")):
            return length if _WROTE.search(joined) else 0
    return 0


def _is_sure(line: str) -> bool:
    """True if the line begins as an attribution does: "On", "Am", "Le", …"""
    return _ATTRIBUTION_START.match(line) is not None


def _next_written(lines: list[str], number: int) -> int:
    # Two blank lines at most, so that many attributions cannot make this quadratic.
    for candidate in range(number, min(number + 3, len(lines))):
        if lines[candidate].strip():
            return candidate
    return len(lines)


def _quoted_line(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}".rstrip()


def _trimmed(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


_MAX_LINE = 400
_MAX_ATTRIBUTION_LINES = 4
_HEADER_LINES = 2
_ATTRIBUTION_START = re.compile(r"\s{0,20}(?:On|Am|Le|El|Il|Op|Den|Em|W dniu|Dnia|Den|Vào|在|于)\s", re.IGNORECASE)
_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|geschrieben|a écrit|escribió|ha scritto|schreef|skrev|escreveu|napisał(?:\(a\))?|"
    r"napsal|kirjoitti)\b|写道|書きました",
    re.IGNORECASE,
)
_ORIGINAL_MESSAGE = re.compile(
    r"[-_]{3,20}\s?(?:Original Message|Original Appointment|Forwarded message|Reply message|Ursprüngliche Nachricht|"
    r"Weitergeleitete Nachricht|Message d['’]origine|Message transféré|Mensaje original|Mensaje reenviado|"
    r"Messaggio originale|Messaggio inoltrato|Oorspronkelijk bericht|Mensagem original|Original meddelelse|"
    r"Ursprungligt meddelande|Wiadomość oryginalna)\s?[-_]{3,20}",
    re.IGNORECASE,
)
_UNDERSCORES = re.compile(r"_{20,60}")
_HEADER_FROM = re.compile(r"\s{0,8}\*?(?:From|Von|De|Da|Van|Från|Fra|Od)\s?:\*?\s", re.IGNORECASE)
_HEADER_OTHER = re.compile(
    r"\s{0,8}\*?(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado(?: el)?|Fecha|Para|Asunto|"
    r"Inviato|Data|A|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Enviada em|Assunto|Wysłano|Do|"
    r"Temat)\s?:\*?\s",
    re.IGNORECASE,
)
