"""People who want no more mail: by the button of their mail program (RFC 2369 §3.2), or in their own words."""

import re

from mailboxes.classifying.folding import folded, pattern
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.requests import wishes

# A request is short; whoever writes more wants more.
_MAX_REQUEST = 400
_MAX_OTHER_WORDS = 8
_MAX_SUBJECT = 300


def unsubscribe(inspected: Inspected) -> Classification | None:
    """Look at subject, address and the new text, never at what is quoted: every newsletter has the word below it."""
    if any(inspected.has(name) for name in _LIST_FIELDS):
        return None
    evidence = _by_button(inspected) or _in_words(inspected)
    if not evidence:
        return None
    original = (*inspected.mail.in_reply_to[:1], *inspected.mail.references[-1:])
    return Classification(
        Kind.UNSUBSCRIBE,
        rule="requests.unsubscribe",
        evidence=evidence,
        original_message_id=next(iter(original), ""),
    )


def _by_button(inspected: Inspected) -> str:
    """Return the subject or the address that asks, where the text adds nothing to it."""
    text = _new_text(inspected)
    subject = folded(inspected.subject[:_MAX_SUBJECT]).strip()
    is_silent = not text or _is_filler(text) or _PROGRAM_TEXT.match(text) is not None
    if _ALONE_WITH_TOKEN.fullmatch(subject) and (is_silent or _asks(text)):
        return f"Subject: {inspected.subject[:60]}"
    to_itself = any(_ADDRESS.search(one.local_part.lower()) for one in inspected.mail.to[:5])
    if to_itself and (is_silent or _asks(text)) and not subject.startswith(("re:", "aw:", "fwd:")):
        return f"To: {inspected.mail.to[0].addr_spec[:60]}"
    return ""


def _in_words(inspected: Inspected) -> str:
    text = _new_text(inspected)
    if not text or not _asks(text):
        return ""
    return text[:60]


def _asks(text: str) -> bool:
    """True if the text asks to be left alone and says hardly anything else."""
    if len(text) > _MAX_REQUEST or _NOT_A_REQUEST.search(text):
        return False
    bare = text.strip(_PUNCTUATION)
    if _ALONE.fullmatch(bare) or _ALONE.fullmatch(_COURTESY.sub("", bare).strip(_PUNCTUATION)):
        return True
    rest, count = _REQUEST.subn(" ", text)
    return count > 0 and len(_WORD.findall(_COURTESY.sub(" ", rest))) <= _MAX_OTHER_WORDS


def _is_filler(text: str) -> bool:
    """True for politeness alone, and for what only the program of the list understands."""
    return not _WORD.findall(_COURTESY.sub(" ", text)) or _TOKEN.fullmatch(text) is not None


def _new_text(inspected: Inspected) -> str:
    """Return what was written above the quotation and the signature, folded, on one line."""
    new, _quoted = inspected.new_and_quoted
    written = _SIGNATURE.split(new, maxsplit=1)[0] if new.strip() else ""
    return folded(" ".join(written[: 2 * _MAX_REQUEST].split()))


_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "mailing-list", "x-mailing-list")
_PUNCTUATION = " .,;:!?-*\"'()[]"
_WORD = re.compile(r"[^\W\d_]{2,40}")
_TOKEN = re.compile(r"[^\s]{8,400}")
_SIGNATURE = re.compile(
    r"^--\s?$|^_{5,80}\s*$|^(?:sent from|get outlook|von meinem|envoyé de|enviado desde)\b", re.I | re.M
)
_ALONE_SOURCE = pattern(*wishes.ALONE, unspaced=wishes.ALONE_UNSPACED).pattern
_ALONE = re.compile(_ALONE_SOURCE)
_ALONE_WITH_TOKEN = re.compile(
    rf"(?:re: ?|aw: ?)?[\[(\"]?(?:{_ALONE_SOURCE})(?: ?request)?[\])\"!.]{{0,3}}"
    # A token has a digit, or is an address.
    r"(?:[ :_-]{1,3}(?=[^\s]{0,250}[\d@=])[^\s]{4,250})?"
)
_REQUEST = pattern(*wishes.REQUEST, unspaced=wishes.REQUEST_UNSPACED)
_NOT_A_REQUEST = pattern(*wishes.NOT_A_REQUEST)
_COURTESY = re.compile(rf"\b(?:{folded('|'.join(wishes.COURTESY))})\b")
_PROGRAM_TEXT = re.compile(
    r"this (?:message|e-?mail) was (?:automatically generated|sent) (?:by|from|to) |apple mail sent this |"
    r"please unsubscribe|unsubscribe\b|.{0,80}sent this (?:e-?mail|message) to unsubscribe"
)
_ADDRESS = re.compile(
    r"^(?:list-?)?unsub(?:scribe)?(?:[-+._=].{0,200})?$|[+._-](?:unsub|unsubscribe|leave|optout|opt-out)(?:[-+._=].{0,200})?$|"
    r"^(?:abmelden|abmeldung|desinscription|desabonnement|baja|optout|opt-out|uitschrijven)$"
)
