"""Routes of mailboxes and mail, named `mailboxes:<noun>-<verb>`."""

from mailboxes.urls import automatic, intake, mail, setup

app_name = "mailboxes"
urlpatterns = [*setup.urlpatterns, *intake.urlpatterns, *automatic.urlpatterns, *mail.urlpatterns]
