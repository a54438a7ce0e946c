"""Forms of imports: the file, how it is read, and what its columns hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField

from mailhub.lib.headers import clean_header
from sequences.contacts import fields as own_fields
from sequences.importing import encodings
from sequences.importing.columns import CUSTOM, FULL_NAME, PLAIN
from sequences.importing.files import MOST_OCTETS, MOST_ROWS
from sequences.importing.reading import DELIMITERS, Shape
from sequences.models import ContactField, ContactImport, ContactList

# Before the kind of a field that is to be added for a column.
NEW = "new."


class UploadForm(forms.Form):
    """A file with contacts; `raw` of the cleaned data is its content."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text=(
            f"A CSV file, up to {MOST_OCTETS // 1024**2} MB and {MOST_ROWS:,} rows. "
            "From Excel, Numbers or Google Sheets: save or download the table as CSV."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"}),
        error_messages={"required": "Choose a file."},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        file = values.get("file")
        if isinstance(file, UploadedFile):
            # One octet more tells that it is too large; no more of it is read.
            values["raw"] = file.read(MOST_OCTETS + 1)
        return values


class ShapeForm(forms.Form):
    """How the bytes of the file become a table."""

    encoding = forms.ChoiceField(label="Letters", choices=encodings.CHOICES)
    delimiter = forms.ChoiceField(label="Between values", choices=DELIMITERS)
    has_header = forms.BooleanField(label="The first row names the columns", required=False)

    def shape(self) -> Shape:
        values = self.cleaned_data
        return Shape(values["encoding"], values["delimiter"], has_header=values["has_header"])


class ColumnsForm(forms.Form):
    """What each column holds, what becomes of contacts that are there already, and the list that the file fills."""

    on_duplicate = forms.ChoiceField(
        label="Contacts that you have already",
        choices=ContactImport.OnDuplicate.choices,
        widget=forms.RadioSelect,
        help_text="They are found by their e-mail address. An empty cell never takes a value away.",
    )
    # Django's own classes take no subscript.
    contact_list: forms.ModelChoiceField = forms.ModelChoiceField(  # type: ignore[type-arg]
        label="Put everybody on a list",
        required=False,
        queryset=ContactList.objects.none(),
        empty_label="No list",
        help_text="Also those who are contacts already.",
    )
    new_list = forms.CharField(
        label="Or on a new one",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Visitors of the spring fair"}),
    )

    def __init__(self, *args: Any, contact_import: ContactImport, may_add_fields: bool, **kwargs: Any) -> None:
        self._import = contact_import
        initial = {"on_duplicate": contact_import.on_duplicate, "contact_list": contact_import.list_id}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self._own = list(ContactField.objects.all())
        self.fields["contact_list"].queryset = ContactList.objects.order_by("name", "id")  # type: ignore[attr-defined]
        choices = self._choices(may_add_fields=may_add_fields)
        for at, (name, field) in enumerate(zip(contact_import.columns, contact_import.mapping, strict=True)):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=f"What “{name}” holds",
                choices=choices,
                required=False,
                initial=field,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def columns(self) -> Iterator[tuple[str, BoundField]]:
        """Return each column of the file with its field of the form."""
        for at, name in enumerate(self._import.columns):
            yield name, self[f"column_{at}"]

    def new_fields(self) -> list[tuple[int, str, str, str]]:
        """Return column, key, label and kind of the fields that are to be added."""
        return self._new

    def mapping(self) -> list[str]:
        """Return for each column the field that it fills, also one that is to be added."""
        added = {at: f"{CUSTOM}{key}" for at, key, _label, _kind in self._new}
        chosen = (self.cleaned_data[f"column_{at}"] for at in range(len(self._import.columns)))
        return [added.get(at, field) for at, field in enumerate(chosen)]

    def clean_new_list(self) -> str:
        return clean_header(self.cleaned_data["new_list"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._new: list[tuple[int, str, str, str]] = []
        if self.errors:
            return values
        chosen = [values[f"column_{at}"] for at in range(len(self._import.columns))]
        if "address" not in chosen:
            raise ValidationError("Say which column holds the e-mail address: without one there is no contact.")
        for at, field in enumerate(chosen):
            if field and not field.startswith(NEW) and field in chosen[:at]:
                self.add_error(f"column_{at}", "Another column fills this field already.")
        if FULL_NAME in chosen and {"first_name", "last_name"} & set(chosen):
            raise ValidationError("Take either the full name or first and last name: both say the same.")
        if values["contact_list"] and values["new_list"]:
            self.add_error("new_list", "Choose a list, or name a new one.")
        self._plan_fields(chosen)
        return values

    def _choices(self, *, may_add_fields: bool) -> list[tuple[str, Any]]:
        own = [(f"{CUSTOM}{one.key}", one.label) for one in self._own]
        choices: list[tuple[str, Any]] = [("", "Do not import"), ("Contact", list(PLAIN))]
        if own:
            choices.append(("Fields of this account", own))
        if may_add_fields:
            new = [(f"{NEW}{kind}", f"New field: {label.lower()}") for kind, label in ContactField.Kind.choices]
            choices.append(("Add a field", new))
        return choices

    def _plan_fields(self, chosen: list[str]) -> None:
        taken = {one.key for one in self._own}
        for at, field in enumerate(chosen):
            if not field.startswith(NEW):
                continue
            label = clean_header(self._import.columns[at])[:60].strip()
            key = own_fields.key_from(label) or f"field_{at + 1}"
            obstacle = own_fields.obstacle_to_key(key)
            if obstacle:
                self.add_error(f"column_{at}", obstacle)
            elif key in taken:
                self.add_error(f"column_{at}", f"There is a field “{key}” already. Choose that one.")
            taken.add(key)
            self._new.append((at, key, label or key, field.removeprefix(NEW)))
        if len(taken) > own_fields.MOST_FIELDS:
            raise ValidationError(f"An account has {own_fields.MOST_FIELDS} fields at most.")
