"""What a person writes: new mail and replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat

from mailboxes.composing import AttachmentUpload
from mailboxes.filenames import safe_filename
from mailboxes.forms.recipients import RecipientsField
from mailboxes.models import Mailbox
from mailboxes.standing.asking import incorrect_among
from mailboxes.writing.letters import Letter, letter_id
from mailhub.lib.headers import clean_header
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise, text_to_html
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer

MAX_RECIPIENTS = 100
MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
MAX_ATTACHMENTS = 100
MAX_BODY = 1024 * 1024


# Django's own classes take no subscript.
class ServerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, server: Any) -> str:
        name = f"{server.display_name} <{server.from_address}>" if server.display_name else server.from_address
        return name if server.mailbox.is_active else f"{name} (off)"


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, together no larger than a mail may carry."""

    widget = FilesInput

    def clean(self, value: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        given = value if isinstance(value, list | tuple) else [value] if value else []
        files = [super(FilesField, self).clean(one, initial) for one in given]
        if len(files) > MAX_ATTACHMENTS:
            raise ValidationError(f"{len(files)} files are too many: attach at most {MAX_ATTACHMENTS}.")
        total = sum(one.size or 0 for one in files)
        if total > MAX_ATTACHMENT_BYTES:
            raise ValidationError(
                f"These files are {filesizeformat(total)} together, and a mail carries at most "
                f"{filesizeformat(MAX_ATTACHMENT_BYTES)}. Choose fewer or smaller ones, or send a link. "
                "What you wrote is kept."
            )
        return files


class LetterForm(forms.Form):
    """The fields that new mail and replies share. `letter_id` makes a form that arrives twice one letter."""

    PLAIN, HTML = "text", "html"

    letter_id = forms.UUIDField(widget=forms.HiddenInput)
    # "html" once the editor has taken the place of the plain text field.
    body_format = forms.ChoiceField(
        choices=[(PLAIN, PLAIN), (HTML, HTML)], widget=forms.HiddenInput, required=False, initial=PLAIN
    )
    server = ServerField(label="From", queryset=OutgoingServer.objects.none(), empty_label=None)
    to = RecipientsField(label="To", error_messages={"required": "Say who this goes to."})
    cc = RecipientsField(label="Cc", required=False)
    body = forms.CharField(
        label="Message",
        widget=forms.Textarea(attrs={"rows": 9}),
        required=False,
        strip=False,
        max_length=MAX_BODY,
    )
    attachments = FilesField(label="Attachments", required=False)

    field_order = ["letter_id", "body_format", "server", "to", "cc", "subject", "body", "attachments"]

    def __init__(self, *args: Any, servers: QuerySet[OutgoingServer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["server"].queryset = servers  # type: ignore[attr-defined]
        self.fields["letter_id"].initial = new_id
        for name in ("to", "cc"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        count = len(values.get("to", ())) + len(values.get("cc", ()))
        if count > MAX_RECIPIENTS:
            self.add_error(
                "to", f"{count} people are too many for one mail: at most {MAX_RECIPIENTS} in To and Cc together."
            )
        self._refuse_incorrect(values)
        self._clean_body(values)
        return values

    def letter(self, *, subject: str, quote: str, written_by: Membership) -> Letter:
        """Return what is to be sent, with `quote` below what was written; the form is valid."""
        values = self.cleaned_data
        return Letter(
            id=letter_id(values["letter_id"], written_by),
            server=values["server"],
            to=values["to"],
            cc=values["cc"],
            subject=subject,
            text=values["text"],
            html=values["html"],
            attachments=tuple(_uploads(values["attachments"])),
            written_by=written_by,
            quote=quote,
        )

    def refuse_as_used(self) -> None:
        """Say that another letter was sent from this form, and give it a new id, so that this one can be sent too."""
        self.add_error(None, "A message was sent from this form already. Send this as another message?")
        self.change_data(letter_id=str(new_id()))

    def change_data(self, **values: str) -> None:
        """Let the form, when it is shown again, carry other values than those that came."""
        data = cast(QueryDict, self.data).copy()
        for name, value in values.items():
            data[name] = value
        self.data = data

    def _refuse_incorrect(self, values: dict[str, Any]) -> None:
        """An address whose server said for good that it does not exist is not written to again (SPEC I5)."""
        server = values.get("server")
        if server is None or server.mailbox.kind != Mailbox.Kind.MARKETING:
            return
        for name in ("to", "cc"):
            for standing in incorrect_among(one.addr_spec for one in values.get(name, ())):
                self.add_error(
                    name,
                    f"{standing.address} does not work since {standing.incorrect_since:%-d %B %Y}: "
                    f"{standing.incorrect_because} Leave it out; if it works again, an administrator can say so under "
                    f"Settings, Addresses.",
                )

    def _clean_body(self, values: dict[str, Any]) -> None:
        if "body" not in values:
            return
        body = values["body"]
        if values.get("body_format") != self.HTML:
            values["text"], values["html"] = body, f"<div>{text_to_html(body)}</div>"
        else:
            try:
                # The author chose the pictures, so they stay; everything else obeys the rules for received mail.
                safe = sanitise(body, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None)
            except TooComplex:
                self.add_error("body", "This is too large or nested too deeply. Paste it again as plain text.")
                return
            values["html"], values["text"] = safe.html, html_to_text(safe.html)
        if not values["text"].strip() and not values.get("attachments") and "attachments" not in self.errors:
            self.add_error("body", "There is nothing to send yet: write something or attach a file.")


class NewLetterForm(LetterForm):
    """New mail."""

    subject = forms.CharField(label="Subject", max_length=400, required=False)

    def clean_subject(self) -> str:
        return clean_header(self.cleaned_data["subject"])


class ReplyForm(LetterForm):
    """An answer in a conversation."""

    # The message that is answered; empty where we write after our own.
    answers = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # The newest message that the person has seen.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    with_quote = forms.BooleanField(label="Quote the message below", required=False)

    def acknowledge(self, newest: str) -> None:
        """Let the form, when it is sent once more, say that the person has seen up to `newest`."""
        self.change_data(seen=newest)


def _uploads(files: Iterable[UploadedFile[bytes]]) -> Iterable[AttachmentUpload]:
    for number, file in enumerate(files, start=1):
        yield AttachmentUpload(
            filename=safe_filename(file.name or "", f"attachment-{number}"),
            content_type=file.content_type or "application/octet-stream",
            content=file.read(),
        )
