"""The form of a mailbox itself."""

from typing import Any, ClassVar, cast

from django import forms

from mailboxes.models import Mailbox
from mailhub.lib.headers import clean_header

NAME_TAKEN = "Another mailbox of this account has this name."

_KINDS = {
    Mailbox.Kind.SERVICE: "Service: mail becomes conversations that your people answer.",
    Mailbox.Kind.MARKETING: "Marketing: sequences send from it, and bounces mark wrong addresses.",
}


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, address, kind and comments; the kind is fixed once mail has flowed (SPEC M2)."""

    class Meta:
        model = Mailbox
        fields: ClassVar = ["name", "address", "kind", "comments"]
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Support"}),
            "address": forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "support@example.com"}),
            "kind": forms.RadioSelect,
            "comments": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts: ClassVar = {
            "name": "Your people see it in lists and when they write.",
            "comments": "Seen by everyone who may use the mailbox.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = cast(forms.ChoiceField, self.fields["kind"])
        kind.choices = list(_KINDS.items())
        if self.instance.has_mail:
            kind.disabled = True
            kind.help_text = "Fixed since the first mail came in or went out. Another kind needs another mailbox."

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if Mailbox.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name


class NewMailboxForm(MailboxForm):
    """With the switches of a mailbox that is being added."""

    is_active = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="Mail is fetched and sent as soon as it is saved."
    )

    class Meta(MailboxForm.Meta):
        fields: ClassVar = [*MailboxForm.Meta.fields, "is_active"]
