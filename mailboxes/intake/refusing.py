"""Which attachments does a mailbox not take, and why? Pure (SPEC M24)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from mailboxes.filenames import may_show_inline
from mailboxes.intake.file_types import expanded, kind_among, preset_with
from mailboxes.intake.signatures import content_of
from mailboxes.intake.sizes import size_words


@dataclass(frozen=True)
class Candidate:
    """An attachment as far as it is looked at; `head` are its first octets, once decoded."""

    filename: str
    content_type: str
    size: int
    is_inline: bool = False
    head: bytes = b""


@dataclass(frozen=True)
class Limits:
    """Sizes are octets, None for no limit; kinds are as `mailboxes.intake.file_types` reads them."""

    most_octets: int | None = None
    most_octets_together: int | None = None
    refused: Sequence[str] = ()
    allowed: Sequence[str] = ()

    @property
    def needs_heads(self) -> bool:
        return bool(self.refused or self.allowed)


def reasons(candidates: Sequence[Candidate], limits: Limits) -> list[str]:
    """Return why each attachment is refused, "" for those that are taken, in their order.

    Pictures that stand in the text are looked at for their size only. Together counts what is taken: the first ones
    that fit stay.
    """
    judge = _judge(limits)
    found: list[str] = []
    together = 0
    for one in candidates:
        reason = _too_large(one, limits) or ("" if _is_picture_in_text(one) else judge(one))
        if not reason and limits.most_octets_together is not None:
            if together + one.size > limits.most_octets_together:
                reason = f"Together with those before it, it is larger than {size_words(limits.most_octets_together)}."
            else:
                together += one.size
        found.append(reason)
    return found


def _too_large(one: Candidate, limits: Limits) -> str:
    if limits.most_octets is None or one.size <= limits.most_octets:
        return ""
    return f"It is larger than {size_words(limits.most_octets)}."


def _is_picture_in_text(one: Candidate) -> bool:
    """A sender can call anything inline: it must be a picture that is shown as one."""
    return one.is_inline and may_show_inline(one.content_type, one.head[:16])


def _judge(limits: Limits) -> Callable[[Candidate], str]:
    refused, allowed = expanded(limits.refused), expanded(limits.allowed)

    def judge(one: Candidate) -> str:
        for kind, words in _kinds_of(one, refused):
            preset = preset_with(limits.refused, kind)
            return f"{words}: {preset.words.lower()} are not taken." if preset else f"{words}, which is not taken."
        if not allowed or _is_technical(one) or _is_allowed(one, allowed):
            return ""
        return "It is of no kind that is taken."

    return judge


def _kinds_of(one: Candidate, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield those of `kinds` that the attachment is of, with words for it: by name and type, then by its content."""
    among = frozenset(kinds)
    kind = kind_among(among, one.filename, one.content_type)
    if kind:
        yield kind, f"It is of the type {kind}"
    content = content_of(one.head)
    if content is None or kind_among(content.honest, one.filename, ""):
        return
    for judged in content.judged_as:
        if judged in among:
            yield judged, f"It is really {content.words}"


def _is_allowed(one: Candidate, allowed: frozenset[str]) -> bool:
    content = content_of(one.head)
    if content is not None and not kind_among(content.honest, one.filename, ""):
        # It is not what its name says; what it is may be allowed all the same.
        return any(judged in allowed for judged in content.judged_as)
    return bool(kind_among(allowed, one.filename, one.content_type))


def _is_technical(one: Candidate) -> bool:
    """Signatures, and parts of reports of mail systems: nobody thinks of them who lists what is allowed."""
    return one.content_type.lower() in _TECHNICAL and content_of(one.head) is None


_TECHNICAL = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
    }
)
