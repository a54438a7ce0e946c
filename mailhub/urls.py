"""The roof: every route of the site. allauth's are named one by one, so that nothing of it is open by accident."""

from allauth.account import views as people
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as authenticator_app
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path, re_path

from mailhub.operator.site import site as operators_desk
from mailhub.people.views.security import security_moved
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

_SECOND_FACTOR = [
    path("authenticate/", second_factor.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("passkey/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("passkey/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

_SECURITY = [
    path("all/", security_moved, name="mfa_index"),
    path("app/add/", authenticator_app.activate_totp, name="mfa_activate_totp"),
    path("app/remove/", authenticator_app.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("passkeys/", security_moved, name="mfa_list_webauthn"),
    path("passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(
        "passkeys/<int:passkey_id>/rename/",
        passkeys.EditWebAuthnView.as_view(pk_url_kwarg="passkey_id"),
        name="mfa_edit_webauthn",
    ),
    path(
        "passkeys/<int:passkey_id>/remove/",
        passkeys.RemoveWebAuthnView.as_view(pk_url_kwarg="passkey_id"),
        name="mfa_remove_webauthn",
    ),
]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("operator/", operators_desk.urls),
    path("accounts/", include(_PEOPLE)),
    path("accounts/second-factor/", include(_SECOND_FACTOR)),
    path("settings/security/", include(_SECURITY)),
    path("", include("mailhub.people.urls")),
    path("", include("mailhub.shell.urls")),
    path("", include("billing.urls")),
    path("", include("mailboxes.urls")),
    path("", include("sequences.urls")),
]
