from django.urls import path

from mailhub.people.views import invitations, people, security

app_name = "people"

urlpatterns = [
    path("settings/people/", people.person_list, name="person-list"),
    path("settings/people/invite/", invitations.invitation_add, name="invitation-add"),
    path(
        "settings/people/invitations/<uuid:invitation_id>/resend/",
        invitations.invitation_resend,
        name="invitation-resend",
    ),
    path(
        "settings/people/invitations/<uuid:invitation_id>/revoke/",
        invitations.invitation_revoke,
        name="invitation-revoke",
    ),
    path("settings/people/<uuid:person_id>/", people.person_detail, name="person-detail"),
    path("settings/people/<uuid:person_id>/role/", people.person_role, name="person-role"),
    path("settings/people/<uuid:person_id>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("settings/people/<uuid:person_id>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("settings/people/<uuid:person_id>/remove/", people.person_remove, name="person-remove"),
    path(
        "settings/people/<uuid:person_id>/reset-second-factor/",
        people.person_reset_second_factor,
        name="person-reset-second-factor",
    ),
    path("settings/security/", security.security, name="security"),
    path("settings/sessions/", security.session_list, name="session-list"),
    path("settings/sessions/end-others/", security.session_end_others, name="session-end-others"),
    path("settings/sessions/<uuid:browser_id>/end/", security.session_end, name="session-end"),
    path("invitations/<str:token>/", invitations.invitation_accept, name="invitation-accept"),
]
