"""A request to prove that one is a person, before a mail is delivered."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.original import original_of


def challenge(inspected: Inspected) -> Classification | None:
    """Recognise a challenge: the mail waits, so it has not failed."""
    if inspected.has("list-id") or inspected.has("list-unsubscribe"):
        return None
    evidence = challenge_in(inspected)
    return waiting(inspected, evidence) if evidence else None


def challenge_in(inspected: Inspected) -> str:
    """Return the words, or the field, that ask for a proof; "" if there are none."""
    if field := next(iter(sorted(_FIELDS & inspected.fields.keys())), ""):
        return field
    # What somebody quotes is not theirs.
    lines = (line for line in inspected.text[:_BEGINNING].split("\n") if not line.startswith(">"))
    text = " ".join(f"{inspected.subject}. {' '.join(lines)}".split()).lower()
    # The search is dear, and one of these is in every challenge.
    words = _WORDS.search(text) if any(sign in text for sign in _SIGNS) else None
    return words[0][:120] if words else ""


def waiting(inspected: Inspected, evidence: str) -> Classification:
    """Return what a mail is that says that another one waits for a proof of its sender."""
    original = original_of(inspected).message_id
    return Classification(Kind.AUTO_REPLY, "challenge", evidence, original_message_id=original)


_BEGINNING = 3000
_FIELDS = frozenset({"x-tmda-fingerprint", "x-boxtrapper", "x-bluebottle-request", "x-amq-challenge", "x-challenge"})
_SIGNS = (
    "confirm your",
    "verify your",
    "authenticate your",
    "release your",
    "held",
    "waitlist",
    "quarantine",
    "awaiting",
    "delivered",
    "delivery of your",
    "through",
    "accepted",
    "released",
    "added to",
    "spammer",
    "challenge",
    "boxtrapper",
    "spam arrest",
    "spamarrest",
    "guest list",
    "zugestellt",
)
_WORDS = re.compile(
    r"(?:confirm|verify|authenticate) your (?:message|mail) (?:to|so|by|in order)|"
    r"release your (?:pending |held )?(?:message|mail)|"
    r"your (?:message|mail|e-mail|email) (?:is|was|has been) (?:being )?"
    r"(?:held (?:for|until|pending|because|in)\b|waitlisted|quarantined pending|awaiting)|"
    r"(?:message|mail) (?:is )?awaiting (?:your )?(?:verification|confirmation|authentication)|"
    r"(?:click|follow|visit|use) [^.]{0,80}(?:so that|in order (?:to|for)|to (?:have|get|allow|"
    r"ensure)) [^.]{0,40}your (?:message|mail|e-mail|email) [^.]{0,30}(?:delivered|through|accepted)|"
    r"to ensure delivery of your (?:message|e-?mail)|"
    r"(?:simply|just|please) (?:reply|respond) to this (?:message|e-?mail|mail)[^.]{0,60}(?:deliver|"
    r"released)|"
    r"(?:have your address|be|been|add you(?:rself)?) added to (?:my|the|their|his|her|"
    r"our) (?:recipient's )?(?:list of )?(?:allowed|approved|whitelist|white list|guest list)|"
    r"not (?:a|sent by a) spammer|challenge[/-]response|boxtrapper|spam ?arrest|"
    r"add yourself to (?:my|the) (?:boxbe )?guest list|boxbe guest list|"
    r"bestätigen sie [^.]{0,60}ihre (?:nachricht|mail) [^.]{0,40}zugestellt",
)
