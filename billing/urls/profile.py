"""Who invoices are made out to."""

from django.urls import path

from billing.views import profile

urlpatterns = [
    path("settings/plan/details/", profile.profile_change, name="profile-change"),
    path("settings/plan/details/tax/", profile.profile_tax, name="profile-tax"),
]
