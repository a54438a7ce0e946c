"""The list of what a person has begun to write."""

from dataclasses import dataclass

from mailboxes.models import Draft
from mailhub.lib.html import html_to_text, snippet
from mailhub.tenancy.models import Membership

# Nobody looks for a draft behind so many.
MOST = 200
_MOST_OFFERED = 3


@dataclass(frozen=True)
class Row:
    """One line: to whom, about what, and how it begins."""

    draft: Draft
    to: str
    subject: str
    snippet: str
    file_count: int


def drafts_of(author: Membership) -> list[Row]:
    """Return the drafts of this person in mailboxes that they may use, the newest first, in two queries."""
    rows = Draft.objects.of(author).unsent().select_related("mailbox", "conversation", "server")
    return [_row(draft) for draft in rows.prefetch_related("attachments").order_by("-changed_at", "id")[:MOST]]


def new_mail_of(author: Membership) -> list[Row]:
    """Return the newest drafts of new mail: what a page that begins another one offers to go on with."""
    rows = Draft.objects.of(author).unsent().filter(conversation=None).select_related("mailbox", "server")
    return [_row(draft) for draft in rows.prefetch_related("attachments").order_by("-changed_at", "id")[:_MOST_OFFERED]]


def _row(draft: Draft) -> Row:
    fields = draft.fields
    subject = fields.get("subject") or (str(draft.conversation) if draft.conversation is not None else "")
    body = fields.get("body", "")
    text = html_to_text(body) if fields.get("body_format") == "html" else body
    return Row(draft, fields.get("to", "")[:200], subject, snippet(text), len(draft.attachments.all()))
