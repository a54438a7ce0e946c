"""What a person writes: new mail, replies and forwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from mailboxes.composing import AttachmentUpload
from mailboxes.drafts import files, keeping
from mailboxes.filenames import safe_filename
from mailboxes.forms.recipients import RecipientsField
from mailboxes.forms.scheduling import moment_on_wall
from mailboxes.models import Attachment, Draft, DraftAttachment, Mailbox
from mailboxes.standing.asking import incorrect_among
from mailboxes.writing.letters import Letter
from mailboxes.writing.send_times import FURTHEST, send_times
from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise, text_to_html
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer

MAX_RECIPIENTS = 100
MAX_BODY = 1024 * 1024
# What a draft keeps, by the names of the fields.
KEPT = (
    *("body_format", "server", "to", "cc", "bcc", "subject", "body"),
    *("with_quote", "is_signed", "is_encrypted", "is_held_by_replies", "decided"),
)


class ServerField(forms.ChoiceField):
    """One of the servers that the person may send through, which somebody has asked for already."""

    servers: Mapping[str, OutgoingServer] = MappingProxyType({})

    def offer(self, servers: Sequence[OutgoingServer]) -> None:
        self.servers = {str(one.pk): one for one in servers}
        self.choices = [(pk, _name_of(one)) for pk, one in self.servers.items()]

    def prepare_value(self, value: Any) -> Any:
        return str(value.pk) if isinstance(value, OutgoingServer) else value

    def clean(self, value: Any) -> Any:
        return self.servers[str(super().clean(value))]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, together no larger than a mail may carry."""

    widget = FilesInput

    def clean(self, value: Any, initial: Any = None) -> list[AttachmentUpload]:
        given = value if isinstance(value, list | tuple) else [value] if value else []
        uploaded = [super(FilesField, self).clean(one, initial) for one in given]
        try:
            files.refuse_excess([one.size or 0 for one in uploaded])
        except files.FileRefused as refused:
            raise ValidationError(str(refused)) from refused
        return list(_uploads(uploaded))


