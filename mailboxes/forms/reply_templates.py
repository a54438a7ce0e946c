"""Forms of templates (SPEC M27)."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from mailboxes import templating
from mailboxes.forms.rich_text import HTML, TemplateTextForm, as_written
from mailboxes.merging import LETTER_FIELDS
from mailboxes.models import Conversation, ReplyTemplate
from mailhub.lib.headers import clean_header
from mailhub.lib.html import TooComplex


class ReplyTemplateForm(TemplateTextForm):
    """A template: its name, and what it says. `uses` are, in words, what answers with it by itself."""

    merge_fields = LETTER_FIELDS

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="For you and your colleagues; nobody else sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "We have your message"}),
    )
    field_order = ("name", "subject", "body", "body_format")

    def __init__(self, template: ReplyTemplate, data: QueryDict | None = None, *, uses: Sequence[str] = ()) -> None:
        written = {"name": template.name, "subject": template.subject, "body": template.html, "body_format": HTML}
        super().__init__(data, initial=written if template.html else {})
        self.instance = template
        self._uses = uses

    @classmethod
    def from_letter(cls, template: ReplyTemplate, letter: QueryDict) -> "ReplyTemplateForm":
        """Return the form of a new template that says what a letter says."""
        template.subject = clean_header(letter.get("subject", ""))[:400]
        try:
            template.html = as_written(letter.get("body", ""), letter.get("body_format", ""))
        except TooComplex:
            template.html = ""
        form = cls(template)
        form.initial["name"] = template.subject[:120]
        return form

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        if ReplyTemplate.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another template of this account has this name.")
        return name

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self._uses and "html" in values and "subject" in values:
            changed = ReplyTemplate(subject=values["subject"], html=values["html"])
            obstacle = templating.obstacle_to_automatic_use(changed)
            if obstacle:
                self.add_error("body", f"This answers by itself: {', '.join(self._uses)}. {obstacle}")
        return values

    def save(self) -> None:
        """Write the template; its times are the caller's."""
        self.instance.name = self.cleaned_data["name"]
        self.instance.subject = self.cleaned_data["subject"]
        self.instance.html = self.cleaned_data["html"]
        self.instance.save()


class TemplatePreviewForm(TemplateTextForm):
    """What was typed so far, and the conversation that it is tried with; without one it is shown as an answer of ours
    or, where only a person's letter may say it, with samples."""

    merge_fields = LETTER_FIELDS
    conversation: "forms.ModelChoiceField[Conversation]" = forms.ModelChoiceField(
        Conversation.objects.none(), label="Show it in", required=False
    )

    def __init__(self, data: QueryDict | None = None, *, conversations: QuerySet[Conversation]) -> None:
        super().__init__(data)
        field = cast("forms.ModelChoiceField[Conversation]", self.fields["conversation"])
        field.queryset = conversations
