"""Parsing mail beside the standard library (PERFORMANCE G2): both its policies, in the same run, on the same mix.

Each reader hands over what we store: addresses, subject and date as text, the texts, and the size of every attachment.
Run it alone with `python -m benchmarks.parsing`.
"""

import email
import email.policy
import resource
import statistics
import time
from collections.abc import Callable
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime

from benchmarks.mails import mixed
from mailboxes.parsing import parse

_COUNT = 400
_ROUNDS = 7
_LARGE = 30_000_000
_GOALS = {"compat32": 5.0, "policy.default": 20.0}


def main() -> None:
    """Print messages per core-second, and how many times faster we are than each policy."""
    mails = list(mixed(_COUNT, to="sales@example.com", answered=["sent-1@example.com"]))
    readers = {"mailhub": _ours, "compat32": _compat32, "policy.default": _default}
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _round in range(_ROUNDS):
        for name, reader in readers.items():
            seconds[name].append(_cpu_seconds(reader, mails))
    medians = {name: statistics.median(measured) for name, measured in seconds.items()}
    for name, median in medians.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(seconds[name], seconds["mailhub"], strict=True))
        goal = f", goal {_GOALS[name]:.0f}" if name in _GOALS else ""
        print(
            f"parse {name:15} {_COUNT / median:8.0f} messages per core-second; we are {ratio:5.1f} times as fast{goal}"
        )
    _print_memory()


def _cpu_seconds(reader: Callable[[bytes], object], mails: list[bytes]) -> float:
    started = time.process_time()
    for raw in mails:
        reader(raw)
    return time.process_time() - started


def _ours(raw: bytes) -> object:
    return parse(raw)


def _compat32(raw: bytes) -> object:
    message = email.message_from_bytes(raw)
    fields = [
        str(make_header(decode_header(str(message.get(name, ""))))) for name in ("subject", "message-id", "references")
    ]
    names = [(str(make_header(decode_header(name))), spec) for name, spec in getaddresses(message.get_all("from", []))]
    others = getaddresses(message.get_all("to", []) + message.get_all("cc", []))
    sent_at = parsedate_to_datetime(str(message["date"]))
    return (
        fields,
        names,
        others,
        sent_at,
        [_compat32_content(part) for part in message.walk() if not part.is_multipart()],
    )


def _compat32_content(part: Message) -> object:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    if part.get_content_maintype() == "text":
        return octets.decode(part.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
    return part.get_filename(), len(octets)


def _default(raw: bytes) -> object:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    fields = [
        str(message.get(name, "")) for name in ("from", "to", "cc", "subject", "date", "message-id", "references")
    ]
    return fields, [_default_content(part) for part in message.walk() if not part.is_multipart()]


def _default_content(part: Message) -> object:
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    return content if isinstance(content, str) else (part.get_filename(), len(content))


def _print_memory() -> None:
    """Print how much the peak grows beyond the mail itself from small mails to large ones."""
    small = _peak_with(20_000)
    large = _peak_with(_LARGE) - _LARGE // 1_000_000
    print(f"parse: peak memory {small} MB with mails of 20 KB, and {large} MB beside a mail of 30 MB")


def _peak_with(size: int) -> int:
    header = b"From: a@example.org\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    # In one piece, so that making it costs no second copy.
    raw = header.ljust(size, b"Q")
    for _repetition in range(3):
        parse(raw)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
