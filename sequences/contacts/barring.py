"""A person puts addresses and domains on the suppression list: what is under way to them ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from mailhub.tenancy.models import Membership
from sequences.contacts.suppressing import SuppressionRefused, Target, read_target, suppress
from sequences.models import Enrollment
from sequences.stopping.ending import stop

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Pasted:
    """What a person pasted, one a line: what can go onto the list, and what is neither address nor domain."""

    targets: Sequence[Target]
    refused: Sequence[str]


def read_pasted(text: str) -> Pasted:
    """Read lines, commas, semicolons and spaces as what separates addresses and domains; each counts once."""
    targets: dict[str, Target] = {}
    refused = []
    for piece in text.replace(",", " ").replace(";", " ").split():
        try:
            target = read_target(piece)
        except SuppressionRefused:
            refused.append(piece[:80])
        else:
            targets.setdefault(target.text, target)
    return Pasted(tuple(targets.values()), tuple(refused))


def bar(targets: Sequence[Target], words: str, *, by: Membership, now: datetime) -> None:
    """Suppress these, and stop what is under way to them in sequences."""
    with transaction.atomic():
        for target in targets:
            suppress(target.text, words, by=by, now=now)
    reached = Q(contact__address__in=[one.text for one in targets if not one.is_domain])
    for one in targets:
        if one.is_domain:
            reached |= Q(contact__domain=one.text) | Q(contact__domain__endswith=f".{one.text}")
    said = words or "Put on the suppression list."
    stop(Enrollment.objects.filter(reached), Enrollment.Cause.UNSUBSCRIBED, said, by=by, now=now)
