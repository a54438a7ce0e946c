"""Brings the attachments of a mail before the limits of its mailbox (SPEC M24)."""

from dataclasses import dataclass

from mailboxes.intake.refusing import Candidate, Limits, reasons
from mailboxes.intake.signatures import HEAD_OCTETS
from mailboxes.mime.heads import heads
from mailboxes.models import Attachment, AttachmentPolicy, Mailbox

# What the column holds.
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Policy:
    """The limits of a mailbox, and what follows for mail that goes beyond them."""

    limits: Limits
    rejects: bool
    forward_to: str


def load(mailbox: Mailbox) -> Policy | None:
    """Return the policy of a mailbox; None when it takes everything and forwards nothing."""
    row = AttachmentPolicy.objects.filter(mailbox=mailbox).first()
    if row is None:
        return None
    return Policy(
        limits=Limits(
            most_octets=row.most_octets,
            most_octets_together=row.most_octets_together,
            refused=tuple(row.refused_types),
            allowed=tuple(row.allowed_types),
        ),
        rejects=row.consequence == AttachmentPolicy.Consequence.REJECT,
        forward_to=row.forward_to,
    )


def refuse(attachments: list[Attachment], raw: bytes, limits: Limits) -> list[Attachment]:
    """Write into the attachments of `raw` why people do not get them, and return those that they do not get.

    Their rows and their octets stay. What is inside an archive or an enclosed message is not looked at.
    """
    beginnings: dict[int, bytes] = {}
    if limits.needs_heads:
        beginnings = heads(raw, [one.position for one in attachments], HEAD_OCTETS)
    candidates = [
        Candidate(
            filename=one.filename,
            content_type=one.content_type,
            size=one.size,
            is_inline=one.is_inline,
            head=beginnings.get(one.position, b""),
        )
        for one in attachments
    ]
    refused: list[Attachment] = []
    for one, reason in zip(attachments, reasons(candidates, limits), strict=True):
        one.removed_because = reason[:_MOST_CHARACTERS]
        if reason:
            refused.append(one)
    return refused
