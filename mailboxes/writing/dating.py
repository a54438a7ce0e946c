"""The date of a mail that leaves at another time than it was written for."""

import re
from datetime import datetime
from email.utils import format_datetime


def redated(raw: bytes, at: datetime) -> bytes:
    """Return a mail of ours with another Date; everything else stays to the byte.

    No signature covers it: S/MIME signs the content, and DKIM is put on by the server that takes the mail.
    """
    header, end, content = raw.partition(b"\r\n\r\n")
    date = b"\r\nDate: " + format_datetime(at).encode("ascii")
    # A callable, because a replacement is read for backslashes.
    redated_header = _DATE.sub(lambda _found: date, b"\r\n" + header, count=1)
    return redated_header.removeprefix(b"\r\n") + end + content


# With the lines that continue it (RFC 5322 §2.2.3).
_DATE = re.compile(rb"\r\nDate:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.IGNORECASE)
