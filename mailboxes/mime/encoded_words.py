"""Encoded words in header values (RFC 2047), and how senders get them wrong."""

import binascii
import re

from mailboxes.mime import charsets, transfer


def decode_words(value: str) -> str:
    """Return `value` with its encoded words decoded; what is broken beyond reading stays as it is."""
    if "=?" not in value:
        return value
    decoded: list[str] = []
    # Neighbours of one charset are joined before they are decoded: senders cut characters in two (against §5).
    octets, charset = b"", ""
    position = 0
    while (word := _WORD.search(value, position)) is not None:
        end = value.find("?=", word.end())
        if end < 0:
            break
        between = value[position : word.start()]
        if not octets or between.strip() or word[1].lower() != charset:
            decoded.append(charsets.decode(octets, charset))
            # White space between two encoded words is not part of the text (§6.2).
            decoded.append(between if between.strip() or not octets else "")
            octets, charset = b"", word[1].lower()
        octets += _octets(value[word.end() : end], word[2])
        position = end + 2
    decoded.append(charsets.decode(octets, charset))
    decoded.append(value[position:])
    return "".join(decoded)


def encode_words(text: str) -> str:
    """Return `text` as encoded words of at most 75 characters (§2), separated by spaces."""
    chunks: list[bytes] = [b""]
    for character in text:
        octets = character.encode()
        if len(chunks[-1]) + len(octets) > _MAX_ENCODED_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return " ".join(f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?=" for chunk in chunks)


def _octets(encoded: str, encoding: str) -> bytes:
    raw = encoded.encode("utf-8", "replace")
    if encoding in "bB":
        return transfer.decode_base64(raw)
    return binascii.a2b_qp(raw, header=True)


# The language suffix is RFC 2231 §5.
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?")
# 45 octets are 60 characters of base64; with `=?utf-8?b?` and `?=` that makes 72.
_MAX_ENCODED_OCTETS = 45
