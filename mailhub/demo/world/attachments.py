"""Small files made in code, so that the mail world needs no binary of its own."""

import random
import struct
import zlib
from dataclasses import dataclass

_BLENDS = ("House Blend", "Harbour Dark", "Morning Fog", "Decaf Tide", "Ethiopia Guji")


@dataclass(frozen=True)
class Attachment:
    """A file of a letter; `media_type` such as "image/png"."""

    filename: str
    media_type: str
    content: bytes


def photograph(rng: random.Random) -> Attachment:
    """Return a PNG with a soft gradient and some "beans", different for each generator."""
    width, height = 320, 180
    base = (rng.randrange(90, 200), rng.randrange(70, 150), rng.randrange(40, 120))
    beans = [(rng.randrange(width), rng.randrange(height), rng.randrange(8, 22)) for _ in range(14)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # Filter type "none" starts each row (PNG §9.2).
        for x in range(width):
            shade = 0.55 + 0.45 * (x + y) / (width + height)
            if any((x - cx) ** 2 + 2 * (y - cy) ** 2 < radius**2 for cx, cy, radius in beans):
                shade *= 0.45
            rows += bytes(int(channel * shade) for channel in base)
    png = b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(bytes(rows), 6)),
            _chunk(b"IEND", b""),
        )
    )
    return Attachment("photo.png", "image/png", png)


def order_list(rng: random.Random) -> Attachment:
    """Return a CSV file with an order, in UTF-8."""
    lines = ["Article,Grind,Bags"]
    lines += [f"{blend},{rng.choice(('whole bean', 'espresso', 'filter'))},{rng.randrange(2, 30)}" for blend in _BLENDS]
    return Attachment("order.csv", "text/csv", "\r\n".join(lines).encode())


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
