"""Form of whom invoices are made out to."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from billing import countries
from billing.models import BillingProfile
from billing.vat_ids import LONGEST_TYPED, VatIdRefused, vat_id_of
from mailhub.lib.headers import clean_header

# As many as stand in the window of an envelope, below the name.
_MOST_LINES = 6


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """The buyer as documents name it; `instance` is changed, and saved by billing.profiles."""

    country = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": "Choose a country from the list."},
        help_text="Decides which tax is charged.",
    )
    vat_id = forms.CharField(
        label="VAT id",
        required=False,
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="Of a business. Form and check digit are checked; spaces and dots do not matter.",
    )

    class Meta:
        model = BillingProfile
        fields: ClassVar = ["company", "address", "country", "vat_id", "email", "reference"]
        labels: ClassVar = {"email": "E-mail for invoices", "reference": "Your reference"}
        help_texts: ClassVar = {
            "company": "Empty for the name of the account.",
            "address": "Street, postal code and city, a line each, without the country.",
            "email": "Empty for the owners of the account.",
            "reference": "Stands on each invoice, such as the number of a purchase order.",
        }
        widgets: ClassVar = {"address": forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"})}

    # The country comes first: it says what a VAT id looks like.
    field_order = ["company", "address", "country", "vat_id", "email", "reference"]

    def __init__(self, profile: BillingProfile, data: QueryDict | None = None) -> None:
        super().__init__(data, instance=profile)
        self.fields["country"].widget.attrs["autocomplete"] = "country"
        self.fields["country"].choices = [("", "Choose a country"), *countries.names().items()]  # type: ignore[attr-defined]

    def clean_company(self) -> str:
        return clean_header(self.cleaned_data["company"])

    def clean_address(self) -> str:
        """Return its lines, each safe to print, without those that are empty."""
        lines = [clean_header(line) for line in self.cleaned_data["address"].splitlines()]
        kept = [line for line in lines if line]
        if len(kept) > _MOST_LINES:
            raise forms.ValidationError(f"An address has at most {_MOST_LINES} lines.")
        return "\n".join(kept)

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        if clean_header(address) != address:
            raise forms.ValidationError("Type an e-mail address without special characters.")
        return address

    def clean_reference(self) -> str:
        return clean_header(self.cleaned_data["reference"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        typed, country = given.get("vat_id"), given.get("country")
        if not typed or country is None:
            return given
        if not country:
            self.add_error("country", "Choose the country that the VAT id is of.")
            return given
        try:
            given["vat_id"] = vat_id_of(typed, country)
        except VatIdRefused as error:
            self.add_error("vat_id", str(error))
        return given

    @property
    def seen(self) -> BillingProfile:
        """The profile as what was typed so far would make it: what is wrong counts as empty."""
        profile: BillingProfile = self.instance
        for name in self.errors.keys() & self.fields.keys():
            setattr(profile, name, "")
        if "country" in self.errors:
            profile.vat_id = ""
        return profile

    @property
    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}
