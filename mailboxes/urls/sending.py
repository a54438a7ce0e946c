"""Routes of what happens between "Send" and "sent", and of who gets a copy."""

from django.urls import URLPattern, path

from mailboxes.views.mail import deliveries, scheduled
from mailboxes.views.setup import blind_copies

_SENT = "sent/<uuid:outgoing_message_id>/"
_MAILBOX = "mailboxes/<uuid:mailbox_id>/"

urlpatterns: list[URLPattern] = [
    path("scheduled/", scheduled.scheduled_list, name="scheduled-list"),
    path(f"{_SENT}undo/", scheduled.undo, name="outgoing-undo"),
    path(f"{_SENT}send-now/", scheduled.send_now, name="outgoing-send-now"),
    path(f"{_SENT}reschedule/", scheduled.reschedule, name="outgoing-reschedule"),
    path(f"{_SENT}retry/", deliveries.retry_failed, name="outgoing-retry"),
    path(f"{_SENT}copy/", deliveries.copy, name="outgoing-copy"),
    path(f"{_SENT}forward/", deliveries.forward, name="outgoing-forward"),
    path("deliveries/<uuid:delivery_id>/sent/", deliveries.mark_sent, name="delivery-mark-sent"),
    path(f"{_MAILBOX}auto-bcc/", blind_copies.blind_copy_list, name="blind-copy-list"),
    path(
        f"{_MAILBOX}auto-bcc/<uuid:blind_copy_id>/remove/",
        blind_copies.blind_copy_remove,
        name="blind-copy-remove",
    ),
]
