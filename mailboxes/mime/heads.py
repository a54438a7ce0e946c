"""The first octets of parts, without decoding the rest of them."""

from collections.abc import Collection

from mailboxes.mime import transfer
from mailboxes.mime.content import part_at
from mailboxes.mime.structure import read_structure


def heads(raw: bytes, positions: Collection[int], octets: int) -> dict[int, bytes]:
    """Return up to `octets` decoded octets of each part, by the positions of `AttachmentPart`; raise Unreadable.

    Only what is needed is decoded, and a position that the mail does not have is left out.
    """
    root = read_structure(raw)
    leaves = list(root.leaves())
    found: dict[int, bytes] = {}
    for position in positions:
        # Files that stand as text in a body are counted behind the parts.
        part = leaves[position] if position < len(leaves) else part_at(root, position, ())
        if part is not None:
            encoded = part.encoded(_MOST_ENCODED * octets)
            found[position] = transfer.decode(encoded, part.transfer_encoding)[:octets]
    return found


# Quoted-printable takes three characters for an octet, and soft line breaks besides.
_MOST_ENCODED = 4
