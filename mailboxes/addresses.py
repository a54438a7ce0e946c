"""Addresses of people (RFC 5322 §3.4): read tolerantly, compared, and checked before they go into an envelope."""

import re
import unicodedata
from dataclasses import dataclass

import email_validator
import idna
from django.conf import settings

from mailboxes.mime.encoded_words import decode_words
from mailhub.lib.headers import clean_header

MAX_ADDRESSES = 500
MAX_ADDR_SPEC = 320


class InvalidAddress(ValueError):
    """The text is not an address that mail can be sent to."""


@dataclass(frozen=True)
class Address:
    """An address as a header shows it. `addr_spec` may lack a domain in received mail (`<MAILER-DAEMON>`)."""

    display_name: str
    addr_spec: str

    @property
    def local_part(self) -> str:
        return self.addr_spec.rpartition("@")[0] or self.addr_spec

    @property
    def domain(self) -> str:
        return self.addr_spec.rpartition("@")[2] if "@" in self.addr_spec else ""

    def __str__(self) -> str:
        """The header form, not encoded: `"Berg, Anna" <anna@example.com>`."""
        if not self.display_name:
            return self.addr_spec
        return f"{quoted_phrase(self.display_name)} <{self.addr_spec}>"


def parse_address_list(header_value: str) -> tuple[Address, ...]:
    """Return the addresses of a From, To, Cc or Reply-To value, at most 500; what is no address is left out.

    Encoded words are decoded after the list was taken apart, so that a display name cannot bring an address along.
    """
    return _ListReader(header_value).read()


def normalise(addr_spec: str) -> str:
    """Return the form in which two addresses are compared: all lower case, the domain in its ASCII form (RFC 5891)."""
    local_part, at, domain = unicodedata.normalize("NFC", addr_spec.strip()).rpartition("@")
    return f"{local_part.lower()}{at}{_ascii_domain(domain)}"


def valid_addr_spec(text: str) -> str:
    """Return the address as it goes into an envelope (RFC 5321 §4.1.2), its domain in ASCII; raise InvalidAddress.

    Quoted local parts, comments, address literals and invisible characters are refused (SECURITY B048), and so are
    local parts that would need SMTPUTF8.
    """
    allow_test_domains = bool(getattr(settings, "ALLOW_TEST_DOMAINS", False))
    try:
        checked = email_validator.validate_email(
            _as_public(text) if allow_test_domains else text,
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=allow_test_domains,
        )
    except email_validator.EmailNotValidError as error:
        raise InvalidAddress(str(error)) from error
    return f"{checked.local_part}@{checked.ascii_domain.removesuffix(_STAND_IN)}"


