"""Forms of lists and of an account's own fields."""

from typing import Any

from django import forms

from mailhub.lib.headers import clean_header
from sequences.contacts import fields as own_fields
from sequences.models import ContactField, ContactList


class ContactListForm(forms.Form):
    """A list: its name."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Visitors of the spring fair"}),
    )

    def __init__(self, *args: Any, contact_list: ContactList | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._list = contact_list

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        others = ContactList.objects.filter(name=name)
        if self._list is not None:
            others = others.exclude(pk=self._list.pk)
        if others.exists():
            raise forms.ValidationError("Another list of this account has this name.")
        return name


class ContactFieldForm(forms.Form):
    """A field of the account's own. Its key and its kind do not change: templates and values are made for them."""

    label = forms.CharField(
        label="Label",
        max_length=60,
        help_text="As people see it with each contact.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Renewal date"}),
    )
    key = forms.CharField(
        label="Name in templates",
        max_length=40,
        required=False,
        help_text="Leave it empty to have it made from the label: “Renewal date” becomes renewal_date.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label="Kind", choices=ContactField.Kind.choices, initial=ContactField.Kind.TEXT)

    def __init__(self, *args: Any, field: ContactField | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field is not None:
            self.initial.setdefault("label", field.label)
            del self.fields["key"], self.fields["kind"]

    def clean_label(self) -> str:
        label = clean_header(self.cleaned_data["label"])
        if not label:
            raise forms.ValidationError("Give it a label.")
        return label

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "key" in self.fields and "label" in values and "key" in values:
            values["key"] = self._key(values["key"].strip() or own_fields.key_from(values["label"]))
        return values

    def _key(self, key: str) -> str:
        obstacle = own_fields.obstacle_to_key(key)
        if obstacle:
            self.add_error("key", obstacle)
        elif ContactField.objects.filter(key=key).exists():
            self.add_error("key", "Another field of this account has this name.")
        elif ContactField.objects.count() >= own_fields.MOST_FIELDS:
            self.add_error(None, f"An account has {own_fields.MOST_FIELDS} fields at most. Delete one first.")
        return key
