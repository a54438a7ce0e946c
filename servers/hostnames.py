"""Names of mail servers as people type them (RFC 1123 §2.1, RFC 5891)."""

import re

import idna

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LONGEST = 253


class InvalidHostname(ValueError):
    """The text is not the name of a host alone; the message says what is too much in it."""


def valid_hostname(text: str) -> str:
    """Return the name in lower case with its labels in ASCII, without the final dot; raise InvalidHostname.

    Whether we connect there is not decided here but where the socket is opened (mailhub.lib.egress).
    """
    name = text.strip().removesuffix(".")
    if "://" in name or "/" in name or "\\" in name:
        raise InvalidHostname("Enter the name only, such as imap.example.com, without “https://” or a path.")
    if "@" in name:
        raise InvalidHostname("This is an e-mail address. Enter the name of the server, such as imap.example.com.")
    if ":" in name:
        raise InvalidHostname("Enter the name only, such as imap.example.com; the port has a field of its own.")
    try:
        ascii_name = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        ascii_name = ""
    if len(ascii_name) > _LONGEST or not all(_LABEL.fullmatch(label) for label in ascii_name.split(".")):
        raise InvalidHostname("Enter the name only, such as imap.example.com.")
    return ascii_name
