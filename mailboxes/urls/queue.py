"""Routes of the queue: the list, its views, and what is done with many conversations at once."""

from django.urls import URLPattern, path

from mailboxes.views.mail import bulk, inbox, live, saved_views

_VIEW = "inbox/views/<uuid:saved_view_id>/"

urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/list/", live.inbox_list, name="inbox-list"),
    path("inbox/filters/", inbox.inbox_filters, name="inbox-filters"),
    path("inbox/bulk/", bulk.conversation_bulk, name="conversation-bulk"),
    path("inbox/bulk/undo/", bulk.conversation_bulk_undo, name="conversation-bulk-undo"),
    path("inbox/bulk/choices/", bulk.bulk_choices, name="bulk-choices"),
    path("inbox/views/", saved_views.saved_view_list, name="saved-view-list"),
    path("inbox/views/add/", saved_views.saved_view_add, name="saved-view-add"),
    path(_VIEW, saved_views.saved_view_change, name="saved-view-change"),
    path(f"{_VIEW}move/", saved_views.saved_view_move, name="saved-view-move"),
    path(f"{_VIEW}delete/", saved_views.saved_view_delete, name="saved-view-delete"),
]
