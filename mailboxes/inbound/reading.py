"""Reads a message up to its dot (RFC 5321 §4.1.1.4, §4.5.2)."""

import time
from enum import Enum

from mailboxes.inbound.capacity import Reservation
from mailboxes.inbound.wire import Disconnected, Wire

# Five minutes for a block (§4.5.3.2.5 has three), and no more in all than a line of 128 kbit/s would need. So an octet
# now and then holds no connection for ever (SECURITY B058).
_SECONDS = 300.0
_SECONDS_PER_OCTET = 60.0 / (1024 * 1024)
_LINE_END = b"\r\n"
# Nothing else ends a message, neither LF . LF nor CR . CR: servers that disagree on it let mail be smuggled.
_END = b"\r\n.\r\n"


class Excess(Enum):
    """Why a message that was read to its dot is not kept."""

    TOO_LARGE = "too large"
    NO_ROOM = "no room"


async def read_message(wire: Wire, *, size_limit: int, room: Reservation) -> bytes | Excess:
    """Return the message with the transparency of dots undone; what is not kept is read to its dot all the same.

    `room` grows with the message. Raises Disconnected, also for a client that goes on far beyond the limit, and
    TimeoutError.
    """
    began = time.monotonic()
    # The line with DATA has ended: a dot that comes at once ends an empty message.
    data = bytearray(_LINE_END)
    count = 0
    excess: Excess | None = None
    while True:
        seconds_left = began + _SECONDS + count * _SECONDS_PER_OCTET - time.monotonic()
        chunk = await wire.read_octets(seconds=max(seconds_left, 0))
        count += len(chunk)
        searched = max(len(data) - len(_END) + 1, 0)
        data += chunk
        end = data.find(_END, searched)
        if end >= 0:
            wire.put_back(data[end + len(_END) :])
            del data[end + len(_LINE_END) :]
        if excess is None:
            excess = _excess(data, size_limit=size_limit, room=room)
        if end >= 0:
            return excess or _without_transparency(data)
        if excess is not None:
            del data[: -len(_END)]
            if count > 2 * size_limit:
                raise Disconnected


def _excess(data: bytearray, *, size_limit: int, room: Reservation) -> Excess | None:
    if len(data) - len(_LINE_END) > size_limit:
        return Excess.TOO_LARGE
    return None if room.grow_to(len(data)) else Excess.NO_ROOM


def _without_transparency(data: bytearray) -> bytes:
    return bytes(memoryview(data.replace(b"\r\n.", _LINE_END))[len(_LINE_END) :])
