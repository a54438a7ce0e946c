"""Routes of mailboxes and mail, named `mailboxes:<noun>-<verb>`."""

from mailboxes.urls import mail, setup

app_name = "mailboxes"
urlpatterns = [*setup.urlpatterns, *mail.urlpatterns]
