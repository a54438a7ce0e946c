"""The form of a signature: of a mailbox, or of a person (SPEC M21)."""

from typing import Any

from django import forms
from django.http import QueryDict

from mailboxes.forms.rich_text import HTML, as_written, check_fields
from mailboxes.merging import SIGNATURE_FIELDS
from mailhub.lib.html import TooComplex, html_to_text

# Of HTML, as the editor writes it: a signature is no letter.
MAX_SIGNATURE = 50_000


class SignatureForm(forms.Form):
    """What stands below the mail; empty for none. `html` holds what is stored once the form is valid."""

    body = forms.CharField(
        label="Signature",
        required=False,
        strip=False,
        max_length=MAX_SIGNATURE,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": "This is too long for a signature. Paste it again as plain text."},
    )
    # The editor sets it to "html"; without one the text is plain.
    body_format = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, html: str = "", data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"body": html, "body_format": HTML} if html else {})

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "body" not in values:
            return values
        try:
            html = as_written(values["body"], values.get("body_format", ""))
            check_fields(html, SIGNATURE_FIELDS)
        except TooComplex:
            self.add_error("body", "This is too large or nested too deeply. Paste it again as plain text.")
        except forms.ValidationError as error:
            self.add_error("body", error)
        else:
            values["html"] = html if html_to_text(html).strip() or "<img" in html else ""
        return values
