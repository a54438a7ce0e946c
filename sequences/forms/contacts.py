"""Forms of contacts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from mailhub.lib import times
from mailhub.tenancy.models import Membership
from sequences.contacts.keeping import ContactRefused, ContactValues, save_contact
from sequences.contacts.values import LABELS
from sequences.models import Contact, ContactChange, ContactField

# What is given for an account's own field.
_OWN = "own-"
_LONGEST_INPUT = 1000


class ContactForm(forms.Form):
    """A new contact, or all that can be changed of one. `existing` is who has the address already, where somebody has.

    What values may be is decided in sequences.contacts.values, for forms and files alike.
    """

    address = forms.CharField(
        label=LABELS["address"],
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "nina@example.com"}),
    )
    first_name = forms.CharField(label=LABELS["first_name"], required=False)
    last_name = forms.CharField(label=LABELS["last_name"], required=False)
    company = forms.CharField(label=LABELS["company"], required=False)
    job_title = forms.CharField(label=LABELS["job_title"], required=False)
    phone = forms.CharField(label=LABELS["phone"], required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    time_zone = forms.CharField(
        label=LABELS["time_zone"],
        required=False,
        help_text="Empty for that of the account. Sequences can send in the hours of whom they write to.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocapitalize": "off", "spellcheck": "false"}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        fields: Sequence[ContactField],
        data: QueryDict | None = None,
        *,
        contact: Contact | None = None,
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(contact, fields) if contact is not None else initial)
        self.contact = contact
        self.existing: Contact | None = None
        self._own = fields
        for one in fields:
            hint = _HINTS[ContactField.Kind(one.kind)]
            self.fields[f"{_OWN}{one.key}"] = forms.CharField(label=one.label, required=False, help_text=hint)
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
            field.widget.attrs.setdefault("maxlength", _LONGEST_INPUT)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The account's own fields."""
        return [self[f"{_OWN}{one.key}"] for one in self._own]

    @property
    def zone_names(self) -> tuple[str, ...]:
        return times.zone_names()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.contact is not None and values.get("seen") not in ("", _seen(self.contact)):
            self.add_error(None, f"{_who_changed(self.contact)} while you were writing. Look at it, and save again.")
            # The next try is made in the knowledge of it.
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": _seen(self.contact)}
        return values

    def save(self, *, by: Membership, now: Any) -> Contact | None:
        """Write the contact; None, with the reason at its field, where that is refused."""
        given = self.cleaned_data
        own = {one.key: given[f"{_OWN}{one.key}"] for one in self._own}
        plain = {name: given[name] for name in LABELS}
        try:
            values = ContactValues(**plain, custom=own)
            return save_contact(values, contact=self.contact, by=by, now=now, fields=self._own)
        except ContactRefused as refused:
            name = refused.field if refused.field in self.fields else f"{_OWN}{refused.field}"
            self.add_error(name if name in self.fields else None, refused.words)
            self.existing = refused.existing
            return None


def _initial(contact: Contact, fields: Sequence[ContactField]) -> dict[str, str]:
    plain = {name: getattr(contact, name) for name in LABELS if name != "address"}
    own = {f"{_OWN}{one.key}": str(contact.custom.get(one.key, "")) for one in fields}
    return {**plain, **own, "address": contact.written_address, "seen": _seen(contact)}


def _seen(contact: Contact) -> str:
    return contact.changed_at.isoformat()


def _who_changed(contact: Contact) -> str:
    newest: ContactChange | None = contact.changes.select_related("membership__user").first()
    who = newest.membership.user if newest is not None and newest.membership is not None else "An import"
    return f"{who} changed this contact"


_HINTS = {
    ContactField.Kind.TEXT: "",
    ContactField.Kind.NUMBER: "A number, without a unit.",
    ContactField.Kind.DATE: "A date, such as 2026-05-31.",
}
