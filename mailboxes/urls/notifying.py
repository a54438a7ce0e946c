"""Routes of what people are told, how they want to be told, and until when answers are due."""

from django.urls import URLPattern, path

from mailboxes.views.mail import notifications
from mailboxes.views.setup import notification_switches, response_target

urlpatterns: list[URLPattern] = [
    path("notifications/", notifications.notification_list, name="notification-list"),
    path("notifications/recent/", notifications.notification_recent, name="notification-recent"),
    path("notifications/live/", notifications.notification_live, name="notification-live"),
    path("notifications/read/", notifications.notification_read_all, name="notification-read-all"),
    path("notifications/<uuid:notification_id>/read/", notifications.notification_read, name="notification-read"),
    path("settings/notifications/", notification_switches.notification_switches, name="notification-switches"),
    path("mailboxes/<uuid:mailbox_id>/response-time/", response_target.response_target, name="response-target"),
]
