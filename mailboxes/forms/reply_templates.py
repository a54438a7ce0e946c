"""Forms of templates (SPEC M27)."""

from django import forms
from django.http import QueryDict

from mailboxes.forms.rich_text import HTML, TemplateTextForm
from mailboxes.models import ReplyTemplate
from mailhub.lib.headers import clean_header


class ReplyTemplateForm(TemplateTextForm):
    """A template: its name, and what it says."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="For you and your colleagues; nobody else sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "We have your message"}),
    )
    field_order = ("name", "subject", "body", "body_format")

    def __init__(self, template: ReplyTemplate, data: QueryDict | None = None) -> None:
        written = {"name": template.name, "subject": template.subject, "body": template.html, "body_format": HTML}
        super().__init__(data, initial=written if template.html else {})
        self.instance = template

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        if ReplyTemplate.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another template of this account has this name.")
        return name

    def save(self) -> None:
        """Write the template; its times are the caller's."""
        self.instance.name = self.cleaned_data["name"]
        self.instance.subject = self.cleaned_data["subject"]
        self.instance.html = self.cleaned_data["html"]
        self.instance.save()
