"""Routes of mailboxes and mail, named `mailboxes:<noun>-<verb>`."""

from mailboxes.urls import automatic, conversations, drafts, intake, mail, notifying, queue, sending, setup, signatures

app_name = "mailboxes"
urlpatterns = [
    *setup.urlpatterns,
    *signatures.urlpatterns,
    *intake.urlpatterns,
    *automatic.urlpatterns,
    *queue.urlpatterns,
    *conversations.urlpatterns,
    *drafts.urlpatterns,
    *mail.urlpatterns,
    *sending.urlpatterns,
    *notifying.urlpatterns,
]
