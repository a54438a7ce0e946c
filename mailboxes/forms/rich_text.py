"""Text that is written in the rich-text editor, or in a plain field where there is none."""

from typing import Any

from django import forms

from mailboxes.merging import AUTOMATIC_FIELDS, Field, MergeRefused, check
from mailhub.lib.headers import clean_header
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise, text_to_html

HTML, PLAIN = "html", "text"


class TemplateTextForm(forms.Form):
    """Subject and text of a template, with merge fields. `html` holds what is stored once the form is valid."""

    subject = forms.CharField(
        label="Subject", max_length=400, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    body = forms.CharField(label="Text", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 10}))
    # The editor sets it to "html"; without one the text is plain.
    body_format = forms.CharField(required=False, widget=forms.HiddenInput)

    is_text_needed = True
    merge_fields: tuple[Field, ...] = AUTOMATIC_FIELDS

    def clean_subject(self) -> str:
        subject = clean_header(self.cleaned_data["subject"])
        check_fields(subject, self.merge_fields)
        return subject

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "body" not in values or not self.is_text_needed:
            return values
        try:
            values["html"] = as_written(values["body"], values.get("body_format", ""))
            check_fields(values["html"], self.merge_fields)
        except TooComplex:
            self.add_error("body", "This is too large or nested too deeply. Paste it again as plain text.")
        except forms.ValidationError as error:
            self.add_error("body", error)
        else:
            if not html_to_text(values["html"]).strip():
                self.add_error("body", "Write what the answer says.")
        return values


def as_written(body: str, body_format: str) -> str:
    """Return sanitised HTML of what was written, in the editor or in a plain field; raise TooComplex."""
    if body_format != HTML:
        body = f"<div>{text_to_html(body)}</div>" if body.strip() else ""
    # The author chose the pictures, so they stay; everything else obeys the rules for received mail.
    return sanitise(body, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None).html


def check_fields(source: str, fields: tuple[Field, ...]) -> None:
    """Raise ValidationError unless `source` can be filled in with these fields."""
    try:
        check(source, fields)
    except MergeRefused as refused:
        raise forms.ValidationError(str(refused)) from refused
