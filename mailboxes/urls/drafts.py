"""Routes of drafts, and of what the composer asks while one writes."""

from django.urls import URLPattern, path

from mailboxes.views.mail import checking, completing, downloads, drafts, letters

urlpatterns: list[URLPattern] = [
    path("drafts/", drafts.draft_list, name="draft-list"),
    path("drafts/save/", drafts.draft_save, name="draft-save"),
    path("drafts/<uuid:draft_id>/", drafts.draft_open, name="draft-open"),
    path("drafts/<uuid:draft_id>/discard/", drafts.draft_discard, name="draft-discard"),
    path("drafts/<uuid:draft_id>/restore/", drafts.draft_restore, name="draft-restore"),
    path("drafts/<uuid:draft_id>/attachments/", drafts.attachment_add, name="draft-attach"),
    path(
        "drafts/attachments/<uuid:draft_attachment_id>/",
        downloads.draft_attachment,
        name="draft-attachment-download",
    ),
    path(
        "drafts/attachments/<uuid:draft_attachment_id>/remove/",
        drafts.attachment_remove,
        name="draft-attachment-remove",
    ),
    path("compose/check/", checking.letter_check, name="letter-check"),
    path("compose/recipients/", completing.recipient_list, name="recipient-list"),
    path("inbox/<uuid:conversation_id>/forward/", letters.forward_newest, name="conversation-forward"),
    path("messages/<uuid:message_id>/forward/", letters.forward, name="message-forward"),
]
