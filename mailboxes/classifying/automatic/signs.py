"""What the words of a mail tell of who wrote them: a program, or somebody who is at the keyboard."""

import re
from collections.abc import Iterator

from mailboxes.classifying.automatic.words import sentences as words
from mailboxes.classifying.folding import folded, pattern
from mailboxes.classifying.inspected import Inspected

# Automatic answers come to the point.
MAX_OPENING = 1_000


class Reading:
    """The new text of a mail, folded, on one line; and whether an older mail is quoted below it."""

    def __init__(self, inspected: Inspected) -> None:
        new, quoted = inspected.new_and_quoted
        self.has_quote = bool(quoted.strip())
        self.text = " ".join(new.split())
        self.opening = folded(self.text[:MAX_OPENING])
        self._recipient_names = _names_of(inspected)

    def signs(self) -> Iterator[tuple[str, int]]:
        """Yield what is said as programs say it, with what it weighs."""
        for name, weight, expected in _TABLE:
            if expected.search(self.opening):
                yield name, weight
        if _ABSENT.search(self.opening):
            yield "absent", 2
        elif _ON_VACATION.search(self.opening):
            yield "on vacation", 1

    @property
    def is_absent(self) -> bool:
        return bool(_ABSENT.search(self.opening) or _ON_VACATION.search(self.opening))

    @property
    def greets_by_name(self) -> bool:
        """True if the recipient is addressed by their own name, which most programs do not know."""
        greeting = _GREETING.match(self.opening)
        return greeting is not None and not self._recipient_names.isdisjoint(greeting[1].split())

    @property
    def is_transaction(self) -> bool:
        """True if it is about a password, an order or a payment: "we have received your request to reset …"."""
        return _TRANSACTION.search(self.opening) is not None

    @property
    def asks(self) -> bool:
        return any(mark in self.text for mark in "?？")


def _names_of(inspected: Inspected) -> frozenset[str]:
    """Return the words of the recipient's name and address, folded."""
    if not inspected.mail.to:
        return frozenset()
    recipient = inspected.mail.to[0]
    return frozenset(_WORD.findall(folded(f"{recipient.display_name} {recipient.local_part}"[:200])))


_TRANSACTION = pattern(*words.TRANSACTION)
_ABSENT = pattern(*words.ABSENT, unspaced=words.ABSENT_UNSPACED)
_ON_VACATION = pattern(*words.ON_VACATION)
_TABLE: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("automatic reply", 3, pattern(*words.ROBOT, unspaced=words.ROBOT_UNSPACED)),
    ("received", 2, pattern(*words.RECEIVED, unspaced=words.RECEIVED_UNSPACED)),
    ("ticket", 2, pattern(*words.TICKET)),
    ("unattended mailbox", 2, pattern(*words.UNATTENDED)),
    ("left", 2, pattern(*words.LEFT)),
    ("thanks for the mail", 1, pattern(*words.THANKS, unspaced=words.THANKS_UNSPACED)),
    ("answers later", 1, pattern(*words.LATER, unspaced=words.LATER_UNSPACED)),
    ("urgent cases", 1, pattern(*words.URGENT, unspaced=words.URGENT_UNSPACED)),
    ("returns", 1, pattern(*words.RETURNS)),
    ("not to be answered", 1, pattern(*words.NOT_TO_BE_ANSWERED)),
    ("little access", 1, pattern(*words.LITTLE_ACCESS)),
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon)|hallo|liebe[r]?|guten (?:tag|morgen)|bonjour|salut|cher|chere|"
    r"hola|buenos dias|ciao|buongiorno|gentile|ola|bom dia|beste|dag|hej|hei|moi|czesc|ahoj|dobry den)\s"
    r"([^,.!:]{1,60})"
)
_WORD = re.compile(r"[^\W\d_]{2,40}")
