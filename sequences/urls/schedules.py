"""Routes of the hours of a sequence, and of the limits of the account."""

from django.urls import URLPattern, path

from sequences.views import schedules, sending_limits

_SCHEDULE = "sequences/<uuid:sequence_id>/schedule/"
_SERVER = "settings/sending/servers/<uuid:outgoing_server_id>/"
_MAILBOX = "settings/sending/mailboxes/<uuid:mailbox_id>/"

urlpatterns: list[URLPattern] = [
    path(_SCHEDULE, schedules.sequence_schedule, name="sequence-schedule"),
    path(f"{_SCHEDULE}forecast/", schedules.sequence_schedule_forecast, name="sequence-schedule-forecast"),
    path("settings/sending/", sending_limits.sending_settings, name="sending-settings"),
    path(_SERVER, sending_limits.sending_limit_change, name="sending-limit-change"),
    path(f"{_SERVER}clear/", sending_limits.sending_limit_clear, name="sending-limit-clear"),
    path(_MAILBOX, sending_limits.sending_limit_mailbox_change, name="sending-limit-mailbox-change"),
    path(f"{_MAILBOX}clear/", sending_limits.sending_limit_mailbox_clear, name="sending-limit-mailbox-clear"),
]
