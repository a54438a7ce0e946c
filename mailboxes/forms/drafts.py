"""What a page saves as one types: taken as it is, however unfinished."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from mailboxes.composing import AttachmentUpload
from mailboxes.drafts import keeping
from mailboxes.forms.letters import KEPT, MAX_BODY, FilesField
from mailboxes.models import Draft

_LONGEST_LIST = 50_000


class DraftForm(forms.Form):
    """A letter that is not finished. `kind`, `conversation` and `answers` say what it will be."""

    letter_id = forms.UUIDField()
    kind = forms.ChoiceField(choices=Draft.Kind.choices)
    conversation = forms.UUIDField(required=False)
    answers = forms.UUIDField(required=False)
    server = forms.CharField(required=False, max_length=36)
    page = forms.CharField(required=False, max_length=36)
    count = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    to = forms.CharField(required=False, strip=False, max_length=_LONGEST_LIST)
    cc = forms.CharField(required=False, strip=False, max_length=_LONGEST_LIST)
    bcc = forms.CharField(required=False, strip=False, max_length=_LONGEST_LIST)
    subject = forms.CharField(required=False, strip=False, max_length=1000)
    body = forms.CharField(required=False, strip=False, max_length=MAX_BODY)
    body_format = forms.CharField(required=False, max_length=8)
    with_quote = forms.CharField(required=False, max_length=8)
    is_signed = forms.CharField(required=False, max_length=8)
    is_encrypted = forms.CharField(required=False, max_length=8)
    decided = forms.CharField(required=False, max_length=40)
    is_held_by_replies = forms.CharField(required=False, max_length=8)

    def draft_fields(self) -> dict[str, Any]:
        """Return what the draft keeps; the form is valid."""
        kept = {name: str(self.cleaned_data[name]) for name in KEPT}
        chosen = [one[:8] for one in cast(QueryDict, self.data).getlist("forwarded")[:_MOST_FORWARDED]]
        return {**kept, "forwarded": chosen}

    def page_of_draft(self) -> keeping.Page:
        values = self.cleaned_data
        return keeping.Page(values["page"], values["count"] or 0, values["revision"] or 0)


class DraftFilesForm(forms.Form):
    """Files that are attached to a draft as soon as they are chosen."""

    attachments = FilesField()

    def uploads(self) -> list[AttachmentUpload]:
        found: list[AttachmentUpload] = self.cleaned_data["attachments"]
        return found


_MOST_FORWARDED = 1000
