"""What a person should know of a letter before it leaves (SPEC Q3, M18, M20, M21)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailboxes import merging, protection
from mailboxes.addresses import Address
from mailboxes.composing import CompositionRefused
from mailboxes.models import AddressStanding, BlindCopyAddress, Message
from mailboxes.standing.asking import incorrect_among
from mailboxes.writing.signatures import signed_off
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Written:
    """A letter as far as it is written. `text` is what was typed, without what is quoted."""

    server: OutgoingServer
    author: Membership
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    has_files: bool = False
    answers: Message | None = None
    # What stands in the boxes, and which of them ("is_signed is_encrypted") the person has decided.
    is_signed: bool = False
    is_encrypted: bool = False
    decided: str = ""


@dataclass(frozen=True)
class Facts:
    """What is true of a letter. `signature` is its text; `unsigned_because` says why it cannot be made."""

    blind_copies: Sequence[str]
    protection: protection.Protection
    # Whether it is to be signed and encrypted: as decided, else as is usual where it can be.
    signs: bool
    encrypts: bool
    decided: str
    unfilled: Sequence[str]
    incorrect: Sequence[AddressStanding]
    lacks_file: bool
    signature: str
    unsigned_because: str


def facts_of(written: Written, *, now: datetime) -> Facts:
    """Return what is true of a letter, in a number of queries that does not grow with it."""
    everyone = (*written.to, *written.cc, *written.bcc)
    possible = protection.possible(written.server, (*written.to, *written.cc), bcc=written.bcc, now=now)
    signature, unsigned_because = _signature(written)
    copies = BlindCopyAddress.objects.filter(mailbox=written.server.mailbox_id).values_list("address", flat=True)
    return Facts(
        blind_copies=list(copies),
        protection=possible,
        signs=_signs(written, possible),
        encrypts=_encrypts(written, possible),
        decided=written.decided,
        unfilled=merging.unfilled(f"{written.subject}\n{written.text}"),
        incorrect=incorrect_among(one.addr_spec for one in everyone),
        lacks_file=not written.has_files and speaks_of_file(written.text),
        signature=signature,
        unsigned_because=unsigned_because,
    )


def speaks_of_file(text: str) -> bool:
    """Whether a text says that something is attached, in one of the languages that are known here."""
    return _SPEAKS_OF_FILE.search(text) is not None


def _signs(written: Written, possible: protection.Protection) -> bool:
    is_decided = "is_signed" in written.decided.split()
    return written.is_signed if is_decided else possible.signs_unless_asked


def _encrypts(written: Written, possible: protection.Protection) -> bool:
    """What was switched on stays so where it becomes impossible: the letter is refused then, not sent in clear."""
    is_decided = "is_encrypted" in written.decided.split()
    return written.is_encrypted or (not is_decided and possible.encrypts_unless_asked(written.answers))


def _signature(written: Written) -> tuple[str, str]:
    server = written.server
    try:
        text, _html = signed_off("", "", mailbox=server.mailbox, author=written.author, address=server.from_address)
    except CompositionRefused as reason:
        return "", str(reason)
    return text.removeprefix("-- \n").strip(), ""


# Words that begin like these, except where they stand for themselves.
_SPEAKS_OF_FILE = re.compile(
    r"\b(?:attached|attachments?|enclosed|see enclosure"
    r"|anhang|anhänge|angehängt\w*|anbei|beigefügt\w*|im anhang|anlagen?\b(?=\s+(?:finden|erhalten|übersende))"
    r"|pi[eè]ces? jointes?|ci-joint\w*"
    r"|adjunt[oa]s?|en adjunto"
    r"|allegat[oiae]|in allegato"
    r"|em anexo|anexos?|segue anexo"
    r"|bijlagen?|bijgevoegd\w*"
    r"|załącznik\w*|w załączeniu"
    r"|bifogad\w*|bifogar|bilagor?|vedlagt\w*|vedhæft\w*|vedlegg|oheis\w*|liitteenä"
    r"|přílo\w+|mellékel\w*|csatol\w*|ekte|ekli"
    r")\b|во вложении|прикреп|вложен|у вкладенні|添付|附件|첨부",
    re.IGNORECASE,
)
