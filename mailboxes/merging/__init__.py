"""Merge fields: `{{ mailbox_name }}` in subjects and texts of templates (SPEC M27, SECURITY TC12)."""

from mailboxes.merging.engine import (
    MAX_OUTPUT,
    MAX_SOURCE,
    MergeRefused,
    check,
    fields_in,
    merge_header,
    merge_html,
    merge_text,
    plain_expressions,
)
from mailboxes.merging.fields import AUTOMATIC_FIELDS, LETTER_FIELDS, PERSONAL_FIELDS, SIGNATURE_FIELDS, Field
from mailboxes.merging.filling import Filled, fill_header, fill_html, missing, unfilled

__all__ = [
    "AUTOMATIC_FIELDS",
    "LETTER_FIELDS",
    "MAX_OUTPUT",
    "MAX_SOURCE",
    "PERSONAL_FIELDS",
    "SIGNATURE_FIELDS",
    "Field",
    "Filled",
    "MergeRefused",
    "check",
    "fields_in",
    "fill_header",
    "fill_html",
    "merge_header",
    "merge_html",
    "merge_text",
    "missing",
    "plain_expressions",
    "unfilled",
]
