"""What others write back about a mail of ours, as far as a reply check needs it."""

from mailboxes.classifying import Classification, Kind
from mailboxes.parsing import Mail
from servers.failures import clean_words

_OF_MACHINES = frozenset({Kind.AUTO_REPLY, Kind.BOUNCE, Kind.DELAYED})
_MACHINE_FIELDS = frozenset({"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response"})
_MACHINE_PRECEDENCE = frozenset({"auto_reply", "bulk", "junk", "list"})
_MOST_CHARACTERS = 2000


def is_automatic(mail: Mail, found: Classification) -> bool:
    """Whether a machine wrote the mail: a report, an out-of-office answer (RFC 3834 §5)."""
    return found.kind in _OF_MACHINES or mail.auto_submitted != "no" or any(map(_is_of_machine, mail.headers))


def failure_words(mail: Mail, found: Classification) -> str | None:
    """Return what the reporting server said of a failed delivery; None for a mail that reports none."""
    if found.kind != Kind.BOUNCE:
        return None
    said = next((one.diagnostic or one.status for one in found.recipients if one.diagnostic or one.status), "")
    return clean_words(said or mail.text[:_MOST_CHARACTERS]) or "The delivery failed."


def _is_of_machine(field: tuple[str, str]) -> bool:
    name, value = field[0].lower(), field[1].strip().lower()
    return name in _MACHINE_FIELDS or (name == "precedence" and value in _MACHINE_PRECEDENCE)