class LetterForm(forms.Form):
    """The fields that all letters share. `letter_id` makes a form that arrives twice one letter."""

    # In plain text a letter without the editor gets simple HTML beside it; one of "plain" has none.
    TEXT, PLAIN, HTML = "text", "plain", "html"

    letter_id = forms.UUIDField(widget=forms.HiddenInput)
    # "html" once the editor has taken the place of the plain text field.
    body_format = forms.ChoiceField(
        choices=[(one, one) for one in (TEXT, PLAIN, HTML)], widget=forms.HiddenInput, required=False, initial=TEXT
    )
    # Which page writes, how often it has saved, and the revision of the draft that it has seen.
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    count = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    server = ServerField(
        label="From",
        error_messages={"invalid_choice": "You cannot send from this address (any more). Choose another one."},
    )
    to = RecipientsField(label="To", error_messages={"required": "Say who this goes to."})
    cc = RecipientsField(label="Cc", required=False)
    bcc = RecipientsField(label="Bcc", required=False)
    body = forms.CharField(
        label="Message",
        widget=forms.Textarea(attrs={"rows": 9}),
        required=False,
        strip=False,
        max_length=MAX_BODY,
    )
    attachments = FilesField(label="Attachments", required=False)
    # When it leaves: the key of a moment that is offered, "chosen" for `send_at`, "" for now.
    send_time = forms.CharField(required=False, max_length=10)
    send_at = forms.DateTimeField(
        label="Send at",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    is_held_by_replies = forms.BooleanField(label="Not if somebody writes before", required=False)
    is_signed = forms.BooleanField(label="Sign", required=False)
    is_encrypted = forms.BooleanField(label="Encrypt", required=False)
    # What the person was asked before sending, and sent all the same.
    was_asked = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    # Which of signing and encrypting the person decided; the others are as is usual.
    decided = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    # Says "also close the conversation".
    closes = forms.BooleanField(required=False)

    field_order = ["letter_id", "body_format", "server", "to", "cc", "bcc", "subject", "body", "attachments"]

    def __init__(
        self,
        *args: Any,
        servers: Sequence[OutgoingServer],
        author: Membership,
        draft: Draft | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.author = author
        self.draft = draft
        self.servers = servers
        cast(ServerField, self.fields["server"]).offer(servers)
        self.fields["letter_id"].initial = draft.pk if draft else new_id
        self.fields["count"].initial = 0
        self.fields["revision"].initial = draft.revision if draft else 0
        for name in ("to", "cc", "bcc"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "data-recipients": ""}
        if self.is_bound and draft is None:
            self.draft = self._named_draft()

    @property
    def chosen_server(self) -> OutgoingServer | None:
        """Whom it leaves through, as far as that is chosen; None for one that the person may not use (any more)."""
        return cast(ServerField, self.fields["server"]).servers.get(str(self["server"].value()))

    @property
    def kept_files(self) -> list[DraftAttachment]:
        """What was attached to the draft before."""
        return list(self.draft.attachments.all()) if self.draft is not None else []

    @property
    def page_of_draft(self) -> keeping.Page:
        """Which page writes; the form is valid."""
        values = self.cleaned_data
        return keeping.Page(values["page"], values["count"] or 0, values["revision"] or 0)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        everyone = sum(len(values.get(name, ())) for name in ("to", "cc", "bcc"))
        if everyone > MAX_RECIPIENTS:
            self.add_error(
                "to",
                f"{everyone} people are too many for one mail: at most {MAX_RECIPIENTS} in To, Cc and Bcc together.",
            )
        self._refuse_incorrect(values)
        self._clean_files(values)
        self._clean_body(values)
        self._clean_send_time(values)
        return values

    def letter(self, *, subject: str, quote: str, quote_html: str = "", is_forward: bool = False) -> Letter:
        """Return what is to be sent, with `quote` below what was written; the form is valid.

        Raises BlobMissing or another error of its files when one is not there any more.
        """
        values = self.cleaned_data
        return Letter(
            id=keeping.id_of(values["letter_id"], author=self.author),
            server=values["server"],
            to=values["to"],
            cc=values["cc"],
            bcc=values["bcc"],
            subject=subject,
            text=values["text"],
            html=values["html"],
            attachments=tuple(self.uploads()),
            written_by=self.author,
            quote=quote,
            quote_html=quote_html,
            is_forward=is_forward,
            send_at=values["leaves_at"],
            is_scheduled=values["leaves_at"] is not None,
            is_held_by_replies=values["is_held_by_replies"] and values["leaves_at"] is not None,
            is_signed=values["is_signed"],
            is_encrypted=values["is_encrypted"],
            closes=values["closes"],
        )

    def uploads(self) -> list[AttachmentUpload]:
        """Return all files of the letter, with their content."""
        kept = self.kept_files
        return [*files.uploads_of(kept), *self._new_files(self.cleaned_data["attachments"], kept)]

    def draft_fields(self) -> dict[str, Any]:
        """Return what a draft keeps of the form, as it was typed."""
        return {name: self.data.get(self.add_prefix(name), "") for name in KEPT if name in self.fields}

    def refuse_as_used(self) -> None:
        """Say that another letter was sent from this form, and give it a new id, so that this one can be sent too."""
        self.add_error(None, "A message was sent from this form already. Send this as another message?")
        self.change_data(letter_id=str(new_id()), revision="0")

    def ask(self, questions: Mapping[str, str]) -> list[str]:
        """Return what must be asked before this leaves, by the names of the questions; each is asked once."""
        asked = self.cleaned_data["was_asked"].split()
        new = {name: words for name, words in questions.items() if name not in asked}
        self.change_data(was_asked=" ".join([*asked, *new]))
        return list(new.values())

    def change_data(self, **values: str) -> None:
        """Let the form, when it is shown again, carry other values than those that came."""
        data = cast(QueryDict, self.data).copy()
        for name, value in values.items():
            data[name] = value
        self.data = data

    def _named_draft(self) -> Draft | None:
        try:
            posted = forms.UUIDField(required=False).clean(self.data.get("letter_id", ""))
        except ValidationError:
            return None
        return keeping.find(keeping.id_of(posted, author=self.author), author=self.author) if posted else None

    def _refuse_incorrect(self, values: dict[str, Any]) -> None:
        """An address whose server said for good that it does not exist is not written to again (SPEC I5)."""
        server = values.get("server")
        if server is None or server.mailbox.kind != Mailbox.Kind.MARKETING:
            return
        for name in ("to", "cc", "bcc"):
            for standing in incorrect_among(one.addr_spec for one in values.get(name, ())):
                self.add_error(
                    name,
                    f"{standing.address} does not work since {standing.incorrect_since:%-d %B %Y}: "
                    f"{standing.incorrect_because} Leave it out; if it works again, an administrator can say so under "
                    f"Settings, Addresses.",
                )

    def _clean_files(self, values: dict[str, Any]) -> None:
        """Weigh what is attached already together with what comes now."""
        if "attachments" not in values:
            return
        kept = self.kept_files
        sizes = [one.size for one in kept] + [len(one.content) for one in self._new_files(values["attachments"], kept)]
        try:
            files.refuse_excess([*sizes, *(one.size for one in self._forwarded(values))])
        except files.FileRefused as refused:
            self.add_error("attachments", str(refused))

    def _new_files(self, uploads: Iterable[AttachmentUpload], kept: list[DraftAttachment]) -> list[AttachmentUpload]:
        return [one for one in uploads if not files.is_among(one, kept)]

    def _forwarded(self, values: dict[str, Any]) -> list[Attachment]:
        """Return the files of another message that go along."""
        return []

    def _clean_body(self, values: dict[str, Any]) -> None:
        if "body" not in values:
            return
        body, body_format = values["body"], values.get("body_format")
        if body_format == self.PLAIN:
            values["text"], values["html"] = body, ""
        elif body_format != self.HTML:
            values["text"], values["html"] = body, f"<div>{text_to_html(body)}</div>"
        else:
            try:
                # The author chose the pictures, so they stay; everything else obeys the rules for received mail.
                safe = sanitise(body, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None)
            except TooComplex:
                self.add_error("body", "This is too large or nested too deeply. Paste it again as plain text.")
                return
            values["html"], values["text"] = safe.html, html_to_text(safe.html)
        if not values["text"].strip() and "attachments" not in self.errors and not self._says_something(values):
            self.add_error("body", "There is nothing to send yet: write something or attach a file.")

    def _says_something(self, values: dict[str, Any]) -> bool:
        """Whether there is something to send although nothing was written."""
        return bool(values.get("attachments") or self.kept_files)

    def _clean_send_time(self, values: dict[str, Any]) -> None:
        """Turn the wish into a moment: `leaves_at`, None for now."""
        key, now = values.get("send_time", ""), clock.now()
        values["leaves_at"] = None
        if not key:
            return
        zone = ZoneInfo(self.author.user.time_zone)
        values["leaves_at"] = next((one.at for one in send_times(now=now, zone=zone) if one.key == key), None)
        if values["leaves_at"] is None and "send_at" not in self.errors:
            values["leaves_at"] = self._chosen_time(values.get("send_at"), now=now, zone=zone)

    def _chosen_time(self, chosen: datetime | None, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        if chosen is None:
            self.add_error("send_at", "Choose the day and the time at which this is to leave.")
            return None
        try:
            # What was typed is a time on the person's wall, whatever the time zone of the server.
            at = moment_on_wall(chosen, zone)
        except ValidationError as error:
            self.add_error("send_at", error)
            return None
        if not now < at < now + FURTHEST:
            self.add_error("send_at", "Choose a time that is still to come, within a year.")
        return at


class NewLetterForm(LetterForm):
    """New mail."""

    subject = forms.CharField(label="Subject", max_length=400, required=False)

    def clean_subject(self) -> str:
        return clean_header(self.cleaned_data["subject"])


class ReplyForm(LetterForm):
    """An answer in a conversation."""

    kind = forms.ChoiceField(
        choices=[(one.value, one.label) for one in keeping.ANSWERS], widget=forms.HiddenInput, required=False
    )
    # The message that is answered; empty where we write after our own.
    answers = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # The newest message that the person has seen.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    with_quote = forms.BooleanField(label="Quote the message below", required=False)

    def acknowledge(self, newest: str) -> None:
        """Let the form, when it is sent once more, say that the person has seen up to `newest`."""
        self.change_data(seen=newest)


class ForwardForm(NewLetterForm):
    """A message that is handed on, with the files of its own that the person leaves chosen."""

    forwarded = forms.TypedMultipleChoiceField(
        label="Files of the message", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, files_of_message: list[Attachment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files_of_message = files_of_message
        field = cast(forms.TypedMultipleChoiceField, self.fields["forwarded"])
        field.choices = [(str(one.position), one.filename) for one in files_of_message]

    def draft_fields(self) -> dict[str, Any]:
        return {**super().draft_fields(), "forwarded": cast(QueryDict, self.data).getlist("forwarded")}

    def _forwarded(self, values: dict[str, Any]) -> list[Attachment]:
        chosen = values.get("forwarded", ())
        return [one for one in self.files_of_message if one.position in chosen]

    def _says_something(self, values: dict[str, Any]) -> bool:
        return True


def _name_of(server: OutgoingServer) -> str:
    name = f"{server.display_name} <{server.from_address}>" if server.display_name else server.from_address
    return name if server.mailbox.is_active else f"{name} (off)"


def _uploads(uploaded: Iterable[UploadedFile[bytes]]) -> Iterable[AttachmentUpload]:
    for number, file in enumerate(uploaded, start=1):
        yield AttachmentUpload(
            filename=safe_filename(file.name or "", f"attachment-{number}"),
            content_type=file.content_type or "application/octet-stream",
            content=file.read(),
        )
