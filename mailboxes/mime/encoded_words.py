"""Encoded words in header values (RFC 2047), and how senders get them wrong."""

import binascii
import re
from functools import lru_cache

from mailboxes.mime import charsets, transfer


def decode_words(value: str) -> str:
    """Return `value` with its encoded words decoded; what is broken beyond reading stays as it is."""
    if "=?" not in value:
        return value
    # A sender's name stands in many mails, and in each more than once.
    return _decoded_before(value) if len(value) <= _MAX_REMEMBERED else _decoded(value)


def encode_words(text: str) -> str:
    """Return `text` as encoded words of at most 75 characters (§2), separated by spaces."""
    chunks: list[bytes] = [b""]
    for character in text:
        octets = character.encode()
        if len(chunks[-1]) + len(octets) > _MAX_ENCODED_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return " ".join(f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?=" for chunk in chunks)


@lru_cache(maxsize=2048)
def _decoded_before(value: str) -> str:
    return _decoded(value)


def _decoded(value: str) -> str:
    decoded: list[str] = []
    # Neighbours of one charset are joined before they are decoded: senders cut characters in two (against §5).
    octets, charset, cut_digits = b"", "", ""
    position = 0
    while (word := _WORD.search(value, position)) is not None:
        end = _end_of_word(value, word)
        if end < 0:
            break
        between = value[position : word.start()]
        named = word[1].lower()
        is_neighbour = bool(octets) and not between.strip()
        if not is_neighbour or named != charset:
            if octets:
                decoded.append(charsets.decode(octets, charset))
            # White space between two encoded words is not part of the text (§6.2).
            decoded.append("" if is_neighbour else between)
            octets, charset = b"", named
            cut_digits = ""
        encoded = value[word.end() : end]
        if word[2] in "bB":
            # Some senders cut the digits, too, anywhere; those that were left over belong to the next word.
            octets = octets[: len(octets) - len(cut_digits) * 3 // 4] if cut_digits else octets
            encoded, cut_digits = cut_digits + encoded, _cut_digits(cut_digits + encoded)
        else:
            cut_digits = ""
        octets += _octets(encoded, word[2])
        position = end + 2
    decoded.append(charsets.decode(octets, charset))
    decoded.append(value[position:])
    return "".join(decoded)


def _end_of_word(value: str, word: re.Match[str]) -> int:
    """Return where the `?=` of an encoded word stands, -1 if nowhere."""
    end = value.find("?=", word.end())
    if word[2] in "qQ" and end >= 0 and _HEX_PAIR.match(value, end + 2):
        # A question mark that should have been encoded, before a character that is: `what?=C3=A9?=`.
        later = _LATER_END.match(value, end + 2)
        return later.end() - 2 if later else end
    return end


def _cut_digits(encoded: str) -> str:
    """Return the digits of base64 behind the last whole octet, if they cannot be the end of what was encoded."""
    digits = encoded.strip()
    rest = digits[len(digits) - len(digits) % 4 :]
    if not rest or digits.endswith("="):
        return ""
    # The bits that no octet takes are zero at an end, where only the padding is missing.
    is_end = {2: rest[-1] in _FOUR_ZERO_BITS, 3: rest[-1] in _TWO_ZERO_BITS}.get(len(rest), False)
    return "" if is_end else rest


def _octets(encoded: str, encoding: str) -> bytes:
    raw = encoded.encode("utf-8", "replace")
    if encoding in "bB":
        return transfer.decode_base64(raw)
    if b" " in raw and b"_" in raw:
        # Its spaces are written as underscores, so these came from folding inside of the word.
        raw = raw.replace(b" ", b"")
    return binascii.a2b_qp(raw, header=True)


# The language suffix is RFC 2231 §5; white space inside comes from folding where none is allowed.
_WORD = re.compile(r"=\?\s{0,4}([^?*\s]{0,60})(?:\*[^?\s]{0,40})?\s{0,4}\?\s{0,4}([bBqQ])\s{0,4}\?")
_FOUR_ZERO_BITS = "AQgw"
_TWO_ZERO_BITS = "AEIMQUYcgkosw048"
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_LATER_END = re.compile(r"[^?\s]{1,200}\?=(?![0-9A-Fa-f]{2})")
# 45 octets are 60 characters of base64; with `=?utf-8?b?` and `?=` that makes 72.
_MAX_ENCODED_OCTETS = 45
_MAX_REMEMBERED = 300
