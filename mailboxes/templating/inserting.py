"""What a template puts into a letter that a person writes; the preview of a template is made of the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailboxes.merging import LETTER_FIELDS, Field, fill_header, fill_html
from mailboxes.models import ReplyTemplate
from mailhub.lib.html import RemoteContent, html_to_text, sanitise


@dataclass(frozen=True)
class Insertion:
    """Subject, text and sanitised HTML; `unfilled` are the fields that stand in them as marks."""

    subject: str
    text: str
    html: str
    unfilled: tuple[Field, ...]


def insertion(template: ReplyTemplate, values: Mapping[str, str]) -> Insertion:
    """Fill in a template for a letter; raises MergeRefused or TooComplex.

    Marks and values are never filled in again: what comes out is text (SECURITY B105).
    """
    subject, body = fill_header(template.subject, values), fill_html(template.html, values)
    # A literal of a template may hold tags that the editor wrote as entities.
    html = sanitise(body.text, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None).html
    names = {*subject.unfilled, *body.unfilled}
    return Insertion(
        subject=subject.text[:400],
        text=html_to_text(html),
        html=html,
        unfilled=tuple(field for field in LETTER_FIELDS if field.name in names),
    )
