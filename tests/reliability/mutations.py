"""Mail as nobody means to send it: that of the corpus, changed octet by octet, line by line, name by name."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
MAX_OCTETS = 4 * 1024 * 1024

_Mutation = Callable[[bytes, random.Random], bytes]


def mutated(count: int, *, seed: int) -> Iterator[bytes]:
    """Yield `count` messages: every mail of the corpus in turn, with up to four changes; the same for one seed."""
    chance = random.Random(seed)
    originals = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    chance.shuffle(originals)
    for number in range(count):
        raw = originals[number % len(originals)]
        for _ in range(chance.randint(1, 4)):
            mutation = chance.choice(_MUTATIONS)
            raw = _spliced(raw, chance.choice(originals), chance) if mutation is None else mutation(raw, chance)
        yield raw[:MAX_OCTETS]


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    octets = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        if octets:
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def _with_insertions(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(raw) + 1)
        raw = raw[:place] + chance.choice(_INSERTED) + raw[place:]
    return raw


def _with_gaps(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(raw) + 1)
        raw = raw[:place] + raw[place + chance.randint(1, 40) :]
    return raw


def _spliced(raw: bytes, other: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other) + 1) :]


def _with_other_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True) or [b""]
    for _ in range(chance.randint(1, 6)):
        place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(3):
            case 0:
                lines.insert(other, lines[place])
            case 1:
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                lines[place] = b""
    return b"".join(lines)


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _repeated(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(raw) + 1)
    chunk = raw[start : start + chance.choice([1, 2, 7, 40, 200])]
    return raw[:start] + chunk * 1000 + raw[start:]


def _with_repeated_line(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True) or [b""]
    place = chance.randrange(len(lines))
    # A line that was repeated before may be long: the rest would be cut off.
    lines[place] *= min(1000, MAX_OCTETS // max(len(lines[place]), 1) + 1)
    return b"".join(lines)


def _renamed(raw: bytes, chance: random.Random) -> bytes:
    """Let the mail name another charset, encoding, type or boundary than it has."""
    old, new = chance.choice(_NAMES), chance.choice(_NAMES)
    return raw.replace(old, new) if old in raw else raw.replace(b"Content-Type:", b"Content-Type: " + new + b";", 1)


def _nested(raw: bytes, chance: random.Random) -> bytes:
    for level in range(chance.choice([1, 2, 5, 60])):
        kind = chance.choice([b"message/rfc822", b"multipart/mixed; boundary=%d" % level, b"message/global"])
        opening = b"--%d\r\n\r\n" % level if b"multipart" in kind else b""
        raw = b"Content-Type: " + kind + b"\r\n\r\n" + opening + raw
    return raw


def _with_other_line_ends(raw: bytes, chance: random.Random) -> bytes:
    ends = [b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b"\x0b", b"\x00\n", b"\xc2\x85", b""]
    return raw.replace(b"\r\n", b"\n").replace(b"\n", chance.choice(ends))


def _with_second_fields(raw: bytes, chance: random.Random) -> bytes:
    return b"".join(chance.choice(_FIELDS) for _ in range(chance.randint(1, 6))) + raw


_INSERTED = [
    b"\x00", b"\x80", b"\xff", b"\r", b"\n", b"\r\n\r\n", b"--", b"=?utf-8?q?", b"?=", b"=?iso-2022-jp?b?GyRC?=",
    b"\x1b$B", b"\xef\xbb\xbf", b"\xff\xfe", b"<", b">", b'"', b"(", b"\\", b"=", b"=\r\n", b"&#", b"<!--",
    b"<table><a><td>", b":", b";", b"@", b",", b"begin 644 x\n", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"%00",
    b"*0*=", b"\xe2\x80\xae", b"\t", b" " * 998,
]  # fmt: skip
_NAMES = [
    b"utf-8", b"us-ascii", b"iso-8859-1", b"utf-7", b"utf-16", b"utf-32", b"iso-2022-jp", b"gb18030", b"big5",
    b"koi8-r", b"hz", b"zlib", b"hex", b"rot13", b"idna", b"unicode_escape", b"x-unknown", b"base64",
    b"quoted-printable", b"x-uuencode", b"8bit", b"binary", b"text/plain", b"text/html", b"text/calendar",
    b"text/enriched", b"multipart/mixed", b"multipart/report", b"multipart/alternative", b"multipart/signed",
    b"message/rfc822", b"message/delivery-status", b"message/feedback-report", b"message/partial",
    b"application/pkcs7-mime", b"application/ms-tnef", b"application/octet-stream", b"boundary=", b"charset=",
    b"filename*=utf-8''", b"name=", b"failed", b"delayed", b"5.1.1", b"rfc822;", b"Re:", b"wrote:",
]  # fmt: skip
_FIELDS = [
    b"From: \r\n", b"From: a@b@c\r\n", b"From: =?utf-8?b?/////w==?= <x@x.example>\r\n",
    b"From: group: a@x.example, b@x.example;\r\n", b"To: " + b"a@x.example, " * 3000 + b"\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n", b"Date: 0\r\n",
    b"Message-ID: <" + b"x" * 5000 + b"@x.example>\r\n", b"References: " + b"<a@x.example> " * 2000 + b"\r\n",
    b"Subject: =?utf-8?q?=00=0D=0A?=\r\n", b"Subject: " + b"Re: " * 2000 + b"\r\n", b"Auto-Submitted: \x00\r\n",
    b"Content-Type: text/plain; charset=\"\x00\"\r\n", b"Content-Type: ;;;;\r\n",
    b"Content-Type: multipart/mixed; boundary=\"\"\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"X-Failed-Recipients: \xff@\xff\r\n", b"List-Unsubscribe: <>\r\n", b"In-Reply-To: <\xff\x00>\r\n",
    b"Return-Path: <>\r\n", b"Disposition-Notification-To: x\r\n", b" continued\r\n", b": no name\r\n",
]  # fmt: skip
# None stands for a splice with another mail.
_MUTATIONS: list[_Mutation | None] = [
    None,
    _flipped,
    _with_insertions,
    _with_gaps,
    _with_other_lines,
    _cut,
    _repeated,
    _with_repeated_line,
    _renamed,
    _nested,
    _with_other_line_ends,
    _with_second_fields,
]
