"""The shape of a BER structure (X.690 §8.1), counted and simplified before a library takes it apart.

The library builds an object for every element; a hostile structure of 50 MB holds 25 million of them. It also reads
elements without a length again for each level around them, and joins octets in pieces one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailboxes.smime.limits import MAX_ELEMENT_DEPTH, MAX_ELEMENTS, MAX_STRUCTURE_BYTES


class Malformed(ValueError):
    """The structure is not what it says it is, or goes beyond a limit."""


def check_shape(ber: bytes) -> bytes:
    """Return the one structure that `ber` begins with, every length definite and octets in one piece; raise Malformed.

    What follows it is left out. An element that was so already keeps its octets: it may be signed.
    """
    if len(ber) > MAX_STRUCTURE_BYTES:
        raise Malformed(f"It has {len(ber)} bytes, more than {MAX_STRUCTURE_BYTES}.")
    return _Walk(ber).run()


@dataclass(slots=True)
class _Element:
    """An element that is being read; `end` is None where end-of-contents octets say so."""

    tag: bytes
    start: int
    end: int | None
    # Of each element in it: its tag, its content, and all of it.
    children: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)
    is_changed: bool = False


class _Walk:
    def __init__(self, ber: bytes) -> None:
        self._ber = ber
        self._open: list[_Element] = []
        self._whole = b""

    def run(self) -> bytes:
        position, count = 0, 0
        while True:
            count += 1
            if count > MAX_ELEMENTS:
                raise Malformed(f"It has more than {MAX_ELEMENTS} elements.")
            position = self._read(position)
            while self._open and self._open[-1].end == position:
                self._close(position)
            if not self._open:
                return self._whole

    def _read(self, position: int) -> int:
        """Read an element, or the head of one that holds others; return where to go on."""
        tag, start, length = _head(self._ber, position)
        if length == 0 and tag == b"\0" and self._open and self._open[-1].end is None:
            self._close(start)
            return start
        end = None if length is None else self._within(start + length)
        if tag[0] & _CONSTRUCTED:
            self._open.append(_Element(tag, position, end, is_changed=end is None))
            if len(self._open) > MAX_ELEMENT_DEPTH:
                raise Malformed(f"It is nested deeper than {MAX_ELEMENT_DEPTH}.")
            return start
        if end is None:
            raise Malformed("A primitive element has no length.")
        self._add(tag, self._ber[start:end], self._ber[position:end])
        return end

    def _within(self, end: int) -> int:
        limit = next((one.end for one in reversed(self._open) if one.end is not None), len(self._ber))
        if end > limit:
            raise Malformed("An element is longer than what it stands in.")
        return end

    def _close(self, position: int) -> None:
        element = self._open.pop()
        tag, children = element.tag, element.children
        if _is_in_pieces(tag, children):
            # The bit that says "constructed" goes.
            tag = bytes([tag[0] & ~_CONSTRUCTED])
            content = b"".join(content for _tag, content, _whole in children)
        elif not element.is_changed:
            whole = self._ber[element.start : position]
            self._add(tag, b"", whole)
            return
        else:
            content = b"".join(whole for _tag, _content, whole in children)
        self._add(tag, content, tag + _length(content) + content)
        if self._open:
            self._open[-1].is_changed = True

    def _add(self, tag: bytes, content: bytes, whole: bytes) -> None:
        if self._open:
            self._open[-1].children.append((tag, content, whole))
        else:
            self._whole = whole


def _is_in_pieces(tag: bytes, children: list[tuple[bytes, bytes, bytes]]) -> bool:
    """Whether an element is a string of octets that was written in pieces (§8.7.3).

    In CMS, `[0]` around several of them can be nothing else; around one it may be an explicit tag.
    """
    if any(one[0] != _OCTETS for one in children):
        return False
    return tag == _OCTETS_IN_PIECES or (tag == _CONTEXT_0 and len(children) > 1)


def _length(content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _head(ber: bytes, position: int) -> tuple[bytes, int, int | None]:
    """Return the tag, where the content starts, and its length; None when that is indefinite."""
    start = position
    try:
        first = ber[position]
        position += 1
        if first & 0x1F == 0x1F:
            while ber[position] & 0x80:
                position += 1
            position += 1
        length = ber[position]
    except IndexError as error:
        raise Malformed("It ends too early.") from error
    tag = ber[start:position]
    position += 1
    if length < 0x80:
        return tag, position, length
    if length == 0x80:
        return tag, position, None
    octets = ber[position : position + (length & 0x7F)]
    if len(octets) < length & 0x7F:
        raise Malformed("It ends too early.")
    return tag, position + len(octets), int.from_bytes(octets, "big")


_CONSTRUCTED = 0x20
_OCTETS = b"\x04"
_OCTETS_IN_PIECES = b"\x24"
_CONTEXT_0 = b"\xa0"
