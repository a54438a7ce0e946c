"""Mail with damage of the kinds that gateways, truncation and attackers do to it."""

import random
from collections.abc import Iterator

_PIECES = [
    *(b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"\n ", b"--b", b"--", b";", b'"', b"\\", b"<", b">", b"@", b"(", b")", b":"),
    *(b",", b"=", b"\x00", b"\xff", b"\xc3", b"\x1b$B", b"=?utf-8?b?", b"?=", b"=?iso-2022-jp?q?", b"*0*="),
    *(b"multipart/mixed", b"message/rfc822", b"boundary=", b"charset=utf-16", b"charset=utf-7", b"filename*=utf-8''%"),
    *(b"begin 644 x\n", b"From ", b"Content-Transfer-Encoding: base64\r\n"),
]


def mutations(raw: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield `count` damaged copies of `raw`; the same ones for the same seed."""
    chance = random.Random(seed)
    for _copy in range(count):
        damaged = bytearray(raw)
        for _damage in range(chance.randint(1, 6)):
            _damage_once(damaged, chance)
        yield bytes(damaged)


def _damage_once(mail: bytearray, chance: random.Random) -> None:
    start = chance.randint(0, len(mail))
    end = start + chance.choice((0, 1, 1, 2, 30, 200))
    kind = chance.randrange(6)
    if kind == 0:
        mail[start:end] = chance.choice(_PIECES)
    elif kind == 1:
        mail[start:start] = chance.choice(_PIECES) * chance.choice((1, 1, 2, 50))
    elif kind == 2:
        mail[start:end] = chance.randbytes(end - start)
    elif kind == 3:
        del mail[start:end]
    elif kind == 4:
        mail[start:start] = mail[start:end]
    else:
        del mail[max(start, len(mail) // 2) :]
