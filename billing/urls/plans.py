"""Plans, subscriptions, and what counts."""

from django.urls import path

from billing.views import plans, subscriptions

urlpatterns = [
    path("settings/plan/", plans.plan, name="plan"),
    path("settings/plan/ledger/", plans.ledger_list, name="ledger-list"),
    path("settings/plan/subscriptions/add/", subscriptions.subscription_add, name="subscription-add"),
    path("settings/plan/<uuid:subscription_id>/change/", plans.plan_change, name="plan-change"),
    path("settings/plan/<uuid:subscription_id>/change/drop/", plans.plan_change_drop, name="plan-change-drop"),
    path("settings/plan/<uuid:subscription_id>/cancel/", subscriptions.subscription_cancel, name="subscription-cancel"),
    path(
        "settings/plan/<uuid:subscription_id>/continue/",
        subscriptions.subscription_continue,
        name="subscription-continue",
    ),
]
