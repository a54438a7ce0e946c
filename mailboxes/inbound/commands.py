"""Reads command lines (RFC 5321 §4.1)."""

import re
from dataclasses import dataclass

from mailboxes.inbound import replies
from mailboxes.inbound.replies import Refused, Reply

# Of the columns that keep envelope addresses; longer than the 256 octets of §4.5.3.1.3.
MAX_PATH_CHARACTERS = 320

# A path: anything but brackets, or a quoted string, which may have them.
_PATH = re.compile(r'<((?:[^<>"\\]|"(?:[^"\\]|\\.)*")*)>(?: +(.*))?')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SIZE = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True)
class Command:
    """A verb in capitals, and what follows it."""

    verb: str
    argument: str


@dataclass(frozen=True)
class MailCommand:
    """MAIL with its parameters; `size` is what the client declares (RFC 1870), 0 when it does not."""

    reverse_path: str
    size: int
    is_utf8: bool


def read(line: bytes) -> Command:
    """Read one line; raise Refused when it is not text."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(replies.BAD_ARGUMENT) from error
    if _CONTROLS.search(text):
        raise Refused(replies.BAD_ARGUMENT)
    verb, _space, argument = text.partition(" ")
    return Command(verb.upper(), argument.strip())


def read_mail(argument: str) -> MailCommand:
    """Read `FROM:<reverse-path> [parameters]`; raise Refused."""
    path, parameters = _read_path(argument, "FROM:", replies.BAD_SENDER)
    size = 0
    is_utf8 = False
    for parameter in parameters:
        keyword, _equals, value = parameter.upper().partition("=")
        if keyword == "SIZE" and _SIZE.fullmatch(value):
            size = int(value)
        elif keyword == "SMTPUTF8" and parameter == keyword:
            is_utf8 = True
        elif (keyword, value) not in (("BODY", "7BIT"), ("BODY", "8BITMIME")):
            raise Refused(replies.UNKNOWN_PARAMETER)
    _check_characters(path, is_utf8=is_utf8)
    # Whoever cannot be answered writes the null reverse path; a name without a domain is neither (§3.6.3).
    if path and not all(path.rpartition("@")):
        raise Refused(replies.BAD_SENDER)
    return MailCommand(path, size, is_utf8)


def read_rcpt(argument: str, *, is_utf8: bool) -> str:
    """Read `TO:<forward-path>` and return the path; raise Refused."""
    path, parameters = _read_path(argument, "TO:", replies.BAD_RECIPIENT)
    if parameters:
        raise Refused(replies.UNKNOWN_PARAMETER)
    _check_characters(path, is_utf8=is_utf8)
    return path


def _read_path(argument: str, keyword: str, syntax_error: Reply) -> tuple[str, list[str]]:
    if argument[: len(keyword)].upper() != keyword:
        raise Refused(replies.BAD_ARGUMENT)
    # Many clients write a space after the colon, against the grammar.
    found = _PATH.fullmatch(argument[len(keyword) :].strip())
    if found is None or len(found[1]) > MAX_PATH_CHARACTERS:
        raise Refused(syntax_error)
    path = found[1]
    if path.startswith("@"):
        # A source route is to be understood and left aside (§4.1.1.3, appendix C).
        path = path.partition(":")[2]
    return path, (found[2] or "").split()


def _check_characters(path: str, *, is_utf8: bool) -> None:
    if not is_utf8 and not path.isascii():
        raise Refused(replies.NEEDS_SMTPUTF8)
