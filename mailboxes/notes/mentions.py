"""Whom a note names. Pure.

A name is written whole, as `@Mara Lind`, or as the address, `@mara@acme.example`. Half a name could mean somebody who
may not see the mailbox, and name another person in their place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Mentions:
    """Who is named, and what looks like a name of somebody and is none of these people's."""

    people: tuple[Membership, ...]
    unknown: tuple[str, ...]


def mentions_in(text: str, people: Iterable[Membership]) -> Mentions:
    """Return whom `text` names of `people`, who may see the mailbox; nobody else can be named (SPEC T3)."""
    handles = _handles(people)
    longest_first = sorted(handles, key=len, reverse=True)
    found: dict[object, Membership] = {}
    unknown: list[str] = []
    folded = text.casefold()
    # Folding may change the length of a text ("ß"): then places are looked up in the folded one alone.
    source = text if len(folded) == len(text) else folded
    for match in _AT.finditer(source):
        behind = folded[match.end() :]
        handle = next((one for one in longest_first if behind.startswith(one) and _ends(behind, len(one))), None)
        if handle is not None:
            found[handles[handle].pk] = handles[handle]
        elif (word := _WORD.match(source, match.end())) is not None and word[0] not in unknown:
            unknown.append(word[0])
    return Mentions(people=tuple(found.values()), unknown=tuple(unknown[:_MOST_UNKNOWN]))


def handle_of(person: Membership, people: Iterable[Membership]) -> str:
    """Return what to write behind `@` for this person: their name, or their address where another one has the name."""
    name = person.user.name
    same = [one for one in people if one.user.name.casefold() == name.casefold()]
    return name if name and len(same) == 1 else person.user.email


def _handles(people: Iterable[Membership]) -> dict[str, Membership]:
    owners: defaultdict[str, set[Membership]] = defaultdict(set)
    for one in people:
        owners[one.user.email.casefold()].add(one)
        if name := one.user.name.casefold().strip():
            owners[name].add(one)
    # What two people share names neither.
    return {handle: next(iter(named)) for handle, named in owners.items() if len(named) == 1}


def _ends(text: str, place: int) -> bool:
    return place == len(text) or not (text[place].isalnum() or text[place] in "_@")


# Not inside a word: an address is no mention.
_AT = re.compile(r"(?<![\w.+-])@(?=\w)")
_WORD = re.compile(r"\w[\w.@-]{0,60}")
_MOST_UNKNOWN = 5
