"""Routes of plans and subscriptions, named `billing:<noun>-<verb>`."""

from django.urls import path

from billing import views

app_name = "billing"

urlpatterns = [
    path("settings/plan/", views.plan, name="plan"),
    path("settings/plan/ledger/", views.ledger_list, name="ledger-list"),
    path("settings/plan/subscriptions/add/", views.subscription_add, name="subscription-add"),
    path("settings/plan/<uuid:subscription_id>/change/", views.plan_change, name="plan-change"),
]
