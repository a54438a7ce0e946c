"""Who issues invoices, and what tax rates are valid where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.http import HttpRequest

from billing.ibans import compact_bic, compact_iban, grouped
from billing.models import Issuer, TaxRate
from billing.vat_ids import VatIdRefused, vat_id_of
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site

_COUNTRY = RegexValidator(r"\A[A-Z]{2}\Z", "Write two letters (ISO 3166-1), such as DE.")
_MOST_DAYS = 3650


class DaysField(forms.CharField):
    """Numbers of days, ascending, such as "7, 14, 28"."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = str(super().clean(value)).replace(",", " ").split()
        if not all(one.isascii() and one.isdecimal() and len(one) <= 4 for one in words):
            raise forms.ValidationError("Write numbers of days, such as 7, 14, 28.")
        days = sorted({int(one) for one in words})
        if days and not 0 < days[0] <= days[-1] <= _MOST_DAYS:
            raise forms.ValidationError(f"Each is a number of days from 1 to {_MOST_DAYS}.")
        return days


def _days(label: str) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=_MOST_DAYS, label=label)


class IssuerForm(forms.ModelForm):  # type: ignore[type-arg]
    country = forms.CharField(max_length=2, validators=[_COUNTRY], help_text="Two letters (ISO 3166-1), such as DE.")
    reminder_days = DaysField(
        required=False, max_length=80, label="Reminders", help_text="Days after the due date, such as 7, 14, 28."
    )

    payment_days = _days("Days to pay")
    sequences_stop_days = _days("Days until sequences stop")
    read_only_days = _days("Days until the account is read-only")

    class Meta:
        model = Issuer
        fields = (
            *("name", "address", "country", "vat_id", "email", "footer", "is_default"),
            *("bank_holder", "bank_name", "iban", "bic", "number_prefix"),
            *("payment_days", "reminder_days", "sequences_stop_days", "read_only_days"),
        )

    def clean_iban(self) -> str:
        written = str(self.cleaned_data["iban"])
        try:
            return compact_iban(written) if written else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_bic(self) -> str:
        written = str(self.cleaned_data["bic"])
        try:
            return compact_bic(written) if written else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_is_default(self) -> bool:
        wanted = bool(self.cleaned_data["is_default"])
        if not wanted and self.instance.pk and "is_default" in self.changed_data:
            raise forms.ValidationError("Make another one the default instead: somebody has to bill new accounts.")
        return wanted

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("vat_id") and values.get("country"):
            try:
                values["vat_id"] = vat_id_of(values["vat_id"], values["country"])
            except VatIdRefused as error:
                self.add_error("vat_id", str(error))
        stop, read_only = values.get("sequences_stop_days"), values.get("read_only_days")
        if stop is not None and read_only is not None and read_only < stop:
            self.add_error("read_only_days", "An account is read-only only after its sequences have stopped.")
        return values

    def _get_validation_exclusions(self) -> set[str]:
        # The others are told to be no default any more when this one is saved.
        return {*super()._get_validation_exclusions(), "is_default"}  # type: ignore[misc]


@admin.register(Issuer, site=site)
class IssuerAdmin(DeskAdmin):
    address, rank, heading = "issuers/", 6, "Issuers"
    offers = frozenset({"changelist", "add", "change", "history"})
    form = IssuerForm
    list_display = ("name", "country", "vat_id", "account", "payment_days", "series", "is_default")
    fieldsets = (
        ("On documents", {"fields": ("name", "address", "country", "vat_id", "email", "footer", "is_default")}),
        ("Bank", {"fields": ("bank_holder", "bank_name", "iban", "bic")}),
        ("Numbers", {"fields": ("number_prefix",)}),
        ("Terms", {"fields": ("payment_days", "reminder_days", "sequences_stop_days", "read_only_days")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Issuer | None = None) -> tuple[str, ...]:
        # A series that has begun keeps its prefix, so that it has no gap.
        return ("number_prefix",) if obj is not None and obj.last_number else ()

    def save_model(self, request: HttpRequest, obj: Issuer, form: Any, change: bool) -> None:
        if obj.is_default:
            Issuer.objects.filter(is_default=True).exclude(pk=obj.pk).update(is_default=False)
        super().save_model(request, obj, form, change)

    @admin.display(description="IBAN")
    def account(self, issuer: Issuer) -> str:
        return grouped(issuer.iban) or "missing"

    @admin.display(description="Last number")
    def series(self, issuer: Issuer) -> str:
        return issuer.code_of(issuer.last_number) if issuer.last_number else "none yet"


class TaxRateForm(forms.ModelForm):  # type: ignore[type-arg]
    country = forms.CharField(max_length=2, validators=[_COUNTRY], help_text="Two letters (ISO 3166-1), such as DE.")
    percent = forms.DecimalField(min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2)
    valid_from = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), help_text="From this day on.")

    field_order = ("country", "percent", "valid_from")

    class Meta:
        model = TaxRate
        fields = ("country", "valid_from")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["percent"] = Decimal(self.instance.rate).scaleb(-2)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "percent" in values:
            self.instance.rate = int(values["percent"].scaleb(2))
        return values


@admin.register(TaxRate, site=site)
class TaxRateAdmin(DeskAdmin):
    address, rank, heading = "tax-rates/", 7, "Tax rates"
    offers = frozenset({"changelist", "add", "change", "history"})
    form = TaxRateForm
    fields = ("country", "percent", "valid_from")
    list_display = ("country", "percent", "valid_from")
    list_filter = ("country",)
    ordering = ("country", "-valid_from")

    @admin.display(description="Rate", ordering="rate")
    def percent(self, rate: TaxRate) -> str:
        return f"{rate.rate / 100:g} %"
