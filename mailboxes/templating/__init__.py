"""Templates: kept, filled in, and shown as what they become (SPEC M27)."""

from mailboxes.templating.inserting import Insertion, insertion
from mailboxes.templating.keeping import add_for, obstacle_to_automatic_use, uses_of, with_uses
from mailboxes.templating.previewing import Preview, automatic_preview, reply_preview, sample_preview, values_in
from mailboxes.templating.values import correspondent_of, first_name, letter_values, name_of

__all__ = [
    "Insertion",
    "Preview",
    "add_for",
    "automatic_preview",
    "correspondent_of",
    "first_name",
    "insertion",
    "letter_values",
    "name_of",
    "obstacle_to_automatic_use",
    "reply_preview",
    "sample_preview",
    "uses_of",
    "values_in",
    "with_uses",
]
