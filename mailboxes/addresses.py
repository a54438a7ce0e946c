"""Addresses of people (RFC 5322 §3.4): read tolerantly, compared, and checked before they go into an envelope."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import email_validator
import idna
from django.conf import settings

from mailboxes.mime.address_lists import MAX_ADDR_SPEC, display_name, read_address_list

MAX_ADDRESSES = 500


class InvalidAddress(ValueError):
    """The text is not an address that mail can be sent to."""


@dataclass(frozen=True)
class Address:
    """An address as a header shows it.

    In received mail `addr_spec` may lack a domain (`<MAILER-DAEMON>`), and in From be empty.
    """

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
        if not self.addr_spec:
            return quoted_phrase(self.display_name)
        return f"{quoted_phrase(self.display_name)} <{self.addr_spec}>"


def parse_address_list(header_value: str) -> tuple[Address, ...]:
    """Return the addresses of a To, Cc or Reply-To value, at most 500; what is no address is left out.

    Encoded words are decoded after the list was taken apart, so that a display name cannot bring an address along.
    """
    if len(header_value) > _MAX_REMEMBERED:
        return _address_list(header_value)
    return _address_list_before(header_value)


def parse_senders(header_value: str) -> tuple[Address, ...]:
    """Return the addresses of a From value; where it has none, the name that stands there.

    A word alone is a local part, as in `MAILER-DAEMON`; of several words the address is empty.
    """
    found = parse_address_list(header_value)
    if found:
        return found
    comment = _COMMENT.search(header_value)
    name = display_name(_COMMENT.sub("", header_value).strip(" \t,;<>"))
    if not name or len(name) > MAX_ADDR_SPEC:
        return ()
    is_word = not set(name) & _NOT_IN_A_WORD
    return (Address(display_name(comment[1]) if comment else "", name) if is_word else Address(name, ""),)


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


def _address_list(header_value: str) -> tuple[Address, ...]:
    return tuple([Address(name, addr_spec) for name, addr_spec in read_address_list(header_value, MAX_ADDRESSES)])


@lru_cache(maxsize=2048)
def _address_list_before(header_value: str) -> tuple[Address, ...]:
    # The same people write to the same mailbox again and again.
    return _address_list(header_value)


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


_MAX_REMEMBERED = 200
_MAX_DOMAIN = 255
_PLAIN_PHRASE = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*")
_COMMENT = re.compile(r"\(([^()]*+)\)")
_NOT_IN_A_WORD = frozenset(' "<>(),:;@[]')
_STAND_IN = ".stand-in.test"
_LOCAL_DOMAIN = re.compile(r"([@.]localhost)\Z", re.IGNORECASE)
