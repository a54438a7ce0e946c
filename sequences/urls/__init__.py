"""Routes of contacts and sequences, named `sequences:<noun>-<verb>`."""

from sequences.urls import contacts, imports, unsubscribing

app_name = "sequences"
urlpatterns = [*contacts.urlpatterns, *imports.urlpatterns, *unsubscribing.urlpatterns]
