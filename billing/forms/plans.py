"""Forms of plans and subscriptions."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.html import format_html

from billing import subscribing
from billing.comparing import Comparison, is_upgrade
from billing.first_months import FirstMonth, first_month
from billing.limits import LimitExceeded
from billing.models import Plan, Subscription
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Tenant

NOW, MONTH_END = "now", "month_end"


class PlanForm(forms.Form):
    """Chooses a version of a plan that is sold now, for a subscription that has another one, and when it begins."""

    plan = forms.ChoiceField(
        widget=forms.HiddenInput,
        error_messages={
            "invalid_choice": "This plan is not offered any more, or not at this price. Look at the plans."
        },
    )
    when = forms.ChoiceField(
        choices=[(NOW, "Now"), (MONTH_END, "At the end of the month")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose when the plan changes."},
    )

    def __init__(self, subscription: Subscription, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subscription = subscription
        self._plans = {plan.key: plan for plan in Plan.objects.filter(is_current=True)}
        self.fields["plan"].choices = [(key, str(plan)) for key, plan in self._plans.items()]  # type: ignore[attr-defined]
        if self.chosen is not None:
            self.fields["when"].initial = NOW if is_upgrade(subscription.plan, self.chosen) else MONTH_END

    @property
    def chosen(self) -> Plan | None:
        """The plan that was asked for; None when there is no such plan."""
        return self._plans.get(self["plan"].value() or "")

    @property
    def is_now(self) -> bool:
        return bool(self.cleaned_data["when"] == NOW)

    def say_costs(self, comparison: Comparison) -> None:
        """Name with each choice what the running month costs with it."""
        before, after = comparison.this_month_before.net, comparison.this_month_after.net
        month = comparison.month_before.month
        instead = (
            f"{month} costs {after} instead of {before}" if after != before else f"{month} costs {before} as it is"
        )
        self.fields["when"].choices = [  # type: ignore[attr-defined]
            (NOW, f"Now: {instead}"),
            (MONTH_END, f"At the end of the month: {month} stays as it is, {comparison.after} follows it"),
        ]

    def clean_plan(self) -> Plan:
        plan = self._plans[self.cleaned_data["plan"]]
        try:
            subscribing.check_change(self._subscription, plan)
        except (LimitExceeded, subscribing.ChangeRefused) as error:
            raise forms.ValidationError(str(error)) from error
        return plan


class SubscriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One more subscription: its name and its plan, with what the rest of the month costs."""

    plan = forms.ChoiceField(widget=forms.RadioSelect)

    class Meta:
        model = Subscription
        fields: ClassVar = ["name"]
        help_texts: ClassVar = {"name": "Tells your subscriptions apart, such as the company that pays."}

    def __init__(self, *args: Any, tenant: Tenant, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "instance": Subscription(tenant=tenant)})
        self._plans = {plan.key: plan for plan in Plan.objects.current()}
        choices = [(key, _words(plan, first_month(tenant, plan, now=now))) for key, plan in self._plans.items()]
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if Subscription.objects.running().filter(name=name).exists():
            raise forms.ValidationError("Another subscription of this account has this name.")
        return name

    def clean_plan(self) -> Plan:
        return self._plans[self.cleaned_data["plan"]]


def _words(plan: Plan, first: FirstMonth) -> str:
    """Return the plan and its price, and below it what is included and what the first month costs."""
    included = f"{plan.included_mailboxes} active mailbox{'' if plan.included_mailboxes == 1 else 'es'} included"
    if not plan.is_limit_hard:
        included = f"{included}, each further one {plan.extra_mailbox_price} a month"
    return format_html(
        '<span class="plan-choice"><strong>{}</strong> <span class="plan-choice-price">{} a month</span></span>'
        '<span class="form-hint plan-choice-hint">{}. {}</span>',
        plan,
        plan.price,
        included,
        first.words,
    )