def quoted_phrase(display_name: str) -> str:
    """Return a display name as a phrase (RFC 5322 §3.2.5), quoted if it must be."""
    if _PLAIN_PHRASE.fullmatch(display_name):
        return display_name
    escaped = display_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _ListReader:
    """Takes an address list apart in one pass.

    A word is a run of pieces without white space between them; each piece is kept raw (for an address) and plain (for
    a name), and joined only when the address is complete.
    """

    def __init__(self, value: str) -> None:
        self._value = value
        self._found: list[Address] = []
        self._words: list[list[tuple[str, str]]] = []
        self._comments: list[str] = []
        self._angle: str | None = None
        self._unfinished_name = ""
        self._has_open_comment = False

    def read(self) -> tuple[Address, ...]:
        position, glued = 0, False
        value, end = self._value, len(self._value)
        last_quote, last_parenthesis = value.rfind('"'), value.rfind(")")
        while position < end and len(self._found) < MAX_ADDRESSES:
            character = value[position]
            if character in " \t\r\n":
                position, glued = position + 1, False
            elif character in ",;":
                self._finish_address()
                position, glued = position + 1, False
            elif character == ":":
                # The name of a group (§3.4), or "mailto:".
                self._words, glued = [], False
                position += 1
            elif character == "<":
                position, glued = self._read_angle(position), False
            elif character == '"' and position < last_quote:
                position, glued = self._read_quoted(position, glued=glued), True
            elif character == "(" and position < last_parenthesis and not self._has_open_comment:
                position = self._read_comment(position)
            else:
                position, glued = self._read_atom(position, glued=glued), True
        self._finish_address()
        return tuple(self._found[:MAX_ADDRESSES])

    def _read_quoted(self, position: int, *, glued: bool) -> int:
        quoted = _QUOTED.match(self._value, position)
        assert quoted is not None  # The pattern matches at every quote.
        self._add_word(quoted[0], _QUOTED_PAIR.sub(r"\1", quoted[1]), glued=glued)
        return quoted.end()

    def _read_atom(self, position: int, *, glued: bool) -> int:
        atom = _ATOM.match(self._value, position)
        assert atom is not None  # The pattern matches any character.
        self._add_word(atom[0], atom[0], glued=glued)
        return atom.end()

    def _add_word(self, raw: str, plain: str, *, glued: bool) -> None:
        if glued and self._words:
            self._words[-1].append((raw, plain))
        else:
            self._words.append([(raw, plain)])

    def _read_angle(self, position: int) -> int:
        if self._angle is not None:
            self._finish_address()
        content = _ANGLE.match(self._value, position)
        assert content is not None  # The pattern matches at every opening bracket.
        text = content[2] if content[1] is None else content[1]
        # An obsolete route, `<@relay.example:user@example.com>` (§4.4), names no one.
        if text.lstrip().startswith("@"):
            text = text.partition(":")[2]
        self._angle = text
        return content.end()

    def _read_comment(self, position: int) -> int:
        depth, start = 0, position + 1
        for match in _PARENTHESIS.finditer(self._value, position):
            if match[0] == "(":
                depth += 1
            elif match[0] == ")":
                depth -= 1
            if depth == 0:
                self._comments.append(self._value[start : match.start()])
                return match.end()
        # Never closed, so it is no comment, and neither is any that follows: looking again would take quadratic time.
        self._has_open_comment = True
        return position

    def _finish_address(self) -> None:
        words = [("".join(raw for raw, _plain in word), "".join(plain for _raw, plain in word)) for word in self._words]
        comments, angle = self._comments, self._angle
        self._words, self._comments, self._angle = [], [], None
        name = " ".join(plain for _raw, plain in words)
        if angle is not None:
            name = f"{self._unfinished_name}, {name}" if self._unfinished_name and name else name
            self._unfinished_name = ""
            self._add(name or " ".join(comments), angle)
            return
        addr_spec, rest = _bare_address(words)
        if addr_spec:
            self._unfinished_name = ""
            self._add(rest or " ".join(comments), addr_spec)
        else:
            # Outlook leaves the quotes off `Berg, Anna <anna@example.com>`.
            self._unfinished_name = name

    def _add(self, name: str, addr_spec: str) -> None:
        spec = clean_header(addr_spec)
        if '"' not in spec:
            spec = "".join(spec.split())
        if spec and len(spec) <= MAX_ADDR_SPEC:
            self._found.append(Address(display_name=_display_name(name), addr_spec=spec))


def _bare_address(words: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the address among words without angle brackets, and the other words."""
    for place in range(len(words) - 1, -1, -1):
        raw = words[place][0]
        local_part, _at, domain = raw.rpartition("@")
        if local_part and domain:
            rest = " ".join(plain for other, (_raw, plain) in enumerate(words) if other != place)
            return raw, rest
    joined = "".join(raw for raw, _plain in words)
    # `anna @ example . com` is obsolete, and legal (§4.4).
    is_spread = len(words) > 1 and joined.count("@") == 1 and not joined.startswith("@") and not joined.endswith("@")
    return (joined, "") if is_spread else ("", "")


def _display_name(name: str) -> str:
    cleaned = clean_header(decode_words(name))
    if len(cleaned) > 1 and cleaned[0] == cleaned[-1] and cleaned[0] in "'\"":
        cleaned = cleaned[1:-1].strip()
    return cleaned


def _ascii_domain(domain: str) -> str:
    lowered = domain.lower().rstrip(".")
    if lowered.isascii() or len(lowered) > _MAX_DOMAIN:
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except UnicodeError:  # idna's own errors are of this class.
        return lowered


def _as_public(text: str) -> str:
    """Let localhost stand under .test: nothing makes email-validator accept it as it is."""
    return _LOCAL_DOMAIN.sub(rf"\1{_STAND_IN}", text)


_MAX_DOMAIN = 255
_PLAIN_PHRASE = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*")
# An open quote, and a backslash with nothing behind it, end with the value.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# An encoded word is one atom, also where its text holds what would separate addresses (against RFC 2047 §5).
_ATOM = re.compile(r"(?:=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*+\?=|\[[^\]\s,<>]{0,100}\]|[^\s,;:<>\"(\[])+|.", re.DOTALL)
# Without its closing bracket it ends at the next comma.
_ANGLE = re.compile(r"<(?:([^<>]*+)>|([^<>,;]*+))")
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_STAND_IN = ".stand-in.test"
_LOCAL_DOMAIN = re.compile(r"([@.]localhost)\Z", re.IGNORECASE)
