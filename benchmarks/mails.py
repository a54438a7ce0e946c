"""Mail to measure with: 65 % short text, 32 % text and HTML, 3 % with an attachment; 30 % answer what was sent."""

import base64
import random
from collections.abc import Iterator

_WORDS = [
    "the",
    "roast",
    "harbour",
    "delivery",
    "invoice",
    "tasting",
    "morning",
    "order",
    "question",
    "price",
    "autumn",
    "batch",
    "grinder",
    "window",
]


def mixed(count: int, *, to: str, answered: list[str], seed: int = 1) -> Iterator[bytes]:
    """Yield `count` different mails to `to`; `answered` are the Message-IDs that some of them answer."""
    chance = random.Random(seed)
    attachment = base64.encodebytes(chance.randbytes(450_000))
    for number in range(count):
        kind = chance.random()
        header = _header(number, to, chance.choice(answered) if answered and chance.random() < 0.3 else "")
        if kind < 0.65:
            yield header + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _text(chance, 2300)
        elif kind < 0.97:
            yield header + _alternative(chance)
        else:
            yield header + _with_attachment(chance, attachment)


def _header(number: int, to: str, answers: str) -> bytes:
    lines = [
        f"From: =?utf-8?q?Zo=C3=AB_Correspondent?= <customer{number % 500}@customers.example>",
        f"To: <{to}>",
        f"Subject: =?utf-8?b?{base64.b64encode(f'Question № {number}'.encode()).decode()}?=",
        f"Message-ID: <bench-{number}@customers.example>",
        "Date: Sat, 21 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
    ]
    if answers:
        lines += [f"In-Reply-To: <{answers}>", f"References: <{answers}>"]
    return "\r\n".join(lines).encode() + b"\r\n"


def _text(chance: random.Random, size: int) -> bytes:
    words: list[str] = []
    while len(words) * 8 < size:
        words.append(chance.choice(_WORDS))
        if len(words) % 10 == 0:
            words.append("\r\n")
    return " ".join(words).encode() + b"\r\n"


def _alternative(chance: random.Random) -> bytes:
    paragraphs = b"".join(b"<p style=3D'margin:0'>" + _text(chance, 900) + b"</p>\r\n" for _ in range(16))
    return (
        b'Content-Type: multipart/alternative; boundary="b1"\r\n\r\n'
        b"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + _text(chance, 2300)
        + b"--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html>"
        + paragraphs
        + b"</html>\r\n--b1--\r\n"
    )


def _with_attachment(chance: random.Random, attachment: bytes) -> bytes:
    return (
        b'Content-Type: multipart/mixed; boundary="b2"\r\n\r\n--b2\r\nContent-Type: text/plain\r\n\r\n'
        + _text(chance, 2300)
        + b'--b2\r\nContent-Type: application/pdf; name="menu.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        + b'Content-Disposition: attachment; filename="menu.pdf"\r\n\r\n'
        + attachment
        + b"--b2--\r\n"
    )
