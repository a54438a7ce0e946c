"""Forms of the contacts in a sequence: who is added, and through which server they go."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import QueryDict

from mailhub.lib.headers import clean_header
from sequences.batches import choosing
from sequences.batches.choosing import Choice, Kind
from sequences.models import Contact, ContactImport, ContactList

_LONGEST_PASTED = 400_000
_MOST_UNKNOWN_NAMED = 5
# Before the id of a contact that goes through a server of its own.
VIA = "via-"


class ChooseForm(forms.Form):
    """Who is to be added. `choice` is what sequences.batches keeps of it; `unknown` are addresses of no contact."""

    source = forms.ChoiceField(
        label="Whom do you add?",
        choices=[
            (Kind.LIST.value, "Everybody on a list"),
            (Kind.NAMED.value, "Contacts that I pick"),
            ("pasted", "Addresses that I paste"),
            (Kind.IMPORT.value, "Everybody from an imported file"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whom to add.", "invalid_choice": "Choose whom to add."},
    )
    # Django's own classes take no subscript.
    contact_list: forms.ModelChoiceField = forms.ModelChoiceField(  # type: ignore[type-arg]
        label="List", required=False, queryset=ContactList.objects.none(), empty_label="Choose a list"
    )
    contact_import: forms.ModelChoiceField = forms.ModelChoiceField(  # type: ignore[type-arg]
        label="File", required=False, queryset=ContactImport.objects.none(), empty_label="Choose a file"
    )
    addresses = forms.CharField(
        label="Addresses",
        required=False,
        max_length=_LONGEST_PASTED,
        help_text=(
            f"From a mail, a table, anywhere: up to {choosing.MOST_NAMED:,} addresses of people who are contacts "
            "already."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.unknown: tuple[str, ...] = ()
        self._picked = read_ids(data.getlist("contact")) if data is not None else []
        lists = self.fields["contact_list"]
        lists.queryset = ContactList.objects.order_by("name", "id")  # type: ignore[attr-defined]
        done = ContactImport.objects.filter(state=ContactImport.State.DONE).order_by("-created_at", "-id")
        self.fields["contact_import"].queryset = done  # type: ignore[attr-defined]

    @classmethod
    def again(cls, choice: Choice) -> ChooseForm:
        """Return the form as it was filled in, for somebody who comes back to it."""
        kind = choice.get("kind", "")
        form = cls(initial={"source": kind, "contact_list": choice.get("id"), "contact_import": choice.get("id")})
        form._picked = read_ids(choice.get("ids", []))
        return form

    def picked(self) -> list[Contact]:
        """Return the contacts that were ticked, so that the page shows them once more."""
        rows = Contact.objects.filter(pk__in=self._picked)
        return list(rows.order_by("last_name", "first_name", "pk"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        match values.get("source"):
            case Kind.LIST:
                self._choose_from("contact_list", "Choose a list.")
            case Kind.IMPORT:
                self._choose_from("contact_import", "Choose a file.")
            case Kind.NAMED:
                self._choose_picked()
            case "pasted":
                self._choose_pasted(values.get("addresses", ""))
        return values

    @property
    def choice(self) -> Choice:
        """What was chosen, of a form that is valid."""
        return self._choice

    def _choose_from(self, name: str, words: str) -> None:
        row = self.cleaned_data.get(name)
        if row is None:
            if name not in self.errors:
                self.add_error(name, words)
        elif isinstance(row, ContactList):
            self._choice = choosing.by_list(row)
        else:
            self._choice = choosing.by_import(row)

    def _choose_picked(self) -> None:
        if not self._picked:
            self.add_error(None, "Tick at least one contact.")
        self._choice = choosing.by_ids(self._picked)

    def _choose_pasted(self, text: str) -> None:
        pasted = choosing.read_addresses(text)
        self.unknown = pasted.unknown
        if not pasted.ids:
            words = "No address stands there." if not pasted.unknown else f"No contact has {_named(pasted.unknown)}."
            self.add_error("addresses", words)
        self._choice = choosing.by_ids(pasted.ids)


def read_ids(texts: list[str]) -> list[uuid.UUID]:
    """Return the ids that a form names; whatever is none names nobody."""
    found = (_id_of(text) for text in texts[: choosing.MOST_NAMED])
    return [one for one in found if one is not None]


def read_overrides(data: QueryDict) -> dict[uuid.UUID, uuid.UUID | None]:
    """Return which server a form names for which contact; None where one goes as all the others."""
    found = {}
    for name in list(data)[: choosing.MOST_NAMED]:
        contact_id = _id_of(name.removeprefix(VIA)) if name.startswith(VIA) else None
        if contact_id is not None:
            found[contact_id] = _id_of(data.get(name, ""))
    return found


def words_of_unknown(addresses: tuple[str, ...]) -> str:
    """Return what is said of pasted addresses that no contact has; "" for none."""
    if not addresses:
        return ""
    is_one = len(addresses) == 1
    return f"{_named(addresses)} {'is' if is_one else 'are'} no contact{'' if is_one else 's'} yet, and left out."


def _named(addresses: tuple[str, ...]) -> str:
    shown = ", ".join(clean_header(one) for one in addresses[:_MOST_UNKNOWN_NAMED])
    more = len(addresses) - _MOST_UNKNOWN_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _id_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
