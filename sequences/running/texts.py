"""What a step says to one contact: its template filled in, and the way out below (SPEC S6, SECURITY TC12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from mailboxes.merging import MergeRefused, fill_header, fill_html
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise


class FieldsMissing(Exception):
    """Fields that the text shows have neither a value nor a default for this contact."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"No value for {', '.join(names)}.")
        self.names = names


class TextRefused(Exception):
    """The text cannot be filled in for anybody; the words say what to change."""


@dataclass(frozen=True)
class Written:
    """A mail as its reader gets it, below its header. `subject` is "" where it stays in the thread."""

    subject: str
    text: str
    html: str


def write(subject: str, html: str, values: Mapping[str, str], *, sender_line: str, unsubscribe_url: str) -> Written:
    """Fill in a text for one contact; raise FieldsMissing or TextRefused.

    The line of the sender stands below, and a link to unsubscribe unless the text has one of its own.
    """
    try:
        filled_subject, filled_body = fill_header(subject, values), fill_html(html, values)
        # A literal of a template may hold tags that the editor wrote as entities.
        safe = sanitise(filled_body.text, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None).html
    except (MergeRefused, TooComplex) as refused:
        raise TextRefused(str(refused)) from refused
    missing = tuple(dict.fromkeys((*filled_subject.unfilled, *filled_body.unfilled)))
    if missing:
        raise FieldsMissing(missing)
    if subject.strip() and not filled_subject.text:
        raise TextRefused("Nothing is left of the subject once its fields are filled in.")
    text = html_to_text(safe)
    return Written(
        subject=filled_subject.text[:_LONGEST_SUBJECT],
        text=_text_with_footer(text, sender_line, unsubscribe_url),
        html=_html_with_footer(safe, sender_line, unsubscribe_url),
    )


def _text_with_footer(text: str, sender_line: str, unsubscribe_url: str) -> str:
    lines = [sender_line] if sender_line else []
    if unsubscribe_url not in text:
        # A link may have words of its own, of which plain text shows no more.
        lines.append(f"Unsubscribe: {unsubscribe_url}")
    return "\n".join([text.rstrip(), "", *lines]) if lines else text


def _html_with_footer(html: str, sender_line: str, unsubscribe_url: str) -> str:
    lines = [escape(sender_line)] if sender_line else []
    if unsubscribe_url not in html:
        lines.append(f'<a href="{escape(unsubscribe_url)}">Unsubscribe</a>')
    return f'{html}\n<p style="font-size: 12px; color: #666666">{"<br>".join(lines)}</p>' if lines else html


_LONGEST_SUBJECT = 500
