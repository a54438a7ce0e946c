"""Forms of cards and payments."""

from typing import Any

from django import forms

from billing.models import BillingProfile


class MethodForm(forms.ModelForm):  # type: ignore[type-arg]
    """Chooses how invoices are paid from now on."""

    class Meta:
        model = BillingProfile
        fields = ["method"]
        widgets = {"method": forms.RadioSelect}
        labels = {"method": "Invoices are paid by"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].error_messages["invalid_choice"] = "Choose bank transfer or card."

    def clean_method(self) -> str:
        method: str = self.cleaned_data["method"]
        if method == BillingProfile.Method.CARD and not self.instance.has_card:
            raise forms.ValidationError("Add a card first.")
        return method
