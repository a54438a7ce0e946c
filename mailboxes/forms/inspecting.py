"""The form that takes a mail to be explained."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat

from mailboxes.models import Mailbox

MAX_OCTETS = 25 * 1024 * 1024


class InspectForm(forms.Form):
    """A mail as a file or as text, and the mailbox that it would come into, if that matters."""

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text="A message as a mail program saves it (.eml), up to 25 MB.",
        widget=forms.FileInput(attrs={"accept": ".eml,.txt,message/rfc822"}),
    )
    source = forms.CharField(
        label="Or its source",
        required=False,
        strip=False,
        max_length=MAX_OCTETS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="What “Show original” gives in most mail programs.",
    )
    # Django's own classes take no subscript.
    mailbox: forms.ModelChoiceField = forms.ModelChoiceField(  # type: ignore[type-arg]
        label="Mailbox",
        required=False,
        queryset=Mailbox.objects.none(),
        empty_label="None: only what it says itself",
        help_text="With a mailbox, its rules and conversations are asked too. Nothing is stored or sent.",
    )

    def __init__(self, *args: Any, mailboxes: QuerySet[Mailbox], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mailbox"].queryset = mailboxes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        raw = self._octets(values)
        if not raw.strip():
            raise ValidationError("Choose a file, or paste the source of a message.")
        if len(raw) > MAX_OCTETS:
            raise ValidationError(f"This message is larger than {filesizeformat(MAX_OCTETS)}.")
        values["raw"] = raw
        return values

    @staticmethod
    def _octets(values: dict[str, Any]) -> bytes:
        file = values.get("file")
        if isinstance(file, UploadedFile):
            # One octet more tells that it is too large; no more of it is read.
            return bytes(file.read(MAX_OCTETS + 1))
        return str(values.get("source", "")).encode("utf-8", "replace")
