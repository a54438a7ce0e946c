"""Who is in it, and has each of them what the texts show?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from sequences.models import Contact, Enrollment, Sequence
from sequences.showing.lacking import Lacking, lacking_in
from sequences.starting.verdicts import Check, Fix, Verdict, ok, warning

_State = Enrollment.State
_CONTACTS = "Contacts"
_FIELDS = "Merge fields"
# So many are looked at; what holds for them holds for the others.
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True)
class Waiting:
    """Contacts who are on their way or pause, as far as mail is still to leave to them."""

    # By server; those without one are under None.
    by_server: Mapping[uuid.UUID | None, int]
    # Those who got nothing yet.
    new: int

    @property
    def total(self) -> int:
        return sum(self.by_server.values())

    @classmethod
    def load(cls, sequence: Sequence) -> Waiting:
        rows = waiting_in(sequence).order_by().values("server_id")
        counted = list(rows.annotate(waiting=Count("pk"), new=Count("pk", filter=Q(last_send=None))))
        return cls({one["server_id"]: one["waiting"] for one in counted}, sum(one["new"] for one in counted))


def waiting_in(sequence: Sequence) -> QuerySet[Enrollment]:
    """Return the enrollments to which mail is still to leave."""
    return Enrollment.objects.filter(sequence=sequence, state__in=[_State.ACTIVE, _State.PAUSED])


def check_people(sequence: Sequence, waiting: Waiting) -> list[Check]:
    """How many are in it? Nobody is no trouble: contacts can be added at any time."""
    fix = Fix("sequences:enrollment-list", (sequence.pk,), "Add contacts")
    if not waiting.total:
        return [Check(Verdict.OK, _CONTACTS, "Nobody waits in it yet. Contacts can be added at any time.", fix)]
    who = "1 contact waits" if waiting.total == 1 else f"{waiting.total:,} contacts wait"
    begun = waiting.total - waiting.new
    if begun == waiting.total:
        return [ok(_CONTACTS, f"{who} for the next mail.")]
    return [ok(_CONTACTS, f"{who} for mail{f', {begun:,} of them on the way already' if begun else ''}.")]


def check_values(
    sequence: Sequence, waiting: Waiting, needed: Listed[str], said_of_all: Mapping[str, str]
) -> list[Check]:
    """How many of them lack a value for a field that the texts show? Of the first 10,000.

    `needed` are the fields without a default, `said_of_all` the values that are the same for everybody.
    """
    give = Fix("sequences:sequence-detail", (sequence.pk,), "Give it a default")
    found = [
        warning(_FIELDS, f"“{name}” is empty for everybody and has no default: nothing can be sent.", give)
        for name in needed
        if said_of_all.get(name) == ""
    ]
    looked_at = waiting_in(sequence).order_by("-added_at", "-id").values("contact")[:MOST_LOOKED_AT]
    contacts: QuerySet[Contact] = Contact.objects.filter(pk__in=looked_at)
    see = Fix("sequences:enrollment-list", (sequence.pk,), "See the contacts")
    among = f" of the {MOST_LOOKED_AT:,} added last" if waiting.total > MOST_LOOKED_AT else ""
    found += [warning(_FIELDS, _words(one, among), see) for one in lacking_in(sequence, contacts)]
    return found or [ok(_FIELDS, "Each contact has a value, or the text a default, for every field that is shown.")]


def _words(lacking: Lacking, among: str) -> str:
    whom = "1 contact has" if lacking.count == 1 else f"{lacking.count:,} contacts have"
    return f"{whom}{among} no value for “{lacking.label}”: they pause, so that nobody gets a mail with a gap."
