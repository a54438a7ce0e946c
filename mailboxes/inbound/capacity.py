"""How much mail fits in: into the memory of this process, and onto the disk (SECURITY B141)."""

import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

# The file system is asked this often at most.
_LOOK_SECONDS = 2.0


class Memory:
    """What all messages that are being read or stored may take together, in octets.

    They wait in memory and not in temporary files: on the disk mail is sealed.
    """

    def __init__(self, octets: int) -> None:
        self._free = octets

    def reserve(self) -> "Reservation":
        """Return room for one message, of no size yet."""
        return Reservation(self)

    def change(self, octets: int) -> bool:
        """Take so many octets more, or give some back when negative; False, and nothing, when they are not there."""
        if octets > self._free:
            return False
        self._free -= octets
        return True

    @property
    def is_short(self) -> bool:
        return self._free <= 0


class Reservation:
    """The room of one message; it is given back at the end of its block."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._octets = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.change(-self._octets)
        self._octets = 0

    def grow_to(self, octets: int) -> bool:
        """Take room for so many octets in all; False when there is none."""
        if not self._memory.change(octets - self._octets):
            return False
        self._octets = octets
        return True


class Disk:
    """The file system of the storage; `reserve` octets of it stay free."""

    def __init__(self, root: Path, *, reserve: int) -> None:
        self._root = root
        self._reserve = reserve
        self._free = 0
        self._looked_at = -_LOOK_SECONDS

    @property
    def is_known(self) -> bool:
        """Whether `look` was a moment ago."""
        return time.monotonic() - self._looked_at < _LOOK_SECONDS

    def look(self) -> None:
        """Ask the file system, which may take its time; raise OSError when it does not answer."""
        self._free = shutil.disk_usage(_existing(self._root)).free
        self._looked_at = time.monotonic()

    def has_room_for(self, octets: int) -> bool:
        """Tell whether there was room for a message of this size when `look` was called last."""
        return self._free - octets > self._reserve


def _existing(directory: Path) -> Path:
    """The storage makes its directories with the first message."""
    return next(one for one in (directory, *directory.parents) if one.exists())
