"""Plans: a change is a new version, and who has the old one keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.amounts import CURRENCIES, AmountField, to_major, to_minor
from billing.models import Feature, Plan, Subscription
from billing.money import Money
from mailhub.operator.deeds import Deed, DeedRefused, ReasonForm, answer
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site

_LIST = "admin:billing_plan_changelist"
_MOST_MAILBOXES = 1_000_000


class PlanForm(ReasonForm):
    """What a version of a plan says."""

    name = forms.CharField(max_length=60)
    currency = forms.ChoiceField(choices=[(one, one) for one in CURRENCIES])
    price = AmountField(label="Price of a month", help_text="Without tax, such as 49.00.")
    included_mailboxes = forms.IntegerField(min_value=0, max_value=_MOST_MAILBOXES)
    extra_mailbox = AmountField(label="Price of each further mailbox a month")
    is_limit_hard = forms.BooleanField(
        required=False, label="No further mailboxes", help_text="Nothing goes beyond what is included, for no fee."
    )
    features = forms.MultipleChoiceField(choices=Feature.choices, required=False, widget=forms.CheckboxSelectMultiple)

    field_order = (
        "code",
        "name",
        "currency",
        "price",
        "included_mailboxes",
        "extra_mailbox",
        "is_limit_hard",
        "features",
        "reason",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in ("price", "extra_mailbox"):
            if name in values and "currency" in values:
                try:
                    values[f"{name}_minor"] = to_minor(values[name], values["currency"])
                except ValueError as error:
                    self.add_error(name, str(error))
        return values

    def version(self) -> dict[str, Any]:
        """Return the fields of the model."""
        names = ("name", "currency", "price_minor", "extra_mailbox_minor", "included_mailboxes", "is_limit_hard")
        return {**{name: self.cleaned_data[name] for name in names}, "features": sorted(self.cleaned_data["features"])}


class NewPlanForm(PlanForm):
    code = forms.SlugField(max_length=40, help_text="Names the plan in addresses and settings; never changes.")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).lower()
        if Plan.objects.filter(code=code).exists():
            raise forms.ValidationError("There is a plan with this code. Make a new version of it instead.")
        return code


@admin.register(Plan, site=site)
class PlanAdmin(DeskAdmin):
    address, rank, heading = "plans/", 3, "Plans"
    list_display = ("named", "version", "price", "included_mailboxes", "further", "parts", "holders", "deeds")
    list_display_links = None
    change_list_template = "operator/plans.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        running = Subscription.objects.filter(ended_at=None).order_by()
        same = running.filter(plan=OuterRef("pk")).values("plan").annotate(count=Count("pk")).values("count")
        every = running.filter(plan__code=OuterRef("code")).values("plan__code").annotate(count=Count("pk"))
        return Plan.objects.current().annotate(
            same_count=Coalesce(Subquery(same), 0), every_count=Coalesce(Subquery(every.values("count")), 0)
        )

    @admin.display(description="Plan")
    def named(self, plan: Plan) -> SafeString:
        return format_html("<strong>{}</strong><br><small>{}</small>", plan.name, plan.code)

    @admin.display(description="A month")
    def price(self, plan: Plan) -> Money:
        return plan.price

    @admin.display(description="Each further mailbox")
    def further(self, plan: Plan) -> object:
        return "none possible" if plan.is_limit_hard else plan.extra_mailbox_price

    @admin.display(description="Features")
    def parts(self, plan: Plan) -> str:
        return ", ".join(one.label for one in Feature if plan.has(one)) or "none"

    @admin.display(description="Subscriptions")
    def holders(self, plan: Any) -> str:
        older = plan.every_count - plan.same_count
        return f"{plan.same_count}, and {older} with older versions" if older else str(plan.same_count)

    @admin.display(description="")
    def deeds(self, plan: Plan) -> SafeString:
        change, stop = (reverse(f"admin:billing_plan_{name}", args=[plan.code]) for name in ("supersede", "retire"))
        return format_html('<a href="{}">New version</a> · <a href="{}">Stop selling</a>', change, stop)

    def desk_urls(self) -> list[URLPattern]:
        return [
            path("new/", self.page(self.add), name="billing_plan_new"),
            path("<slug:plan_code>/new-version/", self.page(self.supersede), name="billing_plan_supersede"),
            path("<slug:plan_code>/stop-selling/", self.page(self.retire), name="billing_plan_retire"),
        ]

    def add(self, request: HttpRequest) -> HttpResponse:
        """Sell one more plan."""
        form = NewPlanForm(request.POST or None, initial={"currency": "EUR"})
        plan = Plan()

        def act(values: dict[str, Any]) -> str:
            try:
                with transaction.atomic():
                    made = Plan.objects.create(code=values["code"], **form.version())
            except IntegrityError as error:
                raise DeedRefused("A plan with this code was added a moment ago.") from error
            plan.pk = made.pk
            return f"The plan {made.name} is sold from now on."

        deed = Deed(plan, "Add a plan", "Add it", form, reverse(_LIST), lambda _values: _offer(form), act)
        return answer(request, deed, self.admin_site.each_context(request))

    def supersede(self, request: HttpRequest, plan_code: str) -> HttpResponse:
        """Sell a new version of a plan; subscriptions to the one before keep it."""
        plan = _current(plan_code)
        form = PlanForm(request.POST or None, initial=_initial(plan))

        def preview(_values: dict[str, Any]) -> list[str]:
            if form.version() == _initial_version(plan):
                raise DeedRefused("Nothing differs from the version that is sold now.")
            count = Subscription.objects.filter(ended_at=None, plan=plan).count()
            return [*_offer(form), f"{_subscriptions(count)} version {plan.version} at {plan.price} a month."]

        def act(_values: dict[str, Any]) -> str:
            made = plan.supersede(**form.version())
            return f"Version {made.version} of {made.name} is sold from now on."

        heading = f"A new version of {plan.name}"
        deed = Deed(plan, heading, "Sell the new version", form, reverse(_LIST), preview, act)
        return answer(request, deed, self.admin_site.each_context(request))

    def retire(self, request: HttpRequest, plan_code: str) -> HttpResponse:
        """Sell a plan no more."""
        plan = _current(plan_code)

        def preview(_values: dict[str, Any]) -> list[str]:
            if plan.code == settings.DEFAULT_PLAN:
                raise DeedRefused("New accounts start with this plan (DEFAULT_PLAN), so it has to be sold.")
            count = Subscription.objects.filter(ended_at=None, plan__code=plan.code).count()
            return [f"Nobody can choose {plan.name} any more.", f"{_subscriptions(count)} it, at its price."]

        def act(_values: dict[str, Any]) -> str:
            Plan.objects.filter(pk=plan.pk).update(is_current=False)
            return f"{plan.name} is not sold any more."

        heading = f"Stop selling {plan.name}"
        form = ReasonForm(request.POST or None)
        deed = Deed(plan, heading, "Stop selling", form, reverse(_LIST), preview, act, is_harmful=True)
        return answer(request, deed, self.admin_site.each_context(request))


def _current(code: str) -> Plan:
    plan = Plan.objects.filter(code=code, is_current=True).first()
    if plan is None:
        raise Http404
    return plan


def _subscriptions(count: int) -> str:
    return "1 subscription keeps" if count == 1 else f"{count} subscriptions keep"


def _offer(form: PlanForm) -> Sequence[str]:
    values = form.version()
    price = Money(values["price_minor"], values["currency"])
    further = Money(values["extra_mailbox_minor"], values["currency"])
    beyond = "none beyond" if values["is_limit_hard"] else f"each further one {further}"
    return (f"{values['name']}: {price} a month, {values['included_mailboxes']} mailboxes included, {beyond}.",)


def _initial(plan: Plan) -> dict[str, Any]:
    return {
        **_initial_version(plan),
        "price": to_major(plan.price_minor, plan.currency),
        "extra_mailbox": to_major(plan.extra_mailbox_minor, plan.currency),
    }


def _initial_version(plan: Plan) -> dict[str, Any]:
    names = ("name", "currency", "price_minor", "extra_mailbox_minor", "included_mailboxes", "is_limit_hard")
    return {**{name: getattr(plan, name) for name in names}, "features": sorted(plan.features)}
