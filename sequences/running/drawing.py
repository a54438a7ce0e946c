"""Chance that comes out the same each time: drawn from ids."""

import hashlib
import uuid
from collections.abc import Sequence as Listed

from sequences.models import Variant


def drawn(below: int, *ids: object) -> int:
    """Return a number from 0 up to `below`, always the same for these ids and spread evenly over others."""
    digest = hashlib.sha256("|".join(map(str, ids)).encode("ascii")).digest()
    return int.from_bytes(digest[:8], "big") % max(1, below)


def seconds_apart(count: int) -> int:
    """Return over how many seconds so many mails are drawn apart that are due at once; a single one is not."""
    return min(_APART * max(0, count - 1), _LONGEST_SPREAD)


def variant_for(enrollment_id: uuid.UUID, step_id: uuid.UUID, variants: Listed[Variant]) -> Variant | None:
    """Return the variant of a step that a contact gets, by weight among those that are switched on; None without any.

    The same for as long as the variants stay as they are.
    """
    active = sorted((one for one in variants if one.is_active and one.weight), key=lambda one: one.label)
    chosen = drawn(sum(one.weight for one in active), enrollment_id, step_id)
    for variant in active:
        chosen -= variant.weight
        if chosen < 0:
            return variant
    return None


# Seconds between two mails that are due at once, and over how long they are spread at most.
_APART = 5
_LONGEST_SPREAD = 3600
