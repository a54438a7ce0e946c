"""The roof: every route of the site. allauth's are named one by one, so that nothing of it is open by accident."""

from allauth.account import views as people
from django.urls import include, path, re_path

from mailhub.shell import views

_PEOPLE = [
    path("login/", people.login, name="account_login"),
    path("logout/", people.logout, name="account_logout"),
    path("signup/", people.signup, name="account_signup"),
    path("inactive/", people.account_inactive, name="account_inactive"),
    path("reauthenticate/", people.reauthenticate, name="account_reauthenticate"),
    path("confirm-email/", people.email_verification_sent, name="account_email_verification_sent"),
    path("email/", views.email_addresses, name="account_email"),
    path("password/change/", people.password_change, name="account_change_password"),
    path("password/reset/", people.password_reset, name="account_reset_password"),
    path("password/reset/done/", people.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", people.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        people.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("accounts/", include(_PEOPLE)),
    path("", include("mailhub.shell.urls")),
    path("", include("mailboxes.urls")),
]
