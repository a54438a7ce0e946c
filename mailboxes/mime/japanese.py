"""ISO-2022-JP (RFC 1468, RFC 2237) as Japanese mail really uses it: with the characters of Windows in between."""

import re

from mailboxes.mime.limits import MAX_BODY_CHARACTERS


def decode_iso2022(raw: bytes) -> str:
    """Return the text of `raw`; octets that mean nothing become U+FFFD.

    The standard codec knows neither NEC row 13 (①, ㈱), which CP50220 has, nor half-width kana by shift characters.
    """
    if b"\x0e" not in raw:
        try:
            return raw.decode("iso2022_jp_ext")
        except UnicodeDecodeError:
            pass
    raw = raw[:MAX_BODY_CHARACTERS]
    decoded: list[str] = []
    charset, position = b"(B", 0
    for escape in _ESCAPE.finditer(raw):
        decoded.append(_run(raw[position : escape.start()], charset))
        charset, position = escape[1] or escape[0], escape.end()
    decoded.append(_run(raw[position:], charset))
    return "".join(decoded)


def _run(octets: bytes, charset: bytes) -> str:
    if not octets:
        return ""
    if charset in (b"(I", b"\x0e"):
        return bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in octets).decode("cp932", "replace")
    if charset in _EUC_PREFIXES:
        prefix, codec = _EUC_PREFIXES[charset]
        if not prefix and min(octets) > _LAST_CONTROL:
            try:
                return octets.translate(_HIGH).decode(codec)
            except UnicodeDecodeError:
                pass
        return _rows(octets, prefix, codec)
    # Bytes above 127 have no place here, and are Shift_JIS where they stand.
    return octets.decode("cp932", "replace")


def _rows(octets: bytes, prefix: bytes, codec: str) -> str:
    """Decode characters of two octets, row and cell; line breaks may stand between them."""
    decoded: list[str] = []
    position = 0
    while position < len(octets):
        if octets[position] <= _LAST_CONTROL:
            decoded.append(chr(octets[position]))
            position += 1
            continue
        pair = octets[position : position + 2].translate(_HIGH)
        decoded.append(_character(pair, prefix, codec))
        position += 2
    return "".join(decoded)


def _character(pair: bytes, prefix: bytes, codec: str) -> str:
    if len(pair) < 2:
        return "\ufffd"
    try:
        return (prefix + pair).decode(codec)
    except UnicodeDecodeError:
        return _as_shift_jis(pair) if codec == "euc_jp" and not prefix else "\ufffd"


def _as_shift_jis(pair: bytes) -> str:
    """Decode a row and cell that only Windows assigns (JIS X 0208 annex 1 gives the arithmetic)."""
    row, cell = pair[0] & 0x7F, pair[1] & 0x7F
    lead = ((row - 0x21) >> 1) + (0x81 if row <= _LAST_LOW_ROW else 0xC1)
    trail = cell + (0x1F if cell < _HIGH_CELL else 0x20) if row & 1 else cell + 0x7E
    return bytes((lead & 0xFF, trail & 0xFF)).decode("cp932", "replace")


_LAST_CONTROL = 0x20
_HIGH = bytes(octet | 0x80 for octet in range(256))
_LAST_LOW_ROW = 0x5E
_HIGH_CELL = 0x60
_ESCAPE = re.compile(rb"\x1b(\([A-Z]|\$\([A-Z]|\$[@AB])|[\x0e\x0f]")
# How the octets of a set are written in an EUC codec.
_EUC_PREFIXES = {
    b"$@": (b"", "euc_jp"),
    b"$B": (b"", "euc_jp"),
    b"$(B": (b"", "euc_jp"),
    b"$(Q": (b"", "euc_jis_2004"),
    b"$(O": (b"", "euc_jis_2004"),
    b"$(P": (b"\x8f", "euc_jis_2004"),
    b"$(D": (b"\x8f", "euc_jp"),
    b"$A": (b"", "gb2312"),
    b"$(C": (b"", "euc_kr"),
}
