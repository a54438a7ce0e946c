"""What `make run` says to the person who started it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

_TAIL_LINES = 15


class Console:
    """Writes whole lines at once, so that nothing waits in a buffer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def box(self, lines: Sequence[str]) -> None:
        """Write the lines in a frame."""
        width = max(map(len, lines))
        framed = [f"│ {line:<{width}} │" for line in lines]
        self.say("\n".join(("", f"┌{'─' * (width + 2)}┐", *framed, f"└{'─' * (width + 2)}┘", "")))

    def show_tail(self, log: Path) -> None:
        """Write the last lines of a log, indented, and where the rest is."""
        lines = log.read_text("utf-8", "replace").splitlines()[-_TAIL_LINES:] if log.exists() else []
        self.say("\n".join((*(f"    {line}" for line in lines), f"    (all of it: {log})")))
