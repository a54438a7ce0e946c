from django.urls import path

from mailhub.shell import views

app_name = "shell"

urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("switch/<uuid:membership_id>/", views.account_switch, name="account-switch"),
    path("settings/account/", views.account, name="account"),
    path("settings/profile/", views.profile, name="profile"),
    path("no-account/", views.no_account, name="no-account"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
