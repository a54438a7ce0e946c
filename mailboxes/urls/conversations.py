"""Routes of one conversation: reading it, and all that people do with it."""

from django.urls import URLPattern, path

from mailboxes.views.mail import acting, conversations, notes, presence, regrouping

urlpatterns: list[URLPattern] = [
    path("inbox/<uuid:conversation_id>/", conversations.detail, name="conversation-detail"),
    path("inbox/<uuid:conversation_id>/panel/", conversations.panel, name="conversation-panel"),
    path("inbox/<uuid:conversation_id>/live/", presence.live, name="conversation-live"),
    path("inbox/<uuid:conversation_id>/close/", acting.close, name="conversation-close"),
    path("inbox/<uuid:conversation_id>/reopen/", acting.reopen, name="conversation-reopen"),
    path("inbox/<uuid:conversation_id>/unread/", acting.unread, name="conversation-unread"),
    path("inbox/<uuid:conversation_id>/assign/", acting.assign, name="conversation-assign"),
    path("inbox/<uuid:conversation_id>/status/", acting.status, name="conversation-status"),
    path("inbox/<uuid:conversation_id>/snooze/", acting.snooze, name="conversation-snooze"),
    path("inbox/<uuid:conversation_id>/topic/", acting.topic, name="conversation-topic"),
    path("inbox/<uuid:conversation_id>/priority/", acting.priority, name="conversation-priority"),
    path("inbox/<uuid:conversation_id>/tag/", acting.tag, name="conversation-tag"),
    path("inbox/<uuid:conversation_id>/untag/", acting.untag, name="conversation-untag"),
    path("inbox/<uuid:conversation_id>/spam/", acting.spam, name="conversation-spam"),
    path("inbox/<uuid:conversation_id>/not-spam/", acting.not_spam, name="conversation-not-spam"),
    path("inbox/<uuid:conversation_id>/merge/", regrouping.merge, name="conversation-merge"),
    path("inbox/<uuid:conversation_id>/split/", regrouping.split, name="conversation-split"),
    path("inbox/<uuid:conversation_id>/join/", regrouping.join, name="conversation-join"),
    path("inbox/<uuid:conversation_id>/note/", notes.write, name="conversation-note"),
    path("inbox/<uuid:conversation_id>/colleagues/", notes.colleagues, name="conversation-colleagues"),
    path("notes/<uuid:note_id>/", notes.detail, name="note-detail"),
    path("notes/<uuid:own_note_id>/edit/", notes.edit, name="note-edit"),
    path("notes/<uuid:own_note_id>/delete/", notes.delete, name="note-delete"),
]
