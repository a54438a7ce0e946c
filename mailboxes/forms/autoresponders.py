"""The form of the autoresponder of a mailbox (SPEC M26)."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from mailboxes import templating
from mailboxes.forms.rich_text import TemplateTextForm
from mailboxes.models import Autoresponder, ReplyTemplate


class AutoresponderForm(TemplateTextForm):
    """The switch, and the template: one that is there, or a new one that is written here."""

    is_active = forms.BooleanField(label="Answer new conversations", required=False)
    template: "forms.ModelChoiceField[ReplyTemplate]" = forms.ModelChoiceField(
        ReplyTemplate.objects.none(), label="Template", required=False, empty_label="Write a new one here"
    )
    field_order = ("is_active", "template", "subject", "body", "body_format")

    def __init__(self, autoresponder: Autoresponder, data: QueryDict | None = None) -> None:
        chosen = {"is_active": autoresponder.is_active, "template": autoresponder.template}
        super().__init__(data, initial=chosen)
        self.instance = autoresponder
        cast("forms.ModelChoiceField[ReplyTemplate]", self.fields["template"]).queryset = ReplyTemplate.objects.all()

    def clean_template(self) -> ReplyTemplate | None:
        template: ReplyTemplate | None = self.cleaned_data["template"]
        obstacle = templating.obstacle_to_automatic_use(template) if template is not None else ""
        if obstacle:
            raise forms.ValidationError(f"“{template}” cannot answer by itself. {obstacle}")
        return template

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data.get("template")
        is_written = self.cleaned_data.get("body", "").strip() or self.cleaned_data.get("subject")
        # Switched off, it needs no text yet.
        self.is_text_needed = chosen is None and bool(self.cleaned_data.get("is_active") or is_written)
        return super().clean()

    @property
    def is_written_here(self) -> bool:
        """Whether the valid form brings a new template."""
        return bool(self.cleaned_data.get("html"))
