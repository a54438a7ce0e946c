"""What a server says unasked: split into lines in linear time, and limited (SECURITY TC6)."""

# Responses while idling are short; a FETCH with many keywords is the longest of them.
LONGEST_LINE = 16 * 1024
# A line that is not complete after so many seconds comes from somebody who plays for time.
SLOWEST_LINE_SECONDS = 30.0
# A person who marks thousands of messages as read causes some hundred KB. More ends the connection, not the watch.
OCTETS_PER_MINUTE = 512 * 1024
# What waking up costs beside the octets: an allowance of octets alone would let single ones come all day.
_WAKING = 512


class TooMuch(Exception):
    """The server said more, or said it slower, than a server has reason to."""


class Lines:
    """Cuts what arrives into lines; holds at most one that is not complete."""

    __slots__ = ("_partial", "_partial_since")

    def __init__(self) -> None:
        self._partial: bytearray | None = None
        self._partial_since = 0.0

    def feed(self, octets: bytes, *, now: float) -> list[bytes]:
        """Return the lines that are complete now, without CRLF; raise TooMuch for one that is too long."""
        *lines, rest = octets.split(b"\n")
        if lines and self._partial is not None:
            lines[0] = bytes(self._partial) + lines[0]
            self._partial = None
        if rest:
            if self._partial is None:
                self._partial, self._partial_since = bytearray(), now
            self._partial += rest
        if len(self._partial or b"") > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in lines):
            raise TooMuch("The server sent a line without an end.")
        return [line.rstrip(b"\r") for line in lines]

    def check(self, *, now: float) -> None:
        """Raise TooMuch when a line has been incomplete for too long."""
        if self._partial is not None and now - self._partial_since > SLOWEST_LINE_SECONDS:
            raise TooMuch("The server does not finish its line.")


class Allowance:
    """How much a server may still say in this minute."""

    __slots__ = ("_left", "_renewed_at")

    def __init__(self, *, now: float) -> None:
        self._left = OCTETS_PER_MINUTE
        self._renewed_at = now

    def charge_waking(self, *, now: float) -> None:
        """Count that the server woke us; raise TooMuch when it is too often."""
        if now - self._renewed_at >= 60:
            self._left, self._renewed_at = OCTETS_PER_MINUTE, now
        self.charge(_WAKING)

    def charge(self, octets: int) -> None:
        """Count what arrived; raise TooMuch when it is too much."""
        self._left -= octets
        if self._left < 0:
            raise TooMuch("The server sent more in a minute than a mailbox has news.")
