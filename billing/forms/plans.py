"""Forms of plans and subscriptions."""

from typing import Any, ClassVar

from django import forms

from billing.limits import LimitReached, check_plan_fits
from billing.models import Plan, Subscription
from mailhub.lib.headers import clean_header


class PlanForm(forms.Form):
    """Chooses a version of a plan that is sold now, for a subscription that has another one."""

    plan = forms.ChoiceField(
        widget=forms.HiddenInput,
        error_messages={
            "invalid_choice": "This plan is not offered any more, or not at this price. Look at the plans."
        },
    )

    def __init__(self, subscription: Subscription, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subscription = subscription
        self._plans = {plan.key: plan for plan in Plan.objects.filter(is_current=True)}
        self.fields["plan"].choices = [(key, str(plan)) for key, plan in self._plans.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Plan | None:
        """The plan that was asked for; None when there is no such plan."""
        return self._plans.get(self["plan"].value() or "")

    def clean_plan(self) -> Plan:
        plan = self._plans[self.cleaned_data["plan"]]
        try:
            check_plan_fits(self._subscription, plan)
        except LimitReached as error:
            raise forms.ValidationError(str(error)) from error
        return plan


class SubscriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One more subscription: its name and its plan."""

    plan = forms.ChoiceField(widget=forms.RadioSelect)

    class Meta:
        model = Subscription
        fields: ClassVar = ["name"]
        help_texts: ClassVar = {"name": "Tells your subscriptions apart, such as the company that pays."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans = {plan.key: plan for plan in Plan.objects.filter(is_current=True).order_by("price_minor")}
        choices = [(key, f"{plan}: {plan.price} a month") for key, plan in self._plans.items()]
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if Subscription.objects.running().filter(name=name).exists():
            raise forms.ValidationError("Another subscription of this account has this name.")
        return name

    def clean_plan(self) -> Plan:
        return self._plans[self.cleaned_data["plan"]]
