"""What a contact may be told to be: cleaned and checked before it is written anywhere."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import cast

from django.db.models import CharField

from mailboxes.forms.recipients import read_piece
from mailhub.lib import times
from sequences.contacts.kinds import UnfitValue, read_value
from sequences.models import Contact, ContactField

# How the plain fields are called on screens, and how long they may be.
LABELS = {
    "address": "E-mail address",
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "job_title": "Job title",
    "phone": "Phone",
    "time_zone": "Time zone",
}
TEXTS = ("first_name", "last_name", "company", "job_title", "phone")


class ContactRefused(ValueError):
    """A value cannot be kept; `field` is its name (of custom fields the key) and `words` say how to put it right.

    `existing` is the contact that has the address already, where that is why.
    """

    def __init__(self, field: str, words: str, *, existing: Contact | None = None) -> None:
        super().__init__(words)
        self.field = field
        self.words = words
        self.existing = existing


@dataclass(frozen=True)
class ContactValues:
    """What a person or a file says of a contact. `custom` names what is to be set: "" takes a value away, and the
    values of fields that it does not name stay."""

    address: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    job_title: str = ""
    phone: str = ""
    time_zone: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


def checked(values: ContactValues, fields: Sequence[ContactField]) -> ContactValues:
    """Return the values as they are kept, the address as it is written; raise ContactRefused. Asks no database."""
    texts = {name: _text(name, getattr(values, name)) for name in TEXTS}
    return replace(
        values,
        address=_address(values.address),
        time_zone=_time_zone(values.time_zone),
        custom=_custom(values.custom, fields),
        **texts,
    )


def _address(text: str) -> str:
    given = _line("address", "The e-mail address", text)
    if not given:
        raise ContactRefused("address", "There is no e-mail address. Every contact needs one.")
    found = read_piece(given)
    if found is None or len(found.addr_spec) > _MAX_ADDRESS:
        words = f"“{given[:80]}” is no address that mail can be sent to. Write it like nina@example.com."
        raise ContactRefused("address", words)
    return found.addr_spec


def _text(name: str, text: str) -> str:
    label = LABELS[name]
    line = _line(name, label, text)
    longest = _LONGEST[name]
    if len(line) > longest:
        raise ContactRefused(name, f"{label} is longer than {longest} characters. Shorten it.")
    return line


def _time_zone(text: str) -> str:
    name = _line("time_zone", LABELS["time_zone"], text)
    if not name:
        return ""
    zone = _zones().get(_folded(name))
    if zone is None:
        words = f"“{name[:60]}” is no time zone. Write region and place, such as Europe/Berlin, or leave it empty."
        raise ContactRefused("time_zone", words)
    return zone


def _custom(custom: Mapping[str, str], fields: Sequence[ContactField]) -> dict[str, str]:
    known = {one.key: one for one in fields}
    kept = {}
    for key, text in custom.items():
        if key not in known:
            raise ContactRefused(key, f"There is no field “{key[:40]}” any more. Load the page again.")
        line = _line(key, known[key].label, text)
        try:
            kept[key] = read_value(known[key].kind, line)
        except UnfitValue as unfit:
            raise ContactRefused(key, f"{known[key].label}: {unfit}") from unfit
    return kept


def _line(name: str, label: str, text: str) -> str:
    """Return one line of text; what acts on its reader without being seen does not get in (SECURITY B030, B045)."""
    line = " ".join(unicodedata.normalize("NFC", _DIRECTIONS.sub("", text)).split())
    if _CONTROLS.search(line):
        raise ContactRefused(name, f"{label} holds characters that nobody can see. Type it again.")
    return line


@cache
def _zones() -> Mapping[str, str]:
    return {_folded(name): name for name in times.zone_names()}


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "_")


_LONGEST = {name: cast("CharField[str, str]", Contact._meta.get_field(name)).max_length or 0 for name in TEXTS}
# RFC 5321 §4.5.3.1.3, without the angle brackets.
_MAX_ADDRESS = 254
# Address books put them around telephone numbers; they change what a reader sees, and mean nothing here.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
