"""Plans, subscriptions, and what counts."""

from django.urls import path

from billing.views import plans

urlpatterns = [
    path("settings/plan/", plans.plan, name="plan"),
    path("settings/plan/ledger/", plans.ledger_list, name="ledger-list"),
    path("settings/plan/subscriptions/add/", plans.subscription_add, name="subscription-add"),
    path("settings/plan/<uuid:subscription_id>/change/", plans.plan_change, name="plan-change"),
]
