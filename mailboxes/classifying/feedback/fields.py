"""The fields of a feedback report (RFC 5965 §3), wherever they stand."""

import re
from collections.abc import Iterable

from mailboxes.addresses import normalise, parse_address_list
from mailboxes.mime.charsets import decode

Fields = dict[str, list[str]]

# More is not read (SECURITY TC5).
_MAX_LINES = 200
_MAX_VALUE = 1_000
_MAX_ADDRESSES = 50


def read_report(octets: bytes) -> Fields:
    """Return the fields of a part of type message/feedback-report, by their names in lower case."""
    return read_lines(decode(octets, "").splitlines())


def read_lines(lines: Iterable[str]) -> Fields:
    """Return the fields in these lines, by their names in lower case; lines that are none are passed over."""
    found: Fields = {}
    last: list[str] | None = None
    for number, line in enumerate(lines):
        if number >= _MAX_LINES:
            break
        if match := _FIELD.match(line):
            last = found.setdefault(match[1].lower(), [])
            last.append(match[2].strip()[:_MAX_VALUE])
        elif last and line[:1] in (" ", "\t"):
            last[-1] = f"{last[-1]} {line.strip()}"[:_MAX_VALUE].strip()
        else:
            last = None
    return found


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in field values, normalised, each once; those that were made unrecognisable are left out."""
    found: dict[str, None] = {}
    for value in values:
        # `rfc822;user@example.com`, as in a report on a delivery.
        for one in parse_address_list(value.rpartition(";")[2]):
            local_part, _at, domain = normalise(one.addr_spec).rpartition("@")
            if domain and local_part and not _REDACTED.fullmatch(local_part):
                found.setdefault(f"{local_part}@{domain}")
    return tuple(found)[:_MAX_ADDRESSES]


_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?(.*)")
_REDACTED = re.compile(r"(?:redacted|hashed|removed|undisclosed|unknown|x{3,20}|\*{1,20}).{0,20}")
