"""Routes of the mail itself: inbox, conversations, messages, writing."""

from django.urls import URLPattern, path

from mailboxes.views.mail import (
    deliveries,
    downloads,
    letters,
    messages,
    regrouping,
    set_aside,
)

urlpatterns: list[URLPattern] = [
    path("inbox/set-aside/", set_aside.set_aside_list, name="message-list-set-aside"),
    path("inbox/<uuid:conversation_id>/reply/", letters.reply, name="conversation-reply"),
    path("compose/", letters.compose, name="compose"),
    path("messages/<uuid:message_id>/", messages.detail, name="message-detail"),
    path("messages/<uuid:message_id>/frame/", messages.frame, name="message-frame"),
    path("messages/<uuid:message_id>/headers/", messages.headers, name="message-headers"),
    path("messages/<uuid:message_id>/pictures/", messages.show_pictures, name="message-pictures"),
    path("messages/<uuid:message_id>/pictures/stop/", messages.stop_pictures, name="message-pictures-stop"),
    path("messages/<uuid:message_id>/why/", messages.why, name="message-why"),
    path("messages/<uuid:message_id>/move/", regrouping.message_move, name="message-move"),
    path("messages/<uuid:message_id>/replay/", set_aside.replay, name="message-replay"),
    path("messages/<uuid:message_id>/replay-alike/", set_aside.replay_alike, name="message-replay-alike"),
    path("messages/<uuid:message_id>/open-again/", messages.reopen, name="message-open-again"),
    path("messages/<uuid:message_id>/raw/", downloads.message_raw, name="message-raw"),
    path("attachments/<uuid:attachment_id>/", downloads.attachment, name="attachment-download"),
    path("sent/<uuid:outgoing_message_id>/", deliveries.outgoing_detail, name="outgoing-detail"),
    path("sent/<uuid:outgoing_message_id>/deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("sent/<uuid:outgoing_message_id>/frame/", deliveries.outgoing_frame, name="outgoing-frame"),
    path("sent/<uuid:outgoing_message_id>/raw/", downloads.outgoing_raw, name="outgoing-raw"),
    path("deliveries/<uuid:delivery_id>/retry/", deliveries.retry, name="delivery-retry"),
]
